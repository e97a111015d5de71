//! From the bytes of a file to a checked host, with every finding at once.

use std::collections::BTreeSet;
use std::ops::Deref;

use crate::description::{self, Description};
use crate::diagnostics::{Finding, Severity, SpanIndex};
use crate::host::Host;
use crate::resolve::resolve;

use super::nixos;
use super::overrides::{self, AppliedOverride};
use super::rule::{Context, Rule};
use super::table::rules;

/// A host that no rule refuses. Only [`check`] makes one, so whatever takes it
/// cannot have forgotten a check.
#[derive(Clone, Debug)]
pub struct CheckedHost {
    host: Host,
    overrides: Vec<AppliedOverride>,
}

impl CheckedHost {
    /// The rules that the host breaks on purpose.
    #[must_use]
    pub fn overrides(&self) -> &[AppliedOverride] {
        &self.overrides
    }
}

impl Deref for CheckedHost {
    type Target = Host;

    fn deref(&self) -> &Host {
        &self.host
    }
}

/// What checking a file gives.
#[derive(Debug)]
pub struct Checked {
    /// The host, unless a finding refuses it.
    pub host: Option<CheckedHost>,
    /// Refusals and advice.
    pub findings: Vec<Finding>,
    /// Where the keys are.
    pub spans: SpanIndex,
    /// Further modules by their index in `nixos.modules`: files that must be there.
    pub modules: Vec<(usize, String)>,
}

/// Reads and checks the bytes of a description.
#[must_use]
pub fn check(bytes: &[u8]) -> Checked {
    let (document, mut findings) = description::parse(bytes);
    let Some(document) = document else {
        return refused(findings, SpanIndex::default());
    };
    // After a syntax error the recovered rest is not what the author meant.
    if !findings.is_empty() {
        return refused(findings, document.spans);
    }
    let structure = description::check_structure(&document.root);
    findings.extend(structure.findings);
    let description = match structure.table.try_into::<Description>() {
        Ok(description) => description,
        Err(error) => {
            findings.push(schema_defect(&error));
            return refused(findings, document.spans);
        }
    };
    let resolved = resolve(&description);
    let mut broken = structure.broken;
    findings.extend(resolved.findings);
    findings.retain(|finding| !below_broken(finding, &broken));
    broken.extend(resolved.broken);
    let context = Context {
        host: &resolved.host,
        description: &description,
        written: &document.spans,
    };
    findings.extend(apply_rules(&context, &broken));
    let modules = nixos::modules(&context);
    let ran = |id: &str| rules().any(|rule| rule.id == id && can_run(rule, &broken));
    let all: Vec<&Rule> = rules().collect();
    let overrides = overrides::apply(&description.overrides, &all, ran, &mut findings);
    let refuses = findings
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    let host = resolved.host;
    Checked {
        host: (!refuses).then_some(CheckedHost { host, overrides }),
        findings,
        spans: document.spans,
        modules,
    }
}

fn refused(findings: Vec<Finding>, spans: SpanIndex) -> Checked {
    Checked {
        host: None,
        findings,
        spans,
        modules: Vec::new(),
    }
}

/// The placeholder of a broken value is not the author's fault a second time.
fn below_broken(finding: &Finding, broken: &BTreeSet<String>) -> bool {
    let structural = ["type", "value", "missing-key", "unknown-key"];
    !structural.contains(&finding.rule) && broken.iter().any(|path| covers(path, &finding.path))
}

/// Whether `path` is `outer` or lies below it.
fn covers(outer: &str, path: &str) -> bool {
    path.strip_prefix(outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

fn apply_rules(context: &Context<'_>, broken: &BTreeSet<String>) -> Vec<Finding> {
    rules()
        .filter(|rule| can_run(rule, broken))
        .filter_map(|rule| rule.check)
        .flat_map(|check| check(context))
        .collect()
}

/// Whether everything that the rule reads could be read.
fn can_run(rule: &Rule, broken: &BTreeSet<String>) -> bool {
    let mut needs = rule.needs.iter();
    !needs.any(|key| {
        broken
            .iter()
            .any(|path| covers(key, path) || covers(path, key))
    })
}

/// The schema accepted what the types refuse: a defect of this program.
fn schema_defect(error: &toml::de::Error) -> Finding {
    Finding::error("type", "")
        .message(format!(
            "the description cannot be read: {}",
            error.message()
        ))
        .label("the schema accepts this, the program does not")
        .help("this is a defect of hostwright; please report it with the file")
}
