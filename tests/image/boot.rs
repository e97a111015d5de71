//! The image boots under both firmwares on both clouds' disks: firmware, our
//! boot code, GRUB, kernel, initrd, the system of the closure. Emulated (TCG),
//! so that it runs everywhere; one machine at a time.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use crate::fixture::{Fixture, SYSTEM, run, succeed, text};
use crate::parts::Parts;

/// Seconds until a machine is given up; it takes about 20.
const PATIENCE: &str = "240";
/// One machine at a time, however many tests run.
static MACHINE: Mutex<()> = Mutex::new(());

/// Boots a disk and gives what it wrote on the serial line.
fn boot(folder: &Path, format: &str, disk: &Path, firmware: &str, bus: &str) -> String {
    let _one = MACHINE
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let serial = folder.join(format!("serial-{firmware}-{bus}"));
    let (serial_line, drive) = (
        format!("file:{}", serial.display()),
        format!(
            "if=none,id=disk,snapshot=on,format={format},file={}",
            disk.display()
        ),
    );
    let mut command = match firmware {
        "aavmf" => arm(PATIENCE),
        _ => machine(PATIENCE),
    };
    command.args(["-serial", &serial_line, "-drive", &drive]);
    match bus {
        "scsi" => command.args([
            "-device",
            "virtio-scsi-pci",
            "-device",
            "scsi-hd,drive=disk",
        ]),
        _ => command.args(["-device", "virtio-blk-pci,drive=disk"]),
    };
    let variables = folder.join("variables.fd");
    match firmware {
        "uefi" => add_uefi(&mut command, OVMF, &variables),
        "aavmf" => add_uefi(&mut command, AAVMF, &variables),
        _ => (),
    }
    let output = run(&mut command);
    let log = text(&fs::read(&serial).unwrap_or_default());
    let errors = text(&output.stderr);
    assert!(output.status.success(), "{firmware} {bus}: {errors}\n{log}");
    log
}

/// A machine without a screen that is given up after so many seconds.
fn machine(patience: &str) -> Command {
    emulated(patience, "qemu-system-x86_64", "q35", "qemu64")
}

/// The same with an ARM processor.
fn arm(patience: &str) -> Command {
    emulated(patience, "qemu-system-aarch64", "virt", "cortex-a72")
}

fn emulated(patience: &str, program: &str, machine: &str, processor: &str) -> Command {
    let mut command = Command::new("timeout");
    command
        .args([patience, program, "-machine", machine, "-accel", "tcg"])
        .args(["-cpu", processor, "-m", "512", "-display", "none"])
        .args(["-nic", "none", "-no-reboot", "-monitor", "none"]);
    command
}

/// Code and variables of a UEFI firmware, as Debian's packages have them.
type Uefi = (&'static str, &'static str);
const OVMF: Uefi = (
    "/usr/share/OVMF/OVMF_CODE_4M.fd",
    "/usr/share/OVMF/OVMF_VARS_4M.fd",
);
const AAVMF: Uefi = (
    "/usr/share/AAVMF/AAVMF_CODE.fd",
    "/usr/share/AAVMF/AAVMF_VARS.fd",
);

/// The firmware with variables that no boot has touched yet.
fn add_uefi(command: &mut Command, (code, fresh): Uefi, variables: &Path) {
    fs::copy(fresh, variables).unwrap();
    let code = format!("if=pflash,format=raw,readonly=on,file={code}");
    let variables = format!("if=pflash,format=raw,file={}", variables.display());
    command.args(["-drive", &code, "-drive", &variables]);
}

fn assert_evidence(log: &str, firmware: &str, root: &str) {
    let expected = [
        format!("EVIDENCE firmware={firmware}"),
        format!("EVIDENCE root={root} ext4"),
        format!("EVIDENCE profile={SYSTEM}"),
        "EVIDENCE store=1775:0:30000".to_owned(),
        "EVIDENCE srv=750".to_owned(),
        "EVIDENCE registered".to_owned(),
        "EVIDENCE end".to_owned(),
    ];
    for line in expected {
        assert!(
            log.lines().any(|found| found.trim_end() == line),
            "no `{line}` in:\n{log}"
        );
    }
}

fn raw_of_hetzner(fixture: &Fixture) -> PathBuf {
    let folder = fixture.assemble("out", &["raw.zst", "qcow2.gz"]);
    let disk = folder.join("unpacked.raw");
    succeed(
        Command::new("zstd")
            .args(["-dq"])
            .arg(folder.join("test.raw.zst"))
            .arg("-o")
            .arg(&disk),
    );
    disk
}

#[test]
fn one_image_boots_under_both_firmwares_on_both_buses() {
    let fixture = Fixture::new();
    let raw = raw_of_hetzner(&fixture);
    let folder = raw.parent().unwrap();
    let qcow2 = folder.join("unpacked.qcow2");
    fs::write(
        &qcow2,
        run(Command::new("gzip")
            .arg("-dc")
            .arg(folder.join("test.qcow2.gz")))
        .stdout,
    )
    .unwrap();
    for firmware in ["bios", "uefi"] {
        // Hetzner's bus with Hetzner's form, DigitalOcean's with its own.
        assert_evidence(
            &boot(folder, "raw", &raw, firmware, "scsi"),
            firmware,
            "/dev/sda3",
        );
        assert_evidence(
            &boot(folder, "qcow2", &qcow2, firmware, "blk"),
            firmware,
            "/dev/vda3",
        );
    }
}

#[test]
fn an_image_for_arm_boots() {
    let fixture = Fixture::of(Parts::arm64());
    let disk = fixture.assemble("out", &["raw"]).join("test.raw");
    let table = succeed(Command::new("sfdisk").arg("--dump").arg(&disk));
    assert!(!table.contains("bios"), "{table}");
    let folder = disk.parent().unwrap();
    // Without a BIOS the root is the second partition.
    let log = boot(folder, "raw", &disk, "aavmf", "scsi");
    assert_evidence(&log, "uefi", "/dev/sda2");
}

#[test]
fn a_disk_without_an_esp_boots_by_bios() {
    let fixture = Fixture::new();
    let mut spec = fixture.spec();
    spec["firmware"] = "bios".into();
    fixture.write_spec("spec.json", &spec);
    let disk = fixture.assemble("out", &["raw"]).join("test.raw");
    let table = succeed(Command::new("sfdisk").arg("--dump").arg(&disk));
    assert!(!table.contains("esp"), "{table}");
    let folder = disk.parent().unwrap();
    // Without the ESP the root is the second partition.
    assert_evidence(
        &boot(folder, "raw", &disk, "bios", "blk"),
        "bios",
        "/dev/vda2",
    );
}

#[test]
fn an_image_without_boot_code_does_not_boot() {
    let fixture = Fixture::new();
    let disk = fixture.assemble("out", &["raw"]).join("test.raw");
    let file = fs::File::options()
        .read(true)
        .write(true)
        .open(&disk)
        .unwrap();
    // The sector at which boot.img looks for core.img, off by one.
    std::os::unix::fs::FileExt::write_all_at(&file, &2049u64.to_le_bytes(), 0x5C).unwrap();
    let _one = MACHINE
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let drive = format!("if=virtio,snapshot=on,format=raw,file={}", disk.display());
    let output = run(machine("20").args(["-serial", "stdio", "-drive", &drive]));
    assert!(!text(&output.stdout).contains("EVIDENCE"), "{output:?}");
    assert_eq!(
        output.status.code(),
        Some(124),
        "it hangs in the firmware: {output:?}"
    );
}
