//! Tier 2: what a description says arrives in Nix unchanged. Random values are
//! written as TOML, rendered by the program and evaluated by Nix; the answer
//! must be the values.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test starts processes, writes files, and ends where something fails"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

const DESCRIPTION: &str = include_str!("../../hosts/hetzner-cpx31.toml");

/// Values per evaluation; starting Nix takes longer than evaluating them.
const VALUES: usize = 500;

/// Strings made of what breaks naive escaping, and any other text that TOML
/// and Nix can hold (Nix has no NUL).
fn text() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        Just("${"),
        Just("$"),
        Just("{"),
        Just("}"),
        Just("''"),
        Just("'"),
        Just("\""),
        Just("\\"),
        Just("\n"),
        Just("\r"),
        Just("\t"),
        Just("  "),
        Just("/*"),
        Just("#"),
        Just("abort"),
        Just("\u{7f}"),
        Just("\u{1}"),
        Just("ä"),
        Just("\u{1F980}"),
        Just("./x"),
        Just("<nixpkgs>"),
    ];
    prop_oneof![
        vec(pieces, 0..12).prop_map(|pieces| pieces.concat()),
        "[^\0]{0,24}".prop_map(String::from),
    ]
}

fn value() -> impl Strategy<Value = toml::Value> {
    let leaf = prop_oneof![
        4 => text().prop_map(toml::Value::from),
        1 => any::<i64>().prop_map(toml::Value::from),
        1 => any::<bool>().prop_map(toml::Value::from),
        1 => (-1e300..1e300_f64).prop_map(toml::Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(toml::Value::from),
            btree_map(text(), inner, 0..4)
                .prop_map(|entries| toml::Value::Table(entries.into_iter().collect())),
        ]
    })
}

#[test]
fn every_value_of_a_description_arrives_in_nix_unchanged() {
    // Below the checkout, where a Nix in another root finds it too.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("literals");
    fs::create_dir_all(&folder).unwrap();
    let mut runner = TestRunner::default();
    let values = (0..VALUES)
        .map(|_| value().new_tree(&mut runner).unwrap().current())
        .collect::<Vec<_>>();
    let options =
        toml::Table::from_iter([("values".to_owned(), toml::Value::from(values.clone()))]);
    let nixos = toml::Table::from_iter([("options".to_owned(), options.into())]);
    let addition = toml::Table::from_iter([("nixos".to_owned(), nixos.into())]);
    let description = format!("{DESCRIPTION}\n{addition}");
    fs::write(folder.join("host.toml"), description).unwrap();

    let rendered = Command::new(env!("CARGO_BIN_EXE_hostwright"))
        .args(["render", "--stdout", "host.toml"])
        .current_dir(&folder)
        .output()
        .unwrap();
    assert!(
        rendered.status.success(),
        "{}",
        String::from_utf8_lossy(&rendered.stderr)
    );
    fs::write(folder.join("host.nix"), rendered.stdout).unwrap();

    let evaluated = evaluate(&folder.join("host.nix"));
    let evaluated = evaluated.as_array().unwrap();
    for (index, value) in values.iter().enumerate() {
        let expected = serde_json::to_value(value).unwrap();
        assert!(
            same(&evaluated[index], &expected),
            "{value:?} became {}",
            evaluated[index]
        );
    }
}

fn evaluate(module: &Path) -> serde_json::Value {
    let nix = std::env::var("NIX_INSTANTIATE").unwrap_or_else(|_| "nix-instantiate".into());
    let mut words = nix.split_whitespace();
    let expression = format!(
        "(builtins.head (import {} {{ pkgs = {{ }}; }}).imports).values",
        module.display()
    );
    let output = Command::new(words.next().unwrap())
        .args(words)
        .args(["--eval", "--strict", "--json", "-E", &expression])
        .output()
        .expect("nix-instantiate starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Equal, with numbers compared as numbers: Nix prints 15 digits of a float.
fn same(left: &serde_json::Value, right: &serde_json::Value) -> bool {
    use serde_json::Value::{Array, Number, Object};
    match (left, right) {
        (Number(a), Number(b)) if a.is_f64() || b.is_f64() => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= b.abs() * 1e-5
        }
        (Array(a), Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Object(a), Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, value)| b.get(key).is_some_and(|other| same(value, other)))
        }
        _ => left == right,
    }
}
