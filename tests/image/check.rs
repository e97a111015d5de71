//! The programs that own the formats find nothing to complain about, and what
//! is read back is what was asked for.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::fixture::{Fixture, SYSTEM, hostwright, run, succeed, text, write_script};

/// Copies bytes of a file into another, sparse.
fn cut(disk: &Path, target: &Path, first_sector: u64, bytes: u64) {
    let (skip, count) = (
        format!("skip={}", first_sector / 2048),
        format!("count={}", bytes >> 20),
    );
    succeed(
        Command::new("dd")
            .args(["bs=1M", "conv=sparse", "status=none", &skip, &count])
            .args([
                format!("if={}", disk.display()),
                format!("of={}", target.display()),
            ]),
    );
}

fn manifest(folder: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(folder.join("manifest.json")).unwrap()).unwrap()
}

#[test]
fn every_checker_is_content() {
    let fixture = Fixture::new();
    let folder = fixture.assemble("out", &["raw"]);
    let disk = folder.join("test.raw");
    let verified = run(Command::new("sfdisk").arg("--verify").arg(&disk));
    assert!(
        text(&verified.stdout).contains("No errors detected"),
        "{verified:?}"
    );
    let verified = succeed(Command::new("sgdisk").arg("-v").arg(&disk));
    assert!(verified.contains("No problems found"), "{verified}");

    let manifest = manifest(&folder);
    for partition in manifest["disk"]["partitions"].as_array().unwrap() {
        let label = partition["label"].as_str().unwrap();
        let target = folder.join(label);
        cut(
            &disk,
            &target,
            partition["first_sector"].as_u64().unwrap(),
            partition["bytes"].as_u64().unwrap(),
        );
        let mut checker = match label {
            "esp" => Command::new("fsck.fat"),
            "root" => Command::new("e2fsck"),
            _ => continue,
        };
        let flags: &[&str] = if label == "esp" {
            &["-n"]
        } else {
            &["-f", "-n"]
        };
        let found = succeed(checker.args(flags).arg(&target));
        assert!(
            !found.contains("differ") && !found.contains("rror"),
            "{label}: {found}"
        );
    }
    efi_program_is_one(&folder.join("esp"));
}

fn efi_program_is_one(esp: &Path) {
    let program = esp.with_file_name("BOOTX64.EFI");
    let volume = fatfs::FileSystem::new(
        fs::File::options()
            .read(true)
            .write(true)
            .open(esp)
            .unwrap(),
        fatfs::FsOptions::new(),
    );
    let volume = volume.unwrap();
    let mut file = volume.root_dir().open_file("EFI/BOOT/BOOTX64.EFI").unwrap();
    std::io::copy(&mut file, &mut fs::File::create(&program).unwrap()).unwrap();
    succeed(
        Command::new("grub-file")
            .arg("--is-x86_64-efi")
            .arg(&program),
    );
    let refused = run(Command::new("grub-file")
        .arg("--is-x86_64-efi")
        .arg("/bin/sh"));
    assert!(!refused.status.success(), "grub-file tells programs apart");
}

#[test]
fn every_form_holds_the_same_disk() {
    let fixture = Fixture::new();
    let folder = fixture.assemble("out", &["raw", "raw.zst", "qcow2.gz"]);
    let raw = folder.join("test.raw");
    for form in ["raw.zst", "qcow2.gz"] {
        let output = succeed(
            hostwright()
                .args(["image", "verify"])
                .arg(folder.join(format!("test.{form}")))
                .arg("--against")
                .arg(&raw),
        );
        assert_eq!(output, "identical\n", "{form}");
    }
    // The programs that the providers run agree.
    let qcow2 = folder.join("test.qcow2");
    fs::write(
        &qcow2,
        run(Command::new("gzip")
            .arg("-dc")
            .arg(folder.join("test.qcow2.gz")))
        .stdout,
    )
    .unwrap();
    assert!(
        succeed(Command::new("qemu-img").arg("check").arg(&qcow2)).contains("No errors were found")
    );
    assert!(
        succeed(
            Command::new("qemu-img")
                .arg("compare")
                .arg(&qcow2)
                .arg(&raw)
        )
        .contains("identical")
    );
    let unpacked = run(Command::new("zstd")
        .args(["-dc"])
        .arg(folder.join("test.raw.zst")))
    .stdout;
    assert!(unpacked == fs::read(&raw).unwrap(), "zstd");
    assert_eq!(
        succeed(
            hostwright()
                .args(["image", "verify"])
                .arg(folder.join("test.raw.zst"))
        ),
        "identical\n"
    );
}

