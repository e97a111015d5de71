//! `hostwright check`: arguments, streams, exit codes, JSON.

use serde_json::Value;

use crate::support::{hostwright, run, transcript};

const GOOD: &str = "tests/hosts/valid/small-site.toml";
const WARNED: &str = "tests/hosts/invalid/ssh-pq-only.toml";
const REFUSED: &str = "tests/hosts/invalid/ssh-unreachable.toml";

#[test]
fn several_files_are_checked_in_one_call() {
    insta::assert_snapshot!(transcript(&run(&["check", GOOD, WARNED, REFUSED])));
}

#[test]
fn warnings_refuse_only_if_asked() {
    assert_eq!(run(&["check", WARNED]).status.code(), Some(0));
    assert_eq!(run(&["check", "--strict", WARNED]).status.code(), Some(1));
    assert_eq!(run(&["check", "--strict", GOOD]).status.code(), Some(0));
}

#[test]
fn json_is_the_result_and_nothing_else_is_said() {
    let output = run(&["check", "--json", GOOD, REFUSED]);
    assert!(output.stderr.is_empty());
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap());
}

#[test]
fn overrides_are_counted_and_listed_with_their_reasons() {
    let path = "tests/hosts/valid/legacy-override.toml";
    let output = run(&["check", "--json", path]);
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    let overrides = result["overrides"].as_array().unwrap();
    assert!(!overrides.is_empty());
    for entry in overrides {
        assert!(entry["reason"].as_str().unwrap().len() > 20, "{entry}");
    }
    let said = transcript(&run(&["check", path]));
    assert!(said.contains("2 overrides declared"), "{said}");
}

#[test]
fn the_rules_are_listed_from_the_table() {
    let shown = String::from_utf8(run(&["check", "--list-rules"]).stdout).unwrap();
    let output = run(&["check", "--list-rules", "--json"]);
    let list: Value = serde_json::from_slice(&output.stdout).unwrap();
    let ids = list.as_array().unwrap().iter();
    let ids = ids
        .map(|rule| rule["id"].as_str().unwrap())
        .collect::<Vec<_>>();
    let table = hostwright::rules::rules()
        .map(|rule| rule.id)
        .collect::<Vec<_>>();
    assert_eq!(ids, table);
    assert_eq!(shown.lines().count(), table.len());
}

#[test]
fn colours_are_there_when_asked_for_and_only_then() {
    let escape = |output: &std::process::Output| output.stderr.contains(&0x1b);
    assert!(!escape(&run(&["check", REFUSED])));
    assert!(!escape(&run(&["check", "--color", "never", REFUSED])));
    assert!(escape(&run(&["check", "--color", "always", REFUSED])));
}

#[test]
fn unknown_hosts_and_empty_fleets_are_explained() {
    let fleet = tempfile::tempdir().unwrap();
    let directory = fleet.path().to_str().unwrap();
    let empty = transcript(&run(&["check", "--hosts", directory]));
    assert!(empty.starts_with("exit: 1"), "{empty}");
    assert!(empty.contains("no descriptions (*.toml)"), "{empty}");
    let unknown = transcript(&run(&[
        "check",
        "--hosts",
        "tests/hosts/valid",
        "smal-site",
    ]));
    assert!(unknown.starts_with("exit: 1"), "{unknown}");
    assert!(unknown.contains("did you mean `small-site`?"), "{unknown}");
    let absent = transcript(&run(&["check", "--hosts", "/does/not/exist"]));
    assert!(absent.contains("cannot list the hosts"), "{absent}");
}

#[test]
fn a_closed_stdout_is_no_defect() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = std::process::Command::new(env!("CARGO_BIN_EXE_hostwright"))
        .args(["check", "--list-rules"])
        .stdout(writer)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(3));
}

#[test]
fn usage_errors_end_with_2() {
    let output = hostwright(&["check", "--no-such-option"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}
