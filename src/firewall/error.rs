//! Why a text is not a rule.

use std::ops::Range;

/// Why a text is not a rule, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ParseError {
    /// Bytes of the rule's text that are wrong, on character boundaries; never
    /// beyond the text, empty for an empty text.
    pub range: Range<usize>,
    /// What is wrong: lower case, no final period.
    pub message: String,
    /// The way out; may be empty.
    pub help: String,
}

impl ParseError {
    pub(super) fn new(
        range: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            range,
            message: message.into(),
            help: help.into(),
        }
    }
}

/// The candidate that `word` most likely meant: close in spelling, letter case
/// ignored.
pub(super) fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    // Comparing is quadratic in the length; nothing that long is a misspelling.
    if word.len() > 64 {
        return None;
    }
    let word = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            let distance = strsim::damerau_levenshtein(&word, &candidate.to_lowercase());
            // Of two as close, the one whose beginning was written.
            let begins = candidate.to_lowercase().starts_with(&word);
            (distance, !begins, candidate)
        })
        .filter(|(distance, _, candidate)| *distance <= 1 + candidate.len() / 5)
        .min()
        .map(|(_, _, candidate)| candidate)
}
