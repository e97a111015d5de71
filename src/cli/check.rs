//! `hostwright check`: every finding, all at once.

use serde::Serialize;

use crate::diagnostics::Severity;
use crate::rules::{AppliedOverride, CheckedHost, rules};

use super::load::{Loaded, load};
use super::output::{Exit, Output};
use super::{Global, reference};

/// Arguments of `hostwright check`.
#[derive(Debug, clap::Args)]
pub(super) struct Check {
    /// Hosts by name, or paths of descriptions; all hosts by default
    #[arg(value_name = "HOST")]
    hosts: Vec<String>,
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
    /// Refuse warnings too
    #[arg(long)]
    strict: bool,
    /// List all rules instead
    #[arg(long, conflicts_with_all = ["hosts", "strict"])]
    list_rules: bool,
}

#[derive(Serialize)]
struct Summary<'a> {
    hosts: usize,
    errors: usize,
    warnings: usize,
    findings: Vec<crate::diagnostics::Located<'a>>,
    overrides: Vec<HostOverride<'a>>,
}

#[derive(Serialize)]
struct HostOverride<'a> {
    host: &'a str,
    #[serde(flatten)]
    applied: &'a AppliedOverride,
}

impl Check {
    pub(super) fn run(&self, global: &Global, output: &mut Output) -> anyhow::Result<Exit> {
        if self.list_rules {
            return self.list_rules(output);
        }
        let loaded = load(global, &self.hosts)?;
        let errors = loaded.iter().map(|it| it.report.errors()).sum::<usize>();
        let warnings = loaded.iter().map(|it| it.report.warnings()).sum::<usize>();
        if self.json {
            output.json(&summary(&loaded, errors, warnings))?;
        } else {
            for host in &loaded {
                output.findings(&host.report)?;
            }
            output.say(&counts(&loaded, errors, warnings))?;
        }
        let refused = errors > 0 || self.strict && warnings > 0;
        Ok(if refused {
            Exit::Refused
        } else {
            Exit::Success
        })
    }

    fn list_rules(&self, output: &mut Output) -> anyhow::Result<Exit> {
        if self.json {
            output.json(&rules().map(reference::RuleLine::of).collect::<Vec<_>>())?;
        } else {
            for rule in rules() {
                let weight = match rule.severity {
                    Severity::Error => "error",
                    Severity::Warning => "warning",
                };
                output.result(&format!("{:<24} {weight:<8} {}\n", rule.id, rule.doc))?;
            }
        }
        Ok(Exit::Success)
    }
}

fn summary(loaded: &[Loaded], errors: usize, warnings: usize) -> Summary<'_> {
    let overrides = loaded.iter().flat_map(|it| {
        let host = it.file.name.as_str();
        let applied = it.host.iter().flat_map(CheckedHost::overrides);
        applied.map(move |applied| HostOverride { host, applied })
    });
    Summary {
        hosts: loaded.len(),
        errors,
        warnings,
        findings: loaded.iter().flat_map(|it| it.report.located()).collect(),
        overrides: overrides.collect(),
    }
}

fn counts(loaded: &[Loaded], errors: usize, warnings: usize) -> String {
    let overrides = loaded.iter().filter_map(|it| it.host.as_ref());
    let overrides = overrides.map(|host| host.overrides().len()).sum::<usize>();
    let declared = match overrides {
        0 => String::new(),
        count => format!(", {} declared", plural(count, "override")),
    };
    format!(
        "checked {}: {}, {}{declared}",
        plural(loaded.len(), "host"),
        plural(errors, "error"),
        plural(warnings, "warning")
    )
}

fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
