//! A closure small enough for every run: a static busybox, Debian's kernel with
//! an initrd of our own, and a system whose `init` prints evidence.

use std::fmt::Write;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use nix_archive::nar::{CaseHack, hash_path};
use serde_json::{Value, json};

/// Store paths of the closure, with the references that Nix would have found.
pub(crate) const BUSYBOX: &str = "/nix/store/00000000000000000000000000000000-busybox-static";
pub(crate) const KERNEL: &str = "/nix/store/11111111111111111111111111111111-linux";
pub(crate) const INITRD: &str = "/nix/store/22222222222222222222222222222222-initrd";
pub(crate) const SYSTEM: &str = "/nix/store/33333333333333333333333333333333-nixos-system-test";
const PATHS: [(&str, &[&str]); 4] = [
    (BUSYBOX, &[]),
    (KERNEL, &[]),
    (INITRD, &[]),
    (SYSTEM, &[BUSYBOX, KERNEL, INITRD, SYSTEM]),
];

/// Drivers that Debian's cloud kernel has as modules.
const MODULES: [&str; 5] = ["virtio_pci", "virtio_blk", "virtio_scsi", "sd_mod", "ext4"];

/// A folder with the closure below `root`, its registration and its specification.
pub(crate) struct Fixture {
    folder: tempfile::TempDir,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let fixture = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        // The other user of the reproducibility test reads it too.
        fs::set_permissions(fixture.path(""), fs::Permissions::from_mode(0o755)).unwrap();
        fixture.make_closure();
        fixture.write_registration();
        fixture.write_spec("spec.json", &fixture.spec());
        fixture
    }

    /// A path in the fixture's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file or folder of the closure on this machine.
    pub(crate) fn in_store(&self, path: &str) -> PathBuf {
        self.path("root").join(path.trim_start_matches('/'))
    }

    /// The specification, to be changed by a test.
    pub(crate) fn spec(&self) -> Value {
        json!({
            "name": "test",
            "architecture": "x86_64",
            "firmware": "hybrid",
            "toplevel": SYSTEM,
            "closure": { "registration": self.path("registration"), "root": self.path("root") },
            "files": [
                { "target": "/boot/grub/grub.cfg", "text": menu() },
                { "target": "/srv/data", "directory": "0750" },
                { "target": "/etc/os-release", "link": "../nix/os-release" },
            ],
            "grub": { "bios": "/usr/lib/grub/i386-pc", "uefi": "/usr/lib/grub/x86_64-efi" },
            "margin_mib": 16,
            "description_hash": "sha256-test",
            "nixpkgs_revision": "0000000",
        })
    }

    /// Writes a specification into the folder and gives its path.
    pub(crate) fn write_spec(&self, name: &str, spec: &Value) -> PathBuf {
        fs::write(self.path(name), spec.to_string()).unwrap();
        self.path(name)
    }

    /// Runs `hostwright image assemble` on the fixture's specification.
    pub(crate) fn assemble(&self, output: &str, formats: &[&str]) -> PathBuf {
        let target = self.path(output);
        let mut command = hostwright();
        command
            .args(["image", "assemble"])
            .arg(self.path("spec.json"))
            .arg("--output")
            .arg(&target);
        for format in formats {
            command.args(["--format", format]);
        }
        succeed(&mut command);
        target
    }

    /// Registers the closure as it is now.
    pub(crate) fn write_registration(&self) {
        let mut text = String::new();
        for (path, references) in PATHS {
            let nar = hash_path(&self.in_store(path), CaseHack::Disabled).unwrap();
            let hex = hostwright::image::hashing::hex(&nar.sha256);
            let references = references
                .iter()
                .fold(String::new(), |list, path| list + "\n" + path);
            let count = references.lines().skip(1).count();
            let size = nar.size;
            writeln!(text, "{path}\n{hex}\n{size}\n\n{count}{references}").unwrap();
        }
        fs::write(self.path("registration"), text).unwrap();
    }

    fn make_closure(&self) {
        let busybox = self.in_store(BUSYBOX);
        fs::create_dir_all(busybox.join("bin")).unwrap();
        fs::copy("/usr/bin/busybox", busybox.join("bin/busybox")).unwrap();
        for applet in ["sh", "cat", "mount", "readlink", "ls", "poweroff", "stat"] {
            std::os::unix::fs::symlink("busybox", busybox.join("bin").join(applet)).unwrap();
        }
        // Names that need an order: 200 files, read back in another order.
        fs::create_dir(busybox.join("share")).unwrap();
        for number in 0..200 {
            fs::write(
                busybox.join(format!("share/file-{number}")),
                format!("{number}\n").repeat(number),
            )
            .unwrap();
        }
        fs::create_dir_all(self.in_store(KERNEL)).unwrap();
        fs::copy(kernel(), self.in_store(KERNEL).join("bzImage")).unwrap();
        fs::create_dir_all(self.in_store(INITRD)).unwrap();
        fs::write(self.in_store(INITRD).join("initrd"), initrd()).unwrap();
        let system = self.in_store(SYSTEM);
        fs::create_dir_all(&system).unwrap();
        fs::write(system.join("init"), init()).unwrap();
        fs::set_permissions(system.join("init"), fs::Permissions::from_mode(0o555)).unwrap();
        std::os::unix::fs::symlink(format!("{KERNEL}/bzImage"), system.join("kernel")).unwrap();
        std::os::unix::fs::symlink(format!("{INITRD}/initrd"), system.join("initrd")).unwrap();
    }
}

