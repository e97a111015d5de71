//! How large a root is, and what decides it.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::fixture::{Fixture, hostwright, succeed};

/// The root of a raw disk as a file beside it.
fn root_of(disk: &Path) -> PathBuf {
    let target = disk.with_file_name("root");
    let table = succeed(Command::new("sfdisk").arg("--json").arg(disk));
    let table: serde_json::Value = serde_json::from_str(&table).unwrap();
    let root = &table["partitiontable"]["partitions"][2];
    succeed(Command::new("dd").args([
        "bs=1M".to_owned(),
        "conv=sparse".to_owned(),
        "status=none".to_owned(),
        "iflag=skip_bytes,count_bytes".to_owned(),
        format!("skip={}", root["start"].as_u64().unwrap() * 512),
        format!("count={}", root["size"].as_u64().unwrap() * 512),
        format!("if={}", disk.display()),
        format!("of={}", target.display()),
    ]));
    target
}

/// A field of `dumpe2fs -h`.
fn field(root: &Path, name: &str) -> u64 {
    let output = succeed(Command::new("dumpe2fs").arg("-h").arg(root));
    let line = output.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap().trim().parse().unwrap()
}

/// Blocks that are free and hold something, by a program of others.
fn dirty(root: &Path) -> u64 {
    let output = succeed(Command::new("zerofree").args(["-n", "-v"]).arg(root));
    let counts = output.rsplit(['\r', '\n']).find(|line| line.contains('/'));
    counts
        .unwrap()
        .split('/')
        .next()
        .unwrap()
        .trim()
        .parse()
        .unwrap()
}

#[test]
fn a_root_is_as_large_as_its_content_and_the_margin() {
    let fixture = Fixture::new();
    let content = fixture.path("content");
    fs::create_dir(&content).unwrap();
    fs::write(content.join("large"), vec![1; 256 << 20]).unwrap();
    let mut spec = fixture.spec();
    spec["include"] = json!([{ "source": content, "target": "/srv/large" }]);
    spec["margin_mib"] = 32.into();
    fixture.write_spec("spec.json", &spec);
    let root = root_of(&fixture.assemble("out", &["raw"]).join("test.raw"));
    let blocks = field(&root, "Block count:");
    let free = field(&root, "Free blocks:") - field(&root, "Reserved block count:");
    let margin = (32 << 20) / field(&root, "Block size:");
    assert!(free >= margin, "{free} of {margin} blocks are free");
    let spare = free - margin;
    assert!(
        spare * 100 < 3 * blocks,
        "{spare} of {blocks} blocks serve nothing"
    );

    assert_eq!(dirty(&root), 0);
    // The last block is free: the checker would have seen it.
    let file = fs::File::options().write(true).open(&root).unwrap();
    file.write_all_at(b"remains", (blocks - 1) * 4096).unwrap();
    assert_eq!(dirty(&root), 1);
}

#[test]
fn settings_of_the_machine_decide_nothing() {
    let fixture = Fixture::new();
    let first = fixture.assemble("first", &["raw"]).join("test.raw");
    let settings = fixture.path("mke2fs.conf");
    let text = "[defaults]\nbase_features = has_journal,extent,bigalloc\nblocksize = 1024\ninode_size = 128\n";
    fs::write(&settings, text).unwrap();
    let second = fixture.path("second");
    succeed(
        hostwright()
            .args(["image", "assemble", "--format", "raw"])
            .arg(fixture.path("spec.json"))
            .arg("--output")
            .arg(&second)
            .env("MKE2FS_CONFIG", &settings)
            .env("MKE2FS_DEVICE_SECTSIZE", "4096")
            .env("E2FSPROGS_UNDO_DIR", "none"),
    );
    succeed(Command::new("cmp").arg(first).arg(second.join("test.raw")));
}
