//! Bytes to a TOML document, with every syntax error.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, Error as SyntaxError};

use crate::diagnostics::{Finding, SpanIndex};

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
        return (None, vec![too_large()]);
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

/// Whoever read the bytes stopped soon after the limit: how many there are is not known.
fn too_large() -> Finding {
    Finding::error("file", "")
        .message(format!(
            "the file has more than {MAX_BYTES} bytes, the most that a description may have"
        ))
        .label("nothing was read")
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
    if is_too_deep(error) {
        return too_deep(error.span().unwrap_or_else(|| first_too_deep(text)), text);
    }
    let span = visible(error.span().unwrap_or(0..0), text);
    Finding::error("syntax", "")
        .at_bytes(span)
        .message(error.message().to_lowercase_first())
        .label("here")
        .help("https://toml.io/en/v1.0.0 has the grammar; strings need quotes, tables `[name]`")
}

/// The parser's two ways to say that it would have to recurse further.
fn is_too_deep(error: &SyntaxError) -> bool {
    error.message().starts_with("recursion limit") || error.message().contains("recursion depth")
}

fn too_deep(span: Range<usize>, text: &str) -> Finding {
    Finding::error("syntax", "")
        .at_bytes(visible(span, text))
        .message("tables or lists lie too deep within each other")
        .label("too many levels")
        .help("look for brackets, braces or dots too many: the keys of a description have a handful of levels")
}

/// The line of dotted keys for which the parser gives no place: the text up to
/// it is refused for its depth, and the text before it is not.
fn first_too_deep(text: &str) -> Range<usize> {
    let refused = |text: &str| DeTable::parse_recoverable(text).1.iter().any(is_too_deep);
    let starts = text.match_indices('\n').map(|(end, _)| end + 1);
    let ends = starts.chain([text.len()]).collect::<Vec<_>>();
    let line = ends.partition_point(|end| !text.get(..*end).is_some_and(refused));
    let start = line.checked_sub(1).map_or(0, |before| ends[before]);
    let end = ends.get(line).copied().unwrap_or(text.len());
    let indent = |line: &str| line.len() - line.trim_start().len();
    let line = text.get(start..end).unwrap_or_default();
    start + indent(line)..start + line.trim_end().len()
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
