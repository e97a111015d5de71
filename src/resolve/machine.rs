//! The machine, the system on it, its swap and its volumes.

use std::collections::BTreeMap;

use crate::catalogue::{MachineType, catalogue};
use crate::description::raw::{self, ProviderName};
use crate::diagnostics::{Finding, closest, key_path};
use crate::host::{
    Hardening, Label, Machine, Provider, Swap, SwapFile, System, TimeZone, Volume, Zram,
    nearest_zone,
};

use super::reader::Reader;

/// Where NixOS's own modules put a swap file that needs no further directory.
const SWAP_PATH: &str = "/var/lib/swapfile";

/// Priorities of zram and file where none is given: zram first, since it is
/// faster. 5 is NixOS's own default for zram.
const ZRAM_PRIORITY: i32 = 5;
const FILE_PRIORITY: i32 = 1;

pub(super) fn machine(raw: &raw::Machine, reader: &mut Reader) -> Machine {
    let provider = match raw.provider {
        ProviderName::Hetzner => Provider::Hetzner,
        ProviderName::Digitalocean => Provider::DigitalOcean,
        ProviderName::Qemu => Provider::Qemu,
    };
    let types = &catalogue().provider(provider).types;
    let found = types.get(&raw.machine_type).unwrap_or_else(|| {
        reader.broken(unknown_type(provider, &raw.machine_type, types));
        types.values().next().expect("every provider has a type")
    });
    Machine {
        provider,
        type_name: raw.machine_type.clone(),
        location: location(raw, provider, reader),
        vcpus: found.vcpus,
        memory: found.memory(),
        disk: found.disk(),
        architecture: found.architecture,
    }
}

fn unknown_type(provider: Provider, name: &str, types: &BTreeMap<String, MachineType>) -> Finding {
    let orderable = types.iter().filter(|(_, it)| it.withdrawn.is_none());
    let names = orderable.map(|(name, _)| name.as_str()).collect::<Vec<_>>();
    Finding::error("machine-type-unknown", "machine.type")
        .message(format!("{} has no machine type {name:?}", provider.title()))
        .label(format!("not in the catalogue of {}", catalogue().read_on))
        .help(match closest(name, types.keys().map(String::as_str)) {
            Some(near) => format!("did you mean {near:?}?"),
            None => format!("types: {}", names.join(", ")),
        })
}

/// The provider's own word for the place is the only one that is accepted.
fn location(raw: &raw::Machine, provider: Provider, reader: &mut Reader) -> Option<String> {
    let (right, wrong, wrong_key) = match provider {
        Provider::Hetzner => (&raw.location, &raw.region, Some(("region", "location"))),
        Provider::DigitalOcean => (&raw.region, &raw.location, Some(("location", "region"))),
        Provider::Qemu => (&None, &None, None),
    };
    if let (Some(_), Some((wrong_key, right_key))) = (wrong, wrong_key) {
        reader.broken(
            Finding::error("machine-location", format!("machine.{wrong_key}"))
                .on_key()
                .message(format!("{} has no `{wrong_key}`", provider.title()))
                .label("another provider's word")
                .help(format!("write `{right_key}` instead")),
        );
    }
    right.clone()
}

pub(super) fn system(raw: &raw::System, reader: &mut Reader) -> System {
    let domain = raw.domain.as_deref();
    System {
        host_name: reader.read_or("name", "system.host_name", &raw.host_name, "host"),
        domain: domain.and_then(|text| reader.read("name", "system.domain", text)),
        time_zone: time_zone(&raw.time_zone, reader),
        locale: reader.read_or("name", "system.locale", &raw.locale, "C.UTF-8"),
        state_version: reader.read_or("name", "system.state_version", &raw.state_version, "26.05"),
        hardening: Hardening {
            level: raw.hardening,
            items: raw.hardening_items.clone(),
        },
        packages: reader.list("name", "system.packages", &raw.packages),
    }
}

fn time_zone(text: &str, reader: &mut Reader) -> TimeZone {
    let path = "system.time_zone";
    let zone = reader.read_or("name", path, text, "UTC");
    reader.help(path, || match nearest_zone(text) {
        Some(near) => format!("did you mean {near:?}?"),
        None => "`timedatectl list-timezones` lists them".into(),
    });
    zone
}

pub(super) fn swap(raw: &raw::Swap, reader: &mut Reader) -> Swap {
    let path = raw.file_path.as_deref().unwrap_or(SWAP_PATH);
    let path = reader.read_or("path", "swap.file_path", path, SWAP_PATH);
    let size = raw.file.as_deref();
    let file = size
        .and_then(|text| reader.read("size", "swap.file", text))
        .map(|size| SwapFile {
            path,
            size,
            priority: raw.file_priority.unwrap_or(FILE_PRIORITY),
        });
    let zram = raw
        .zram_percent
        .filter(|percent| *percent > 0)
        .map(|percent| Zram {
            percent,
            priority: raw.zram_priority.unwrap_or(ZRAM_PRIORITY),
        });
    // Disk is slow: swap late. Compressed memory is fast: swap early
    // (kernel documentation, sysctl/vm.rst, swappiness).
    let usual = match (&file, &zram) {
        (_, Some(_)) => Some(100),
        (Some(_), None) => Some(10),
        (None, None) => None,
    };
    Swap {
        swappiness: raw.swappiness.or(usual),
        file,
        zram,
    }
}

pub(super) fn volumes(
    raw: &BTreeMap<String, raw::Volume>,
    provider: Provider,
    reader: &mut Reader,
) -> BTreeMap<String, Volume> {
    raw.iter()
        .filter_map(|(name, raw)| {
            reader.read_key::<Label>(&key_path("volumes", name), name)?;
            Some((name.clone(), volume(name, raw, provider, reader)?))
        })
        .collect()
}

fn volume(
    name: &str,
    raw: &raw::Volume,
    provider: Provider,
    reader: &mut Reader,
) -> Option<Volume> {
    let path = key_path("volumes", name);
    let size = reader.read("size", &format!("{path}.size"), &raw.size);
    let mount = reader.read("path", &format!("{path}.mount"), &raw.mount);
    let device = match (provider, raw.id) {
        (Provider::Hetzner, Some(id)) => format!("/dev/disk/by-id/scsi-0HC_Volume_{id}"),
        (Provider::Hetzner, None) => {
            reader.broken(
                Finding::error("volume-id", &path)
                    .on_key()
                    .message(format!("volume `{name}` has no `id`"))
                    .label("Hetzner names the device by the volume's number")
                    .help("add `id = NUMBER`, as `hcloud volume list` prints it"),
            );
            return None;
        }
        (Provider::DigitalOcean, _) => format!(
            "/dev/disk/by-id/scsi-0DO_Volume_{}",
            raw.volume_name.as_deref().unwrap_or(name)
        ),
        // QEMU shows the serial number that `hostwright run` gives the disk.
        (Provider::Qemu, _) => format!("/dev/disk/by-id/virtio-{name}"),
    };
    Some(Volume {
        device,
        size: size?,
        mount: mount?,
        file_system: raw.file_system,
    })
}
