//! A closure small enough for every run: a static busybox, Debian's kernel with
//! an initrd of our own, and a system whose `init` prints evidence.

use std::fmt::Write;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use nix_archive::nar::{CaseHack, hash_path};
use serde_json::{Value, json};

use crate::parts::Parts;

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

/// A folder with the closure below `root`, its registration and its specification.
pub(crate) struct Fixture {
    folder: tempfile::TempDir,
    parts: Parts,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self::of(Parts::amd64())
    }

    /// The same for another processor.
    pub(crate) fn of(parts: Parts) -> Self {
        let fixture = Self {
            folder: tempfile::tempdir().unwrap(),
            parts,
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
            "architecture": self.parts.architecture,
            "firmware": self.parts.firmware,
            "toplevel": SYSTEM,
            "closure": { "registration": self.path("registration"), "root": self.path("root") },
            "files": [
                { "target": "/boot/grub/grub.cfg", "text": menu(&self.parts) },
                { "target": "/srv/data", "directory": "0750" },
                { "target": "/etc/os-release", "link": "../nix/os-release" },
            ],
            "grub": self.parts.grub,
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
        fs::copy(self.parts.busybox(), busybox.join("bin/busybox")).unwrap();
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
        fs::copy(self.parts.kernel(), self.in_store(KERNEL).join("bzImage")).unwrap();
        fs::create_dir_all(self.in_store(INITRD)).unwrap();
        fs::write(self.in_store(INITRD).join("initrd"), self.parts.initrd()).unwrap();
        let system = self.in_store(SYSTEM);
        fs::create_dir_all(&system).unwrap();
        fs::write(system.join("init"), init()).unwrap();
        fs::set_permissions(system.join("init"), fs::Permissions::from_mode(0o555)).unwrap();
        std::os::unix::fs::symlink(format!("{KERNEL}/bzImage"), system.join("kernel")).unwrap();
        std::os::unix::fs::symlink(format!("{INITRD}/initrd"), system.join("initrd")).unwrap();
    }
}

/// Writes a script. Another process does: what other tests start meanwhile
/// would inherit our descriptor, and a file open for writing cannot be run.
pub(crate) fn write_script(path: &Path, text: &str) {
    succeed(
        Command::new("sh")
            .args(["-c", "printf %s \"$1\" > \"$2\" && chmod 755 \"$2\"", "sh"])
            .arg(text)
            .arg(path),
    );
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

/// GRUB's menu: one entry, at once, on the serial line. A machine that is
/// emulated slowly fails the kernel's check of its timer.
fn menu(parts: &Parts) -> String {
    let Parts {
        terminal, console, ..
    } = parts;
    format!(
        "{terminal}\nset timeout=0\n\
         menuentry test {{\n  linux {KERNEL}/bzImage console={console} panic=-1 no_timer_check init={SYSTEM}/init\n\
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

/// Names in a folder in the order in which the file system lists them.
pub(crate) fn listed_names(folder: &Path) -> Vec<String> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect()
}
