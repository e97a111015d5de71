//! Swap and volumes.

use crate::description::raw::VolumeFileSystem;
use crate::host::Host;

use super::check::Check;
use super::fact::Stage;
use super::list::List;

pub(super) fn facts(host: &Host, list: &mut List) {
    swap(host, list);
    for (name, volume) in &host.volumes {
        let file_system = match volume.file_system {
            VolumeFileSystem::Ext4 => "ext4",
            VolumeFileSystem::Xfs => "xfs",
        };
        let keys = ["id", "volume_name", "mount", "file_system"];
        let keys = keys.map(|key| format!("volumes.{name}.{key}"));
        let what = format!("the volume {name} is mounted at {}", volume.mount);
        let check = Check::Mount {
            path: volume.mount.to_string(),
            device: volume.device.clone(),
            file_system,
        };
        list.add(keys, Stage::OWN_MACHINE, check, what);
    }
}

fn swap(host: &Host, list: &mut List) {
    let swap = &host.swap;
    if let Some(file) = &swap.file {
        let what = format!("{} of swap are in use at {}", file.size, file.path);
        let check = Check::SwapFile {
            path: file.path.to_string(),
            bytes: file.size.mib() << 20,
            priority: file.priority,
        };
        let keys = ["swap.file", "swap.file_path", "swap.file_priority"];
        list.add(keys, Stage::OWN_KERNEL, check, what);
    }
    if let Some(zram) = &swap.zram {
        let (percent, priority) = (zram.percent, zram.priority);
        let what = format!("{percent} % of the memory may hold compressed swap");
        let keys = ["swap.zram_percent", "swap.zram_priority"];
        list.add(
            keys,
            Stage::OWN_KERNEL,
            Check::Zram { percent, priority },
            what,
        );
    }
    if swap.file.is_none() && swap.zram.is_none() {
        let what = "nothing is swapped out".into();
        list.add(["swap"], Stage::OWN_KERNEL, Check::NoSwap {}, what);
    }
    if let Some(value) = swap.swappiness {
        let name = "vm.swappiness".to_owned();
        let what = format!("{name} is {value}");
        let value = i64::from(value);
        let check = Check::Sysctl { name, value };
        list.add(["swap.swappiness"], Stage::OWN_KERNEL, check, what);
    }
}
