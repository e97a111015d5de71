//! What a closure is made of: busybox, kernel and boot loader of Debian for one
//! processor.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::fixture::{SYSTEM, succeed};

/// Drivers that Debian's cloud kernel has as modules.
const MODULES: [&str; 5] = ["virtio_pci", "virtio_blk", "virtio_scsi", "sd_mod", "ext4"];

/// Where the packages of a processor are, and what its machines are like.
pub(crate) struct Parts {
    /// The folder that they are unpacked in.
    system: PathBuf,
    pub(crate) architecture: &'static str,
    pub(crate) firmware: &'static str,
    /// GRUB's modules by firmware.
    pub(crate) grub: Value,
    /// Commands of GRUB that show its menu on the serial line.
    pub(crate) terminal: &'static str,
    /// The kernel's name of the serial line.
    pub(crate) console: &'static str,
}

impl Parts {
    /// Those that are installed here.
    pub(crate) fn amd64() -> Self {
        Self {
            system: "/".into(),
            architecture: "x86_64",
            firmware: "hybrid",
            grub: json!({ "bios": "/usr/lib/grub/i386-pc", "uefi": "/usr/lib/grub/x86_64-efi" }),
            terminal: "serial --unit=0 --speed=115200\nterminal_output serial console",
            console: "ttyS0",
        }
    }

    /// Those of arm64, fetched once and kept beside the program under test.
    pub(crate) fn arm64() -> Self {
        let system = Path::new(env!("CARGO_TARGET_TMPDIR")).join("arm64");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/image/arm64-packages");
        succeed(Command::new(script).arg(&system));
        Self {
            architecture: "aarch64",
            firmware: "uefi",
            grub: json!({ "uefi": system.join("usr/lib/grub/arm64-efi") }),
            terminal: "terminal_output console",
            console: "ttyAMA0",
            system,
        }
    }

    /// A busybox that needs no libraries.
    pub(crate) fn busybox(&self) -> PathBuf {
        self.system.join("bin/busybox")
    }

    /// Debian's newest cloud kernel.
    pub(crate) fn kernel(&self) -> PathBuf {
        let mut kernels = fs::read_dir(self.system.join("boot"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.to_string_lossy().contains("/vmlinuz-"))
            .collect::<Vec<_>>();
        kernels.sort();
        kernels
            .pop()
            .expect("no kernel in /boot; see tests/packages.debian")
    }

    /// A cpio archive with busybox, the modules in the order of their needs, and
    /// an `init` that mounts the root and goes there.
    pub(crate) fn initrd(&self) -> Vec<u8> {
        let modules = self.modules();
        let load: Vec<String> = (0..modules.len())
            .map(|number| format!("insmod /{number}.ko"))
            .collect();
        let load = load.join("\n");
        let init = format!(
            "#!/bin/busybox sh\nexport PATH=/bin\nbusybox mkdir /proc /sys /dev /root\n\
         busybox mount -t proc proc /proc\nbusybox mount -t sysfs sys /sys\nbusybox mount -t devtmpfs dev /dev\n\
         alias insmod='busybox insmod'\n{load}\n\
         for try in 1 2 3 4 5 6 7 8 9 10; do root=$(busybox findfs LABEL=nixos) && break; busybox sleep 1; done\n\
         busybox mount -t ext4 $root /root\n\
         for point in proc sys dev; do busybox mount -o move /$point /root/$point; done\n\
         exec busybox switch_root /root {SYSTEM}/init\n"
        );
        let mut archive = Vec::new();
        append(&mut archive, "bin", 0o040_755, &[]);
        append(
            &mut archive,
            "bin/busybox",
            0o100_755,
            &fs::read(self.busybox()).unwrap(),
        );
        append(&mut archive, "init", 0o100_755, init.as_bytes());
        for (number, module) in modules.iter().enumerate() {
            append(
                &mut archive,
                &format!("{number}.ko"),
                0o100_644,
                &fs::read(module).unwrap(),
            );
        }
        append(&mut archive, "TRAILER!!!", 0, &[]);
        archive
    }

    /// Files of the modules, as modprobe orders them.
    fn modules(&self) -> Vec<String> {
        let release = self
            .kernel()
            .file_name()
            .unwrap()
            .to_string_lossy()
            .replacen("vmlinuz-", "", 1);
        let output = succeed(
            Command::new("modprobe")
                .arg("--dirname")
                .arg(&self.system)
                .args(["--show-depends", "-a", "-S", &release])
                .args(MODULES),
        );
        let mut files: Vec<String> = Vec::new();
        for line in output
            .lines()
            .filter_map(|line| line.strip_prefix("insmod "))
        {
            let file = line.trim().to_owned();
            if !files.contains(&file) {
                files.push(file);
            }
        }
        files
    }
}

/// Appends a file in cpio's `newc` format (Documentation/driver-api/early-userspace).
fn append(archive: &mut Vec<u8>, name: &str, mode: u32, bytes: &[u8]) {
    let size = u32::try_from(bytes.len()).unwrap();
    let name_size = u32::try_from(name.len() + 1).unwrap();
    let fields = [1, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, name_size, 0];
    archive.extend(b"070701");
    archive.extend(
        fields
            .iter()
            .flat_map(|field| format!("{field:08x}").into_bytes()),
    );
    archive.extend(name.bytes().chain([0]));
    archive.resize(archive.len().next_multiple_of(4), 0);
    archive.extend(bytes);
    archive.resize(archive.len().next_multiple_of(4), 0);
}
