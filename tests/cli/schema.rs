//! The published JSON Schema says the same as the program.

use jsonschema::Validator;
use serde_json::Value;

use crate::support::{files, read, run, stem};

fn validator() -> Validator {
    let schema: Value = serde_json::from_slice(&run(&["schema"]).stdout).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

fn as_json(bytes: &[u8]) -> Option<Value> {
    let table: toml::Table = std::str::from_utf8(bytes).ok()?.parse().ok()?;
    serde_json::to_value(table).ok()
}

#[test]
fn every_right_description_fits_the_schema() {
    let validator = validator();
    let hosts = files("tests/hosts/valid", "toml");
    for path in hosts.iter().chain(&files("hosts", "toml")) {
        let document = as_json(&read(path)).unwrap();
        let errors = validator.iter_errors(&document).map(|it| it.to_string());
        let errors = errors.collect::<Vec<_>>();
        assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
    }
}

#[test]
fn what_is_wrong_in_structure_does_not_fit_the_schema() {
    let validator = validator();
    let structural = ["unknown-key", "missing-key", "type-", "value-"];
    let mut seen = 0;
    for path in files("tests/hosts/invalid", "toml") {
        let name = stem(&path);
        // JSON has no dates and no infinity: the schema cannot refuse them.
        if name == "value-nixos-option" {
            continue;
        }
        if !structural.iter().any(|it| name.starts_with(it)) {
            continue;
        }
        let document = as_json(&read(&path));
        // A number that no i64 holds is none for this reader either.
        let fits = document.is_some_and(|document| validator.is_valid(&document));
        assert!(!fits, "{name} fits the schema");
        seen += 1;
    }
    assert!(seen >= 10, "{seen}");
}

/// A description that breaks a rule of meaning alone is right in structure:
/// the schema must not refuse more than the program does.
#[test]
fn what_is_wrong_in_meaning_fits_the_schema() {
    let validator = validator();
    for path in files("tests/hosts/invalid", "toml") {
        let findings = hostwright::rules::check(&read(&path)).findings;
        let structural = [
            "encoding",
            "syntax",
            "unknown-key",
            "missing-key",
            "type",
            "value",
        ];
        if findings.iter().any(|it| structural.contains(&it.rule)) {
            continue;
        }
        let Some(document) = as_json(&read(&path)) else {
            panic!("{} is no TOML for another reader", path.display());
        };
        let errors = validator.iter_errors(&document).map(|it| it.to_string());
        let errors = errors.collect::<Vec<_>>();
        assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
    }
}

#[test]
fn every_key_has_a_description() {
    fn walk(schema: &Value, path: &str) {
        for (name, key) in schema["properties"].as_object().into_iter().flatten() {
            let path = format!("{path}.{name}");
            assert!(key["description"].is_string(), "{path} has no description");
            walk(key, &path);
        }
        for (name, definition) in schema["$defs"].as_object().into_iter().flatten() {
            walk(definition, name);
        }
    }
    let schema: Value = serde_json::from_slice(&run(&["schema"]).stdout).unwrap();
    walk(&schema, "");
}
