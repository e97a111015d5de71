//! What a check has to say about one place of a description.

use std::ops::Range;

use serde::Serialize;

/// How much a finding weighs: an error refuses the description, a warning does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The description is refused.
    Error,
    /// The description is accepted; the user should look.
    Warning,
}

/// One finding. It names its place by the path of the TOML key; the renderer
/// turns that into file, line and column (domain types carry no spans).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable id of the rule, kebab-case.
    pub rule: &'static str,
    /// Refusal or advice.
    pub severity: Severity,
    /// TOML path such as `firewall.rules[2]`; empty for the whole file.
    pub path: String,
    /// Bytes within the string value at `path`, where only a part is wrong.
    pub part: Option<Range<usize>>,
    /// What is wrong: object, value, rule. Lower case, no final period.
    pub message: String,
    /// Short text under the underline.
    pub label: String,
    /// The way out.
    pub help: String,
}
