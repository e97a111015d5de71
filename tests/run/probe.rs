//! The boot sector that decides about KVM.

use std::fs;
use std::process::Command;

use crate::fixture::{run, succeed};
use crate::root;

const EXIT: &str = "isa-debug-exit,iobase=0xf4,iosize=1";

/// Boots a disk with the probe, emulated, and gives QEMU's exit code.
fn boot(sector: &[u8], processor: &str) -> Option<i32> {
    let folder = tempfile::tempdir().unwrap();
    let disk = folder.path().join("probe");
    let mut bytes = sector.to_vec();
    bytes.resize(1 << 20, 0);
    fs::write(&disk, bytes).unwrap();
    let drive = format!("if=virtio,format=raw,file={}", disk.display());
    let mut command = Command::new("timeout");
    command.args(["20", "qemu-system-x86_64", "-machine", "q35,accel=tcg"]);
    command.args([
        "-cpu",
        processor,
        "-m",
        "64",
        "-nodefaults",
        "-display",
        "none",
        "-no-reboot",
    ]);
    command.args(["-device", EXIT, "-drive", &drive]);
    run(&mut command).status.code()
}

#[test]
fn the_probe_passes_on_a_processor_that_runs_kernels() {
    let sector = fs::read(root().join("src/cloud/qemu/probe.bin")).unwrap();
    for processor in ["max", "qemu64", "Haswell"] {
        assert_eq!(boot(&sector, processor), Some(85), "{processor}");
    }
}

#[test]
fn the_probe_fails_on_a_processor_without_what_kernels_need() {
    let sector = fs::read(root().join("src/cloud/qemu/probe.bin")).unwrap();
    assert_ne!(boot(&sector, "max,-cx16"), Some(85));
    assert_ne!(boot(&sector, "pentium3"), Some(85));
}

#[test]
fn the_bytes_of_the_probe_are_those_of_its_source() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let source = root().join("src/cloud/qemu/probe.s");
    succeed(
        Command::new("as")
            .arg("-o")
            .arg(path("probe.o"))
            .arg(source),
    );
    let link = ["-Ttext=0x7c00", "--oformat=binary", "-o"];
    succeed(
        Command::new("ld")
            .args(link)
            .arg(path("probe.bin"))
            .arg(path("probe.o")),
    );
    let committed = fs::read(root().join("src/cloud/qemu/probe.bin")).unwrap();
    assert_eq!(fs::read(path("probe.bin")).unwrap(), committed);
}
