//! Images on this computer: `hostwright run` with QEMU. Tier 1: `cargo test
//! --features tier1 --test run`, as root, with the packages of
//! tests/packages.debian.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests touch files and run programs, and stop where one fails"
)]

#[path = "../image/fixture.rs"]
#[expect(dead_code, reason = "the tests of images use all of it")]
mod fixture;
mod lifetime;
#[path = "../image/parts.rs"]
#[expect(dead_code, reason = "the tests of images use all of it")]
mod parts;
mod probe;
mod session;

use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use fixture::{Fixture, run, text};
use session::Session;

/// One machine at a time, however many tests run.
fn alone() -> MutexGuard<'static, ()> {
    static MACHINE: Mutex<()> = Mutex::new(());
    MACHINE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An image that prints evidence and powers off, in every form.
fn image(form: &str) -> PathBuf {
    static IMAGE: LazyLock<(Fixture, PathBuf)> = LazyLock::new(|| {
        let fixture = Fixture::new();
        let folder = fixture.assemble("out", &["raw", "raw.zst", "qcow2.gz"]);
        (fixture, folder)
    });
    IMAGE.1.join(format!("test.{form}"))
}

fn complete(output: &Output) -> String {
    format!("{}\n{}", text(&output.stdout), text(&output.stderr))
}

#[test]
fn every_form_of_an_image_boots_on_a_disk_of_its_machine_type() {
    let _alone = alone();
    for (form, firmware, bus, root) in [
        ("raw.zst", "bios", "scsi", "/dev/sda3"),
        ("qcow2.gz", "uefi", "blk", "/dev/vda3"),
        ("raw", "bios", "blk", "/dev/vda3"),
    ] {
        let session = Session::new();
        let mut command = session.command(&image(form));
        command.args(["--firmware", firmware, "--bus", bus]);
        let output = run(&mut command);
        let said = complete(&output);
        assert_eq!(output.status.code(), Some(0), "{said}");
        let log = text(&std::fs::read(session.path("result-lab.log")).unwrap());
        for line in [
            format!("EVIDENCE firmware={firmware}"),
            format!("EVIDENCE root={root} ext4"),
            // The disk of the type `medium`, 20 GB, in blocks of 1 KiB.
            format!(
                "EVIDENCE disk=19531250 {}",
                root.trim_end_matches('3').trim_start_matches("/dev/")
            ),
            "EVIDENCE end".to_owned(),
        ] {
            assert!(
                log.lines().any(|it| it.trim_end() == line),
                "no {line}: {said}\n{log}"
            );
        }
        assert_eq!(session.left(), ["hosts", "result-lab.log"], "{said}");
        assert_eq!(session.temporary(), [] as [&str; 0], "{said}");
    }
}

#[test]
fn the_serial_console_is_this_terminal() {
    let _alone = alone();
    let session = Session::new();
    let mut terminal = session.in_terminal(&image("raw"));
    terminal.wait_for("Ctrl-A X ends the machine");
    // GRUB's own words: what the machine says comes here.
    terminal.wait_for("Linux version");
    terminal.write(b"\x01x");
    let (status, said) = terminal.finish();
    assert!(status.success(), "{said}");
    assert!(said.contains("the machine has ended"), "{said}");
    assert_eq!(session.left(), ["hosts"]);
}

#[test]
fn what_is_no_image_is_refused() {
    let _alone = alone();
    let session = Session::new();
    let broken = session.path("broken.raw.zst");
    std::fs::write(&broken, [0x28, 0xB5, 0x2F, 0xFD, 1, 2, 3]).unwrap();
    let output = run(&mut session.command(&broken));
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(
        said.contains("error: cannot unpack") && said.contains("broken.raw.zst"),
        "{said}"
    );
    let huge = session.path("huge.raw");
    std::fs::File::create(&huge)
        .unwrap()
        .set_len(21_000_000_000)
        .unwrap();
    let said = text(&run(&mut session.command(&huge)).stderr);
    let expected = "error: the image is a disk of 21000000000 bytes, but the machine type has a disk of 20000000000 bytes; choose a larger type";
    assert!(said.contains(expected), "{said}");
    assert_eq!(session.temporary(), [] as [&str; 0]);
}

#[test]
fn a_machine_without_a_shell_is_not_verified() {
    let _alone = alone();
    let session = Session::new();
    let verify = ["verify", "lab", "--at", "qemu"];
    let output = run(&mut session.with(&verify, &image("raw")));
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("error: the machine switched itself off"),
        "{said}"
    );
    // The end of its console says why.
    assert!(said.contains("EVIDENCE end"), "{said}");
    assert!(output.stdout.is_empty(), "{said}");
    assert_eq!(session.temporary(), [] as [&str; 0]);
}

#[test]
fn an_image_that_is_not_its_manifests_is_not_verified() {
    let _alone = alone();
    let session = Session::new();
    let manifest = image("raw").with_file_name("manifest.json");
    std::fs::copy(manifest, session.path("manifest.json")).unwrap();
    let changed = session.path("test.raw.zst");
    let mut bytes = std::fs::read(image("raw.zst")).unwrap();
    // Behind the last frame: an empty frame that is skipped (RFC 8878).
    bytes.extend([0x50, 0x2A, 0x4D, 0x18, 0, 0, 0, 0]);
    std::fs::write(&changed, bytes).unwrap();
    let verify = ["verify", "lab", "--at", "qemu"];
    let output = run(&mut session.with(&verify, &changed));
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("test.raw.zst is not what its manifest says"),
        "{said}"
    );
}

/// The project, for the hosts of its tests.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