/// The program under test.
pub(crate) fn hostwright() -> Command {
    Command::new(env!("CARGO_BIN_EXE_hostwright"))
}

/// Runs a command that must succeed.
pub(crate) fn succeed(command: &mut Command) -> String {
    let output = run(command);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{out}\n{err}",
        output.status
    );
    out
}

/// Runs a command.
pub(crate) fn run(command: &mut Command) -> Output {
    command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}; see tests/packages.debian"))
}

/// What a program wrote.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Debian's newest cloud kernel.
fn kernel() -> PathBuf {
    let mut kernels: Vec<PathBuf> = fs::read_dir("/boot")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| text(path.as_os_str().as_encoded_bytes()).contains("/vmlinuz-"))
        .collect();
    kernels.sort();
    kernels
        .pop()
        .expect("no kernel in /boot; see tests/packages.debian")
}

/// GRUB's menu: one entry, at once, on the serial line. A machine that is
/// emulated slowly fails the kernel's check of its timer.
fn menu() -> String {
    format!(
        "serial --unit=0 --speed=115200\nterminal_output serial console\nset timeout=0\n\
         menuentry test {{\n  linux {KERNEL}/bzImage console=ttyS0 panic=-1 no_timer_check init={SYSTEM}/init\n\
         \x20 initrd {INITRD}/initrd\n}}\n"
    )
}

/// What the booted system prints, one fact per line.
fn init() -> String {
    format!(
        "#!{BUSYBOX}/bin/sh\nexport PATH={BUSYBOX}/bin\n\
         if [ -d /sys/firmware/efi ]; then echo EVIDENCE firmware=uefi; else echo EVIDENCE firmware=bios; fi\n\
         while read -r device point kind rest; do [ $point = / ] && echo EVIDENCE root=$device $kind; done < /proc/mounts\n\
         echo EVIDENCE profile=$(readlink -f /nix/var/nix/profiles/system)\n\
         echo EVIDENCE store=$(stat -c %a:%u:%g /nix/store)\n\
         echo EVIDENCE srv=$(stat -c %a /srv/data)\n\
         [ -s /nix-path-registration ] && echo EVIDENCE registered\n\
         while read -r major minor blocks name; do case $name in [sv]da) echo EVIDENCE disk=$blocks $name;; esac; done < /proc/partitions\n\
         echo EVIDENCE end\npoweroff -f\n"
    )
}

/// A cpio archive with busybox, the modules in the order of their needs, and
/// an `init` that mounts the root and goes there.
fn initrd() -> Vec<u8> {
    let modules = modules();
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
        &fs::read("/usr/bin/busybox").unwrap(),
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
fn modules() -> Vec<String> {
    let release = kernel()
        .file_name()
        .unwrap()
        .to_string_lossy()
        .replacen("vmlinuz-", "", 1);
    let output = succeed(
        Command::new("modprobe")
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

/// Names in a folder in the order in which the file system lists them.
pub(crate) fn listed_names(folder: &Path) -> Vec<String> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect()
}
