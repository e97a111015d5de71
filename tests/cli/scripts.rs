//! What the scripts of the project rely on in bash.

use std::process::Command;

/// Runs a tier made of these commands as scripts/test does.
fn tier(commands: &str) -> (bool, String) {
    let script = format!(
        "set -euo pipefail; . scripts/lib.sh; steps() {{ {commands}; }}; tier 9 twin steps"
    );
    let output = Command::new("bash")
        .args(["-c", &script])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    (output.status.success(), stderr)
}

#[test]
fn a_tier_fails_with_any_of_its_commands() {
    assert!(tier("true; true").0);
    let (passed, stderr) = tier("false; true");
    assert!(!passed);
    assert!(stderr.contains("error: tier 9 (twin) failed"), "{stderr}");
}
