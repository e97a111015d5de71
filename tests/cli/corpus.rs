//! tests/hosts: right descriptions without a finding, wrong ones with a
//! snapshot of all that is said about them, beside the file.

use std::collections::BTreeSet;

use hostwright::rules::rules;

use crate::support::{files, read, run, stem, transcript};

const VALID: &str = "tests/hosts/valid";
const INVALID: &str = "tests/hosts/invalid";

/// Rules that no file of the corpus can break: their tests make what they need.
const ELSEWHERE: [(&str, &str); 2] = [
    ("file", "hostile.rs: sizes and kinds of files"),
    ("firewall-length", "hostile.rs: a file of a megabyte"),
];

/// The rule that a file of the corpus is named after: the longest id that its
/// name begins with.
fn rule_of(name: &str) -> Option<&'static str> {
    let begins = |id: &&str| {
        let rest = name.strip_prefix(*id);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    let ids = rules().map(|rule| rule.id);
    ids.filter(begins).max_by_key(|id| id.len())
}

#[test]
fn every_wrong_description_is_answered_as_recorded() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../hosts/invalid");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let mut wrong = Vec::new();
    for path in files(INVALID, "toml") {
        let name = stem(&path);
        let shown = transcript(&run(&["check", path.to_str().unwrap()]));
        let rule = rule_of(&name).unwrap_or_else(|| panic!("{name} is named after no rule"));
        if !shown.contains(&format!("[{rule}]")) {
            wrong.push(format!("{name} does not break {rule}"));
        }
        settings.bind(|| {
            let same = std::panic::catch_unwind(|| insta::assert_snapshot!(name.clone(), shown));
            if same.is_err() {
                wrong.push(format!("{name}: another answer than recorded"));
            }
        });
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_rule_is_broken_by_a_file() {
    let broken = files(INVALID, "toml")
        .iter()
        .filter_map(|path| rule_of(&stem(path)))
        .chain(ELSEWHERE.iter().map(|(id, _)| *id))
        .collect::<BTreeSet<_>>();
    let all = rules().map(|rule| rule.id).collect::<BTreeSet<_>>();
    let missing = all.difference(&broken).collect::<Vec<_>>();
    assert!(missing.is_empty(), "no file breaks {missing:?}");
}

#[test]
fn no_snapshot_outlives_its_file() {
    let hosts = files(INVALID, "toml")
        .iter()
        .map(|it| stem(it))
        .collect::<BTreeSet<_>>();
    let snapshots = files(INVALID, "snap")
        .iter()
        .map(|it| stem(it))
        .collect::<BTreeSet<_>>();
    assert_eq!(hosts, snapshots);
}

#[test]
fn every_finding_is_one_of_the_table_with_its_weight() {
    for path in files(INVALID, "toml") {
        for finding in hostwright::rules::check(&read(&path)).findings {
            let rule = rules().find(|rule| rule.id == finding.rule);
            let rule = rule.unwrap_or_else(|| panic!("{}: {finding:?}", path.display()));
            assert_eq!(
                rule.severity,
                finding.severity,
                "{}: {}",
                path.display(),
                rule.id
            );
            let texts = [&finding.message, &finding.label, &finding.help];
            for text in texts {
                assert!(!text.is_empty(), "{}: {finding:?}", path.display());
                assert!(!text.ends_with('.') || text.ends_with("…."), "{text}");
            }
        }
    }
}

#[test]
fn no_answer_repeats_a_secret() {
    for path in files(INVALID, "toml") {
        let name = stem(&path);
        let secret = ["secret-literal", "unknown-key-password", "ssh-key-private"];
        if !secret.iter().any(|it| name.starts_with(it)) {
            continue;
        }
        for format in [None, Some("--json")] {
            let mut arguments = vec!["check", path.to_str().unwrap()];
            arguments.extend(format);
            let shown = transcript(&run(&arguments));
            for secret in ["hunter2", "poison", "correct horse", "this is not one"] {
                assert!(!shown.contains(secret), "{name}: {shown}");
            }
        }
    }
}

#[test]
fn right_descriptions_have_no_finding_but_declared_overrides() {
    let hosts = files(VALID, "toml");
    assert!(hosts.len() >= 12, "{}", hosts.len());
    for path in hosts.iter().chain(&files("hosts", "toml")) {
        let output = run(&["check", "--json", path.to_str().unwrap()]);
        let result: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            result["findings"],
            serde_json::json!([]),
            "{}",
            path.display()
        );
        assert_eq!(output.status.code(), Some(0), "{}", path.display());
        assert!(output.stderr.is_empty());
    }
}
