//! `hostwright render`: modules beside their descriptions.

use crate::fleet::Fleet;
use crate::support::{files, read, run, stem, transcript};

#[test]
fn the_hosts_of_this_repository_are_rendered() {
    let output = run(&["render", "--check"]);
    assert_eq!(output.status.code(), Some(0), "{}", transcript(&output));
}

#[test]
fn every_valid_description_becomes_a_module() {
    for path in files("tests/hosts/valid", "toml") {
        let output = run(&["render", "--stdout", path.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(0), "{}", transcript(&output));
        let module = String::from_utf8(output.stdout).unwrap();
        let formatted = nixfmt_rs::format(&module).unwrap();
        assert!(
            module == formatted,
            "{path:?} is not laid out as nixfmt does"
        );
        insta::with_settings!({ omit_expression => true, snapshot_path => "snapshots/modules" }, {
            insta::assert_snapshot!(stem(&path), module);
        });
    }
}

#[test]
fn a_module_is_created_updated_and_replaced() {
    let fleet = Fleet::new();
    let mut said = vec![
        fleet.transcript(&["render", "--check"]),
        fleet.transcript(&["render"]),
        fleet.transcript(&["render"]),
    ];
    fleet.edit("hosts/web.toml", "\"4GiB\"", "\"2GiB\"");
    said.push(fleet.transcript(&["render", "--check"]));
    said.push(fleet.transcript(&["render", "--json"]));
    fleet.edit("hosts/web.nix", "size = 2048", "size = 1024");
    said.push(fleet.transcript(&["render", "--check"]));
    said.push(fleet.transcript(&["render", "web"]));
    insta::assert_snapshot!(said.join("\n"));
    assert!(fleet.text("hosts/web.nix").contains("size = 2048"));
}

#[test]
fn a_fleet_is_rendered_as_a_whole_or_not_at_all() {
    let fleet = Fleet::new();
    let wrong = fleet.text("hosts/web.toml").replace("cpx31", "cpx99");
    std::fs::write(fleet.path("hosts/wrong.toml"), wrong).unwrap();
    let output = fleet.run(&["render"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!fleet.path("hosts/web.nix").exists());
}

#[test]
fn nothing_is_left_beside_a_module_and_its_mode_stays() {
    use std::os::unix::fs::PermissionsExt;
    let fleet = Fleet::new();
    std::fs::write(fleet.path("hosts/web.nix"), "").unwrap();
    let mode = std::fs::Permissions::from_mode(0o640);
    std::fs::set_permissions(fleet.path("hosts/web.nix"), mode).unwrap();
    assert_eq!(fleet.run(&["render"]).status.code(), Some(0));
    let entries = std::fs::read_dir(fleet.path("hosts")).unwrap();
    assert_eq!(entries.count(), 2);
    let metadata = std::fs::metadata(fleet.path("hosts/web.nix")).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o640);
}

#[test]
fn the_header_has_the_hashes_that_the_flake_compares() {
    let module = String::from_utf8(read(std::path::Path::new("hosts/hetzner-cpx31.nix"))).unwrap();
    let description = read(std::path::Path::new("hosts/hetzner-cpx31.toml"));
    let lines = module.splitn(5, '\n').collect::<Vec<_>>();
    assert_eq!(
        lines[2],
        format!("# description: {}", hostwright::render::hash(&description))
    );
    assert_eq!(
        lines[3],
        format!("# body: {}", hostwright::render::hash(lines[4].as_bytes()))
    );
}
