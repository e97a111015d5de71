//! `hostwright plan`: what would be done, and what is broken on purpose.

use crate::fleet::Fleet;
use crate::support::{run, transcript};

#[test]
fn a_changed_description_shows_its_options() {
    let fleet = Fleet::new();
    let mut said = vec![fleet.transcript(&["plan"])];
    fleet.run(&["render"]);
    said.push(fleet.transcript(&["plan"]));
    fleet.edit("hosts/web.toml", "\"4GiB\"", "\"2GiB\"");
    fleet.edit("hosts/web.toml", "\"Europe/Berlin\"", "\"UTC\"");
    fleet.edit("hosts/web.toml", "domain = \"example.com\"\n", "");
    said.push(fleet.transcript(&["plan", "web"]));
    said.push(fleet.transcript(&["plan", "--json"]));
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn overrides_are_listed_with_their_reasons() {
    let path = "tests/hosts/valid/legacy-override.toml";
    insta::assert_snapshot!(transcript(&run(&["plan", path])));
}

#[test]
fn a_move_of_ssh_is_warned_of() {
    let fleet = Fleet::new();
    fleet.run(&["render"]);
    fleet.edit(
        "hosts/web.toml",
        "[swap]",
        "[ssh]\nports = [2222]\n\n[swap]",
    );
    fleet.edit("hosts/web.toml", "limit OpenSSH", "limit 2222/tcp");
    insta::assert_snapshot!(fleet.transcript(&["plan", "web"]));
}

#[test]
fn planning_changes_nothing() {
    let fleet = Fleet::new();
    fleet.run(&["plan"]);
    assert!(!fleet.path("hosts/web.nix").exists());
}