#[test]
fn the_manifest_lists_the_closure() {
    let fixture = Fixture::new();
    let manifest = manifest(&fixture.assemble("out", &["raw.zst"]));
    assert_eq!(manifest["toplevel"], SYSTEM);
    assert_eq!(manifest["description_hash"], "sha256-test");
    assert_eq!(manifest["nixpkgs_revision"], "0000000");
    assert_eq!(manifest["store_paths"].as_array().unwrap().len(), 4);
    assert!(
        manifest["store_paths"][0]["nar_hash"]
            .as_str()
            .unwrap()
            .starts_with("sha256-")
    );
    let sizes: Vec<u64> = manifest["largest"]
        .as_array()
        .unwrap()
        .iter()
        .map(|path| path["nar_size"].as_u64().unwrap())
        .collect();
    assert!(sizes.is_sorted_by(|a, b| a >= b), "{sizes:?}");
}

#[test]
fn inspect_reads_it_back_from_the_bytes() {
    let fixture = Fixture::new();
    let folder = fixture.assemble("out", &["raw.zst"]);
    let image = folder.join("test.raw.zst");
    let found: Value = serde_json::from_str(&succeed(
        hostwright()
            .args(["image", "inspect", "--json"])
            .arg(&image),
    ))
    .unwrap();
    let labels: Vec<&str> = found["partitions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["label"].as_str().unwrap())
        .collect();
    assert_eq!(labels, ["bios", "esp", "root"]);
    assert_eq!(found["boot_code"]["core_sector"], 2048);
    assert_eq!(found["boot_code"]["rest_sector"], 2049);
    assert_eq!(found["esp"]["files"][0]["path"], "/EFI/BOOT/BOOTX64.EFI");
    assert_eq!(found["root"]["toplevel"], SYSTEM);
    assert_eq!(found["root"]["store_paths"], 4);
    assert_eq!(
        found["root"]["uuid"],
        manifest(&folder)["disk"]["root_file_system"]
    );
    let table = succeed(hostwright().args(["image", "inspect"]).arg(&image));
    assert!(table.contains(&format!("toplevel   {SYSTEM}\n")), "{table}");
}

#[test]
fn a_store_that_differs_from_its_registration_is_refused() {
    let fixture = Fixture::new();
    fs::write(fixture.in_store(SYSTEM).join("extra"), "x").unwrap();
    let output = run(hostwright()
        .args(["image", "assemble"])
        .arg(fixture.path("spec.json"))
        .arg("--output")
        .arg(fixture.path("out")));
    assert_eq!(output.status.code(), Some(1));
    let message = text(&output.stderr);
    assert!(
        message.contains(&format!("{SYSTEM}: the contents have NAR hash sha256:")),
        "{message}"
    );
    assert_eq!(
        fs::read_dir(fixture.path("out")).unwrap().count(),
        0,
        "nothing is left behind"
    );
}

#[test]
fn programs_that_are_too_old_or_missing_are_named() {
    let fixture = Fixture::new();
    let old = fixture.path("mke2fs");
    write_script(&old, "#!/bin/sh\necho 'mke2fs 1.47.0 (5-Feb-2023)' >&2\n");
    let refusal = |program: &Path| {
        let mut spec = fixture.spec();
        spec["tools"]["mke2fs"] = program.to_str().into();
        let spec = fixture.write_spec("old.json", &spec);
        text(
            &run(hostwright()
                .args(["image", "assemble"])
                .arg(spec)
                .arg("--output")
                .arg(fixture.path("out")))
            .stderr,
        )
    };
    let message = refusal(&old);
    assert!(
        message.contains("is 1.47.0: the same bytes every time need e2fsprogs 1.47.1 or later"),
        "{message}"
    );
    assert!(message.contains("bookworm-backports"), "{message}");
    let message = refusal(Path::new("/nowhere/mke2fs"));
    assert!(
        message.contains("/nowhere/mke2fs: ") && message.contains("install e2fsprogs"),
        "{message}"
    );
}

#[test]
fn a_file_system_that_is_too_small_is_refused() {
    let fixture = Fixture::new();
    let large = fixture.path("large");
    fs::File::create(&large)
        .unwrap()
        .set_len(300 << 20)
        .unwrap();
    // A wrapper that leaves a part of the blocks.
    let refusal = |part: u32| {
        let small = fixture.path(&format!("mke2fs-{part}"));
        write_script(
            &small,
            &format!(
                "#!/bin/sh\n[ \"$1\" = -V ] && exec mke2fs -V\nfor last; do :; done\nn=$#\ni=0\nargs=\nfor a; do i=$((i+1)); [ $i -lt $n ] && args=\"$args $a\"; done\nexec mke2fs $args $((last / {part}))\n"
            ),
        );
        let mut spec = fixture.spec();
        spec["tools"]["mke2fs"] = small.to_str().into();
        spec["files"][1] = serde_json::json!({ "target": "/srv/large", "source": large.to_str() });
        let spec = fixture.write_spec("small.json", &spec);
        let output = run(hostwright()
            .args(["image", "assemble"])
            .arg(spec)
            .arg("--output")
            .arg(fixture.path("out")));
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        text(&output.stderr)
    };
    // The tree does not fit; then not even the journal does.
    let message = refusal(2);
    assert!(
        message.contains("too few blocks; raise `margin_mib`"),
        "{message}"
    );
    let message = refusal(16);
    assert!(message.contains("mke2fs-16: "), "{message}");
}
