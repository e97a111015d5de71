//! Bytes to a TOML document, with every syntax error.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, Error as SyntaxError};

use crate::diagnostics::Finding;

use super::SpanIndex;

/// The largest description that is read, in bytes. A host with a hundred rules
/// has about 5 kB.
pub const MAX_BYTES: usize = 1 << 20;

/// Syntax errors shown for one file; further ones mostly follow from these.
const MAX_SYNTAX_ERRORS: usize = 20;

/// A syntactically read file. After syntax errors it holds what could be recovered.
#[derive(Debug)]
pub struct Document<'text> {
    /// The root table.
    pub root: Spanned<DeTable<'text>>,
    /// Place of every key and value.
    pub spans: SpanIndex,
}

/// Reads `bytes` as TOML.
///
/// Returns the document, absent where the bytes are no text, and every syntax
/// error as a finding that carries its place.
#[must_use]
pub fn parse(bytes: &[u8]) -> (Option<Document<'_>>, Vec<Finding>) {
    if bytes.len() > MAX_BYTES {
        return (None, vec![too_large(bytes.len())]);
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return (None, vec![not_utf8(error.valid_up_to())]),
    };
    // A byte order mark is legal in TOML and of no use to anybody else.
    let (root, errors) = DeTable::parse_recoverable(text);
    let spans = SpanIndex::of(&root);
    let findings = errors
        .iter()
        .take(MAX_SYNTAX_ERRORS)
        .map(|error| syntax_finding(error, text))
        .collect();
    (Some(Document { root, spans }), findings)
}

fn too_large(length: usize) -> Finding {
    Finding::error("file", "")
        .message(format!(
            "the file has {length} bytes; a description has at most {MAX_BYTES}"
        ))
        .help("check that this is a host description")
}

fn not_utf8(valid: usize) -> Finding {
    Finding::error("encoding", "")
        .at_bytes(valid..valid + char::REPLACEMENT_CHARACTER.len_utf8())
        .message("the file is not UTF-8 text")
        .label("first byte that is not UTF-8")
        .help("save the file as UTF-8; `file NAME.toml` names its present encoding")
}

fn syntax_finding(error: &SyntaxError, text: &str) -> Finding {
    let span = visible(error.span().unwrap_or(0..0), text);
    Finding::error("syntax", "")
        .at_bytes(span)
        .message(error.message().to_lowercase_first())
        .label("here")
        .help("https://toml.io/en/v1.0.0 has the grammar; strings need quotes, tables `[name]`")
}

/// A span that lies within the text and covers at least one byte if it can.
fn visible(span: Range<usize>, text: &str) -> Range<usize> {
    let end = span.end.min(text.len());
    let start = span.start.min(end);
    start..end
}

trait LowercaseFirst {
    fn to_lowercase_first(&self) -> String;
}

impl LowercaseFirst for str {
    fn to_lowercase_first(&self) -> String {
        let mut letters = self.chars();
        match letters.next() {
            Some(first) => first.to_lowercase().chain(letters).collect(),
            None => String::new(),
        }
    }
}
