//! What a rule is, and what it looks at.

use crate::description::Description;
use crate::diagnostics::{Finding, Severity, SpanIndex};
use crate::host::Host;

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The host.
    pub host: &'a Host,
    /// What the file said, defaults included.
    pub description: &'a Description,
    /// Which keys the file itself has.
    pub written: &'a SpanIndex,
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
    /// Keys or tables that it reads. If one of them could not be read, the
    /// rule does not run, since it would report what is not there.
    pub needs: &'static [&'static str],
    /// Finds what breaks the rule; absent for the rules of reading itself.
    pub check: Option<Check>,
    /// Whether `[[overrides]]` may name it.
    pub overridable: bool,
}

/// Finds what breaks a rule.
pub type Check = fn(&Context<'_>) -> Vec<Finding>;

impl Rule {
    /// A rule that refuses.
    pub(super) const fn error(
        id: &'static str,
        doc: &'static str,
        needs: &'static [&'static str],
        check: Check,
    ) -> Self {
        Self {
            id,
            severity: Severity::Error,
            doc,
            needs,
            check: Some(check),
            overridable: true,
        }
    }

    /// A rule that advises.
    pub(super) const fn warning(
        id: &'static str,
        doc: &'static str,
        needs: &'static [&'static str],
        check: Check,
    ) -> Self {
        let mut rule = Self::error(id, doc, needs, check);
        rule.severity = Severity::Warning;
        rule
    }

    /// The same without a way around it: nothing could be made from a host
    /// that breaks it.
    pub(super) const fn without_override(mut self) -> Self {
        self.overridable = false;
        self
    }
}
