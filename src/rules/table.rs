//! The table of all rules: what `--list-rules` and docs/reference/rules.md print.

use crate::description::Description;
use crate::diagnostics::{Finding, Severity};
use crate::host::Host;

use super::structural;

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The host.
    pub host: &'a Host,
    /// What the file said.
    pub description: &'a Description,
}

/// One rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Stable id, kebab-case.
    pub id: &'static str,
    /// What its findings weigh.
    pub severity: Severity,
    /// One line: what the rule asks for, and why.
    pub doc: &'static str,
    /// Top-level tables that it reads. If one of them could not be read, the
    /// rule does not run, since it would report what is not there.
    pub needs: &'static [&'static str],
    /// Finds what breaks the rule; absent for the rules of reading itself.
    pub check: Option<fn(&Context<'_>) -> Vec<Finding>>,
    /// Whether `[[overrides]]` may name it.
    pub overridable: bool,
}

/// All rules, in the order of the concerns.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    [structural::RULES].into_iter().flatten()
}
