//! The root file system that we fill holds what it was given, as e2fsprogs
//! reads it: one of every form that the format has.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{FileExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::fixture::{Fixture, hostwright, succeed};

/// Bytes of the largest file: in more block groups (128 MiB each) than an
/// inode has room for extents.
const LARGE: u64 = 700 << 20;

/// Lengths of links around those that fit into an inode (59), of names up to
/// the longest, of files around a block, folders of one block and of many.
fn make_tree(root: &Path) {
    for folder in ["empty", "links", "files", "names", "a/b/c/d"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    for length in [1, 58, 59, 60, 61, 255, 3000] {
        symlink("t".repeat(length), root.join(format!("links/{length}"))).unwrap();
    }
    for length in [0, 1, 4095, 4096, 4097, 1 << 20, (1 << 20) + 1, 5 << 20] {
        let bytes: Vec<u8> = (0..length)
            .map(|byte: u32| byte.to_le_bytes()[0] ^ byte.to_le_bytes()[1])
            .collect();
        fs::write(root.join(format!("files/{length}")), bytes).unwrap();
    }
    for number in 0..1500_usize {
        let name = format!("{number:0width$}", width = number % 252 + 4);
        fs::write(root.join("names").join(name), number.to_string()).unwrap();
    }
    for number in 0..70 {
        fs::create_dir(root.join(format!("a/b/c/d/{number}"))).unwrap();
    }
}

#[test]
fn every_form_of_node_is_read_back() {
    let fixture = Fixture::new();
    let tree = fixture.path("tree");
    make_tree(&tree);
    let set_id = fixture.path("set-id");
    fs::write(&set_id, "x").unwrap();
    fs::set_permissions(&set_id, fs::Permissions::from_mode(0o6751)).unwrap();
    let large = fixture.path("large");
    let file = fs::File::create(&large).unwrap();
    file.set_len(LARGE).unwrap();
    for at in (0..LARGE).step_by(50 << 20) {
        file.write_all_at(&at.to_le_bytes(), at).unwrap();
    }
    let mut spec = fixture.spec();
    let files = spec["files"].as_array_mut().unwrap();
    files.push(json!({ "target": "/srv/large", "source": large.to_str() }));
    // More names in the root than its first block holds.
    files.extend((0..90).map(|n| json!({ "target": format!("/{n:060}"), "text": "" })));
    let spec = fixture.write_spec("forms.json", &spec);
    succeed(
        hostwright()
            .args(["image", "assemble", "--format", "raw", "--output"])
            .arg(fixture.path("out"))
            .arg("--include")
            .arg(format!("{}:/tree", tree.display()))
            .arg("--include")
            .arg(format!("{}:/srv/set-id", set_id.display()))
            .arg(spec),
    );
    let root = cut_root(&fixture.path("out/test.raw"));
    let found = succeed(Command::new("e2fsck").args(["-f", "-n"]).arg(&root));
    assert!(!found.contains("rror"), "{found}");

    let copy = fixture.path("copy");
    fs::create_dir(&copy).unwrap();
    debugfs(&root, &format!("rdump /tree {}", copy.display()));
    let (tree, copy) = (&tree, &copy.join("tree"));
    let diff = ["-r", "--no-dereference"];
    succeed(Command::new("diff").args(diff).arg(tree).arg(copy));
    let (given, read) = (listed(tree), listed(copy));
    let differ: Vec<_> = given.symmetric_difference(&read).collect();
    assert!(differ.is_empty(), "{differ:?}");
    // debugfs sets permissions before owners, which takes these bits away.
    let set_id = debugfs(&root, "stat /srv/set-id");
    assert!(set_id.contains("Mode:  06751"), "{set_id}");
    let dumped = fixture.path("dumped");
    debugfs(&root, &format!("dump /srv/large {}", dumped.display()));
    succeed(Command::new("cmp").arg(&large).arg(&dumped));
    let names = debugfs(&root, "ls -p /");
    assert_eq!(names.matches(&"0".repeat(58)).count(), 90, "{names}");
    // The copy of the superblock at the first block of group 1.
    succeed(
        Command::new("e2fsck")
            .args(["-f", "-n", "-b", "32768", "-B", "4096"])
            .arg(&root),
    );
}

/// Names, permissions, owners, links and what links lead to.
fn listed(folder: &Path) -> BTreeSet<String> {
    let format = "%P %m %U:%G %n %y %l\\n";
    let mut command = Command::new("find");
    command.arg(folder).args(["-printf", format]);
    let found = succeed(&mut command);
    found.lines().map(str::to_owned).collect()
}

fn debugfs(root: &Path, request: &str) -> String {
    succeed(Command::new("debugfs").args(["-R", request]).arg(root))
}

/// The last partition of a hybrid disk, from MiB 66 on.
fn cut_root(disk: &Path) -> std::path::PathBuf {
    let root = disk.with_extension("root");
    succeed(
        Command::new("dd")
            .args(["bs=1M", "skip=66", "conv=sparse", "status=none"])
            .arg(format!("if={}", disk.display()))
            .arg(format!("of={}", root.display())),
    );
    // The last MiB is that of the table's copy.
    let length = fs::metadata(disk).unwrap().len() - (67 << 20);
    fs::File::options()
        .write(true)
        .open(&root)
        .unwrap()
        .set_len(length)
        .unwrap();
    root
}
