//! What the scripts of the project rely on in bash.

use std::process::Command;

/// Runs commands after scripts/lib.sh.
fn with_library(commands: &str) -> (bool, String) {
    let script = format!("set -euo pipefail; . scripts/lib.sh; {commands}");
    let output = Command::new("bash")
        .args(["-c", &script])
        .env_remove("NIX_PATH")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    (output.status.success(), stderr)
}

/// Runs a tier made of these commands as scripts/test does.
fn tier(commands: &str) -> (bool, String) {
    with_library(&format!("steps() {{ {commands}; }}; tier 9 twin steps"))
}

#[test]
fn a_tier_fails_with_any_of_its_commands() {
    assert!(tier("true; true").0);
    let (passed, stderr) = tier("false; true");
    assert!(!passed);
    assert!(stderr.contains("error: tier 9 (twin) failed"), "{stderr}");
}

/// Looking for nixpkgs where nothing may be fetched.
fn find_nixpkgs(setting: &str) -> (bool, String) {
    let fetch = "ensure_packages() { :; }; curl() { echo FETCHED >&2; return 1; }";
    let cache = tempfile::tempdir().unwrap();
    let home = cache.path().display();
    with_library(&format!(
        "{fetch}; export HOME={home} XDG_CACHE_HOME={home} PATH=/usr/bin:/bin {setting}; \
         ensure_nixpkgs || {{ echo \"$nixpkgs_reason\" >&2; exit 4; }}; echo \"$NIXPKGS\" >&2"
    ))
}

#[test]
fn a_wrong_nixpkgs_is_said_and_nothing_is_fetched_instead() {
    let (found, stderr) = find_nixpkgs("NIXPKGS=/nowhere");
    assert!(!found && !stderr.contains("FETCHED"), "{stderr}");
    let words = "error: NIXPKGS is /nowhere, which is no nixpkgs tree";
    assert!(stderr.contains(words), "{stderr}");
    let tree = tempfile::tempdir().unwrap();
    let library = tree.path().join("nixos/lib");
    std::fs::create_dir_all(&library).unwrap();
    std::fs::write(library.join("eval-config.nix"), "").unwrap();
    let place = tree.path().display();
    let (found, stderr) = find_nixpkgs(&format!("NIXPKGS={place}"));
    assert!(found && stderr.contains(&place.to_string()), "{stderr}");
}

/// The lane's root is made by mmdebstrap, also where Nix needs no lane.
#[test]
fn what_makes_the_root_of_the_lane_is_installed() {
    let lane =
        "lane=$(mktemp -d); printf '#!/bin/sh\\necho lane $1' >$lane/run; chmod +x $lane/run";
    let record = "ensure_packages() { echo \"install $*\" >&2; }";
    let hidden = "command() { [ \"$*\" != \"-v mmdebstrap\" ]; }";
    let (made, stderr) = with_library(&format!("{lane}; {record}; {hidden}; ensure_lane >&2"));
    assert!(made, "{stderr}");
    assert_eq!(stderr, "install mmdebstrap\nlane root\n");
    for script in ["scripts/prove", "scripts/test"] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(script);
        let text = std::fs::read_to_string(path).unwrap();
        let (before, _) = text.split_once("tests/vm/run").unwrap();
        assert!(before.contains("ensure_lane"), "{script}");
    }
}
