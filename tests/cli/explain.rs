//! `hostwright explain`: from keys to options and back.

use serde_json::Value;

use crate::fleet::Fleet;
use crate::support::{run, transcript};

fn explain(subject: &str) -> String {
    transcript(&run(&["explain", "hetzner-cpx31", subject]))
}

#[test]
fn a_key_is_explained_by_its_options() {
    insta::assert_snapshot!(explain("swap"));
}

#[test]
fn an_option_is_explained_by_its_keys() {
    insta::assert_snapshot!(explain("services.openssh.settings"));
}

#[test]
fn a_key_without_options_says_so() {
    insta::assert_snapshot!(explain("network.private"));
}

#[test]
fn a_slip_gets_a_suggestion() {
    insta::assert_snapshot!(explain("swap.fiel"));
}

#[test]
fn every_option_has_an_origin_that_the_schema_knows() {
    let output = run(&["explain", "--json", "hetzner-cpx31"]);
    let options: Value = serde_json::from_slice(&output.stdout).unwrap();
    let options = options.as_array().unwrap();
    assert!(options.len() > 25);
    for option in options {
        let keys = option["keys"].as_array().unwrap();
        assert!(!keys.is_empty(), "{option}");
        for key in keys {
            let said = explain(key.as_str().unwrap());
            assert!(said.starts_with("exit: 0"), "{key}: {said}");
        }
    }
}

/// Set a second time, one of them would end the evaluation in Nix's own words.
#[test]
fn what_a_module_sets_cannot_be_set_again() {
    let fleet = Fleet::new();
    let description = fleet.text("hosts/web.toml");
    let output = fleet.run(&["explain", "--json", "web"]);
    let options: Value = serde_json::from_slice(&output.stdout).unwrap();
    // Lists are joined; a user, a mount or a network may get what has no key.
    let open = ["users.users.", "fileSystems.", "systemd.network.networks."];
    let mut tried = 0;
    for option in options.as_array().unwrap() {
        let name = option["option"].as_str().unwrap();
        let list = option["value"].as_str().unwrap().starts_with('[');
        if list || open.iter().any(|it| name.starts_with(it)) {
            continue;
        }
        tried += 1;
        let again = format!("{description}\n[nixos.options]\n{name} = \"x\"\n");
        std::fs::write(fleet.path("hosts/web.toml"), again).unwrap();
        let said = fleet.transcript(&["check"]);
        assert!(said.contains("error[nixos-option-owned]"), "{name}: {said}");
        assert!(said.contains(&format!("| {name} = ")), "{name}: {said}");
    }
    assert!(tried > 15, "{tried}");
}
