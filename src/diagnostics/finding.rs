//! What a check has to say about one place of a description.

use std::ops::Range;

use serde::Serialize;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The description is refused.
    Error,
    /// The description is accepted; the user should look.
    Warning,
}

/// Where a finding points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The value at the path.
    Value,
    /// The key at the path.
    Key,
    /// Bytes within the string at the path.
    Part(Range<usize>),
    /// Bytes of the file, where there is no path.
    Bytes(Range<usize>),
}

/// One finding. It names its place by the path of the TOML key; the renderer
/// turns that into file, line and column, so that domain types carry no spans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable id of the rule, kebab-case.
    pub rule: &'static str,
    /// Refusal or advice.
    pub severity: Severity,
    /// TOML path such as `firewall.rules[2]`; empty for the whole file.
    pub path: String,
    /// What at the path is meant.
    pub place: Place,
    /// What is wrong: object, value, rule. Lower case, no final period.
    pub message: String,
    /// Short text under the underline.
    pub label: String,
    /// The way out.
    pub help: String,
    /// Whether the value at the path is a secret, which no excerpt may show.
    pub secret: bool,
}

impl Finding {
    /// A refusal by `rule` at the value of `path`.
    #[must_use]
    pub fn error(rule: &'static str, path: impl Into<String>) -> Self {
        Self::new(rule, Severity::Error, path.into())
    }

    /// Advice by `rule` at the value of `path`.
    #[must_use]
    pub fn warning(rule: &'static str, path: impl Into<String>) -> Self {
        Self::new(rule, Severity::Warning, path.into())
    }

    fn new(rule: &'static str, severity: Severity, path: String) -> Self {
        Self {
            rule,
            severity,
            path,
            place: Place::Value,
            message: String::new(),
            label: String::new(),
            help: String::new(),
            secret: false,
        }
    }

    /// Says what is wrong.
    #[must_use]
    pub fn message(mut self, text: impl Into<String>) -> Self {
        self.message = text.into();
        self
    }

    /// Says it shortly, under the underline.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label = text.into();
        self
    }

    /// Says the way out.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = text.into();
        self
    }

    /// Keeps the value out of every excerpt.
    #[must_use]
    pub fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// Points at the key instead of its value.
    #[must_use]
    pub fn on_key(mut self) -> Self {
        self.place = Place::Key;
        self
    }

    /// Points at some bytes of the string value.
    #[must_use]
    pub fn part(mut self, range: Range<usize>) -> Self {
        self.place = Place::Part(range);
        self
    }

    /// Points at bytes of the file.
    #[must_use]
    pub fn at_bytes(mut self, range: Range<usize>) -> Self {
        self.place = Place::Bytes(range);
        self
    }
}
