//! Rules that a host breaks on purpose.

use crate::description::raw::Override;
use crate::diagnostics::{Finding, Severity, closest};

use super::rule::Rule;

/// A finding that an override of the description silenced.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct AppliedOverride {
    /// Id of the rule.
    pub rule: String,
    /// Key that breaks it.
    pub key: String,
    /// What the rule said.
    pub message: String,
    /// Why that is accepted, in the description's words.
    pub reason: String,
}

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "override-unknown",
        severity: Severity::Error,
        doc: "an override names a rule that exists and may be overridden",
        needs: &[],
        check: None,
        overridable: false,
    },
    Rule {
        id: "override-reason",
        severity: Severity::Error,
        doc: "an override gives its reason",
        needs: &[],
        check: None,
        overridable: false,
    },
    Rule {
        id: "override-unused",
        severity: Severity::Warning,
        doc: "an override silences something: otherwise it would hide the next finding",
        needs: &[],
        check: None,
        overridable: false,
    },
];

/// Takes the findings that `overrides` name out of `findings`, and reports
/// overrides that name none of `rules`, are wrong, or silence nothing; of a
/// rule that could not run (`ran`) nothing is known.
pub(super) fn apply(
    overrides: &[Override],
    rules: &[&Rule],
    ran: impl Fn(&str) -> bool,
    findings: &mut Vec<Finding>,
) -> Vec<AppliedOverride> {
    let mut applied = Vec::new();
    for (index, entry) in overrides.iter().enumerate() {
        let path = format!("overrides[{index}]");
        if let Some(wrong) = wrong_override(&path, entry, rules) {
            findings.push(wrong);
            continue;
        }
        let before = findings.len();
        findings.retain(|finding| {
            let meant = finding.rule == entry.rule
                && entry.key.as_ref().is_none_or(|key| *key == finding.path);
            if meant {
                applied.push(AppliedOverride {
                    rule: entry.rule.clone(),
                    key: finding.path.clone(),
                    message: finding.message.clone(),
                    reason: entry.reason.clone(),
                });
            }
            !meant
        });
        if findings.len() == before && ran(&entry.rule) {
            findings.push(unused(&path, entry));
        }
    }
    applied
}

fn wrong_override(path: &str, entry: &Override, rules: &[&Rule]) -> Option<Finding> {
    match rules.iter().find(|rule| rule.id == entry.rule) {
        None => Some(unknown(path, &entry.rule, rules)),
        Some(Rule {
            overridable: false, ..
        }) => Some(
            Finding::error("override-unknown", format!("{path}.rule"))
                .message(format!("rule `{}` cannot be overridden", entry.rule))
                .label("nothing could be made from such a description")
                .help("correct what the rule finds"),
        ),
        Some(_) if entry.reason.trim().len() < 8 => Some(
            Finding::error("override-reason", format!("{path}.reason"))
                .message(format!("the override of `{}` gives no reason", entry.rule))
                .label("expected a sentence")
                .help(
                    "say why this host may break the rule: whoever reads `hostwright plan` sees it",
                ),
        ),
        Some(_) => None,
    }
}

fn unknown(path: &str, id: &str, rules: &[&Rule]) -> Finding {
    let overridable = rules.iter().filter(|rule| rule.overridable);
    Finding::error("override-unknown", format!("{path}.rule"))
        .message(format!("there is no rule {id:?}"))
        .label("not a rule")
        .help(match closest(id, overridable.map(|rule| rule.id)) {
            Some(near) => format!("did you mean {near:?}?"),
            None => "`hostwright check --list-rules` lists them".into(),
        })
}

fn unused(path: &str, entry: &Override) -> Finding {
    Finding::warning("override-unused", path)
        .on_key()
        .message(format!("the override of `{}` silences nothing", entry.rule))
        .label("nothing here breaks the rule")
        .help("delete it: it would hide the next finding")
}
