//! `hostwright init`: a fleet that passes `check`.

use std::process::Command;

use tempfile::TempDir;

use crate::support::{hostwright, transcript};

/// A home with a key pair made for this test.
fn home() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".ssh")).unwrap();
    let status = Command::new("ssh-keygen")
        .args([
            "-q",
            "-t",
            "ed25519",
            "-N",
            "",
            "-C",
            "me \"at\" home",
            "-f",
        ])
        .arg(home.path().join(".ssh/id_ed25519"))
        .status()
        .unwrap();
    assert!(status.success());
    home
}

fn init(home: &TempDir, arguments: &[&str]) -> std::process::Output {
    hostwright(&[&["init"], arguments].concat())
        .current_dir(home.path())
        .env("HOME", home.path())
        .output()
        .unwrap()
}

#[test]
fn a_new_fleet_passes_check_and_is_rendered() {
    let home = home();
    let output = init(&home, &["servers", "--name", "shop"]);
    assert_eq!(output.status.code(), Some(0), "{}", transcript(&output));
    let fleet = home.path().join("servers");
    for arguments in [&["check", "--strict"][..], &["render", "--check"]] {
        let output = hostwright(arguments).current_dir(&fleet).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", transcript(&output));
    }
    for file in [
        "flake.nix",
        ".gitattributes",
        ".gitignore",
        "README.md",
        "hosts/shop.nix",
        "hosts/host.schema.json",
    ] {
        assert!(fleet.join(file).exists(), "{file}");
    }
}

#[test]
fn what_is_there_is_not_overwritten() {
    let home = home();
    std::fs::write(home.path().join("flake.nix"), "mine").unwrap();
    let output = init(&home, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        std::fs::read(home.path().join("flake.nix")).unwrap(),
        b"mine"
    );
    assert!(!home.path().join("hosts").exists());
}

#[test]
fn a_missing_or_wrong_key_says_what_to_do() {
    let empty = tempfile::tempdir().unwrap();
    let missing = transcript(&init(&empty, &[]));
    assert!(missing.contains("ssh-keygen -t ed25519"), "{missing}");
    let home = home();
    let private = transcript(&init(&home, &["--key", ".ssh/id_ed25519"]));
    assert!(private.contains("a private key"), "{private}");
    let pasted = transcript(&init(&home, &["--key", "ssh-ed25519 AAAA me@here"]));
    assert!(
        pasted.contains("--key takes the file of a public key"),
        "{pasted}"
    );
    assert!(!home.path().join("flake.nix").exists());
}

#[test]
fn the_template_asks_for_a_key() {
    let path = "templates/default/hosts/web.toml";
    let output = transcript(&crate::support::run(&["check", path]));
    assert!(
        output.contains("error[ssh-key]: `users.admin.keys[0]`"),
        "{output}"
    );
}

/// Editors read the schema that the description names, beside it.
#[test]
fn the_description_names_its_schema() {
    let home = home();
    assert_eq!(init(&home, &[]).status.code(), Some(0));
    let description = std::fs::read_to_string(home.path().join("hosts/web.toml")).unwrap();
    let line = description.lines().next().unwrap();
    let schema = line.strip_prefix("#:schema ").unwrap();
    let schema = std::fs::read(home.path().join("hosts").join(schema)).unwrap();
    let printed = crate::support::run(&["schema"]).stdout;
    assert_eq!(schema, printed);
}

#[test]
fn another_folder_of_descriptions_is_refused() {
    let home = home();
    let output = init(&home, &["--hosts", "machines"]);
    assert_eq!(output.status.code(), Some(1));
    let said = transcript(&output);
    assert!(
        said.contains("--hosts machines: a new repository has its descriptions in hosts/"),
        "{said}"
    );
    assert!(!home.path().join("flake.nix").exists());
}
