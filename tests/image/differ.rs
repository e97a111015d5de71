//! What `image verify` says of images that are not the same.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::fixture::{Fixture, hostwright, run, text};

/// What it prints, one difference a line.
fn differences(command: &mut Command) -> String {
    let output = run(command);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    text(&output.stdout)
}

fn verify(image: &Path) -> Command {
    let mut command = hostwright();
    command.args(["image", "verify"]).arg(image);
    command
}

#[test]
fn another_file_with_the_same_disk_is_not_identical() {
    let fixture = Fixture::new();
    let image = fixture.assemble("out", &["raw.zst"]).join("test.raw.zst");
    // A frame that every program skips (RFC 8878, 3.1.2): four bytes of anything.
    let mut bytes = fs::read(&image).unwrap();
    bytes.extend(b"\x50\x2A\x4D\x18\x04\x00\x00\x00anyt");
    fs::write(&image, bytes).unwrap();
    let lines = differences(&mut verify(&image));
    assert!(lines.starts_with("test.raw.zst: has SHA-256 "), "{lines}");
    assert!(
        lines.ends_with("; the disk inside is the same\n"),
        "{lines}"
    );
}

#[test]
fn disks_of_different_sizes_are_compared_by_file() {
    let fixture = Fixture::new();
    let first = fixture.assemble("first", &["raw"]).join("test.raw");
    let mut larger = fixture.spec();
    larger["margin_mib"] = 900.into();
    larger["files"]
        .as_array_mut()
        .unwrap()
        .push(serde_json::json!({ "target": "/srv/more", "text": "more" }));
    fixture.write_spec("spec.json", &larger);
    let second = fixture.assemble("second", &["raw"]).join("test.raw");
    let lines = differences(verify(&first).arg("--against").arg(&second));
    let places = lines
        .lines()
        .filter_map(|line| line.split_once(" is ").or(line.split_once(": only ")))
        .map(|(place, _)| place)
        .collect::<Vec<_>>();
    assert_eq!(places, ["partition table: 3", "root: /srv/more"], "{lines}");
    assert!(lines.starts_with("disk: "), "{lines}");
}
