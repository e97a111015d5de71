//! The facts of whole hosts, and the law that nothing of a description is
//! without one.

use std::collections::BTreeSet;

use assert_cmd::Command;
use hostwright::description::json_schema;
use hostwright::facts::{Fact, facts, unprovable};
use hostwright::rules::check;
use serde_json::Value;

const EVERYTHING: &str = include_str!("facts/everything.toml");
const OPEN: &str = include_str!("facts/open.toml");
const EXAMPLE: &str = include_str!("../hosts/hetzner-cpx31.toml");

fn facts_of(text: &str) -> Vec<Fact> {
    let checked = check(text.as_bytes());
    let host = checked
        .host
        .unwrap_or_else(|| panic!("refused: {:#?}", checked.findings));
    facts(&host)
}

/// One fact a line: complete, and a change shows as the lines that changed.
fn lines(text: &str) -> String {
    let facts = facts_of(text);
    let line = |fact: &Fact| serde_json::to_string(fact).expect("facts are data") + "\n";
    facts.iter().map(line).collect()
}

#[test]
fn complete_facts() {
    insta::assert_snapshot!("hetzner-cpx31", lines(EXAMPLE));
    insta::assert_snapshot!("everything", lines(EVERYTHING));
    insta::assert_snapshot!("open", lines(OPEN));
}

#[test]
fn ids_are_unique_and_plain() {
    for text in [EXAMPLE, EVERYTHING, OPEN] {
        let mut seen = BTreeSet::new();
        for fact in facts_of(text) {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=".contains(c);
            assert!(fact.id.chars().all(plain), "{}", fact.id);
            assert_ne!(fact.id, "unnamed");
            assert!(!fact.stages.is_empty(), "{}: provable nowhere", fact.id);
            assert!(seen.insert(fact.id.clone()), "{} twice", fact.id);
        }
    }
}

/// Every key of the schema that holds a value, `*` for a name.
fn leaves(schema: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    walk(schema, schema, "", &mut found);
    found.iter().map(|key| general(key)).collect()
}

fn walk(root: &Value, at: &Value, path: &str, found: &mut BTreeSet<String>) {
    if let Some(name) = at.get("$ref").and_then(Value::as_str) {
        let target = root
            .pointer(name.trim_start_matches('#'))
            .expect("a definition");
        return walk(root, target, path, found);
    }
    let join = |key: &str| {
        if path.is_empty() {
            key.to_owned()
        } else {
            format!("{path}.{key}")
        }
    };
    if let Some(properties) = at.get("properties").and_then(Value::as_object) {
        properties
            .iter()
            .for_each(|(key, below)| walk(root, below, &join(key), found));
    } else if let Some(below @ Value::Object(_)) = at.get("additionalProperties") {
        walk(root, below, &join("*"), found);
    } else if at.get("additionalProperties").is_some() && at.get("type") == Some(&"object".into()) {
        found.insert(join("*"));
    } else if let Some(items) = at.get("items") {
        walk(root, items, path, found);
    } else {
        found.insert(path.to_owned());
    }
}

/// `users.deploy.keys` is `users.*.keys`, `firewall.rules[3]` is `firewall.rules`.
fn general(key: &str) -> String {
    let mut parts: Vec<&str> = key
        .split('.')
        .map(|part| part.split('[').next().unwrap_or(part))
        .collect();
    let named = match parts.as_slice() {
        ["users" | "volumes", ..] => 1,
        ["network", "private" | "interfaces", ..]
        | ["firewall", "applications", ..]
        | ["system", "hardening_items", ..] => 2,
        _ => return parts.join("."),
    };
    if let Some(name) = parts.get_mut(named) {
        *name = "*";
    }
    parts.join(".")
}

#[test]
fn every_key_has_a_fact_or_a_reason() {
    let leaves = leaves(json_schema());
    assert!(leaves.len() > 50, "{leaves:?}");
    let facts = [EVERYTHING, OPEN].into_iter().flat_map(facts_of);
    let proven: BTreeSet<String> = facts
        .flat_map(|fact| fact.keys)
        .map(|key| general(&key))
        .collect();
    let excused: BTreeSet<String> = unprovable().iter().map(|it| it.key.to_owned()).collect();
    let without: Vec<_> = leaves
        .iter()
        .filter(|key| !proven.contains(*key) && !excused.contains(*key))
        .collect();
    assert!(
        without.is_empty(),
        "no fact, and no entry in facts/unprovable.rs: {without:?}"
    );
    let needless: Vec<_> = excused
        .iter()
        .filter(|key| proven.contains(*key) || !leaves.contains(*key))
        .collect();
    assert!(
        needless.is_empty(),
        "in facts/unprovable.rs without need: {needless:?}"
    );
    let within = |key: &String| {
        leaves
            .iter()
            .any(|leaf| leaf == key || leaf.starts_with(&format!("{key}.")))
    };
    let unknown: Vec<_> = proven.iter().filter(|key| !within(key)).collect();
    assert!(
        unknown.is_empty(),
        "facts name keys that the schema does not have: {unknown:?}"
    );
}

/// The kinds of the checks, as JSON names them.
fn kinds() -> BTreeSet<String> {
    let facts = [EXAMPLE, EVERYTHING, OPEN].into_iter().flat_map(facts_of);
    let json = facts.map(|fact| serde_json::to_value(&fact.check).expect("checks are data"));
    json.map(|check| check["kind"].as_str().expect("a kind").to_owned())
        .collect()
}

#[test]
fn every_kind_is_in_the_reference() {
    let page = include_str!("../docs/reference/facts.md");
    let rows = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let described: BTreeSet<String> = rows.map(ToOwned::to_owned).collect();
    assert_eq!(described, kinds(), "docs/reference/facts.md");
}

fn hostwright(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hostwright"));
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(arguments);
    command
}

#[test]
fn the_program_prints_a_document_and_a_table() {
    let output = hostwright(&["facts", "hetzner-cpx31", "--json"])
        .assert()
        .success();
    let document: Value = serde_json::from_slice(&output.get_output().stdout).expect("JSON");
    assert_eq!(document["schema"], 1);
    assert_eq!(document["host"], "hetzner-cpx31");
    assert!(
        document["description"]
            .as_str()
            .is_some_and(|it| it.starts_with("sha256-"))
    );
    let facts = document["facts"].as_array().map_or(0, Vec::len);
    assert_eq!(facts, facts_of(EXAMPLE).len());
    let output = hostwright(&["facts", "hetzner-cpx31"]).assert().success();
    let table = String::from_utf8_lossy(&output.get_output().stdout).into_owned();
    assert_eq!(table.lines().count(), facts);
    assert!(
        table.contains(
            "container vm image live  tcp/5432 does not answer outside (198.51.100.10)\n"
        )
    );
}

#[test]
fn a_refused_host_has_no_facts() {
    let output = hostwright(&["facts", "--hosts", "tests/hosts/invalid", "ssh-key-private"])
        .assert()
        .code(1);
    assert!(output.get_output().stdout.is_empty());
}

#[test]
fn the_module_of_the_other_host_is_current() {
    hostwright(&["render", "--check", "--hosts", "tests/vm/hosts"])
        .assert()
        .success();
}
