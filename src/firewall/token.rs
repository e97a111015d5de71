//! Words of a rule, with their places.

use std::ops::Range;

use super::error::ParseError;

/// Words that begin the clauses of the full form, after action, direction and log.
pub(super) const CLAUSES: [&str; 5] = ["from", "to", "proto", "port", "app"];

/// Longest text that is read as a rule, in bytes.
const LONGEST: usize = 1024;

/// Words of the grammar; application names cannot be one of them.
pub(super) const KEYWORDS: [&str; 12] = [
    "any", "app", "comment", "from", "in", "log", "log-all", "on", "out", "port", "proto", "to",
];

/// One word, or one quoted text without its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    /// Bytes in the rule, quotes included.
    pub(super) range: Range<usize>,
    pub(super) quoted: bool,
}

impl Token<'_> {
    /// Whether this is the word `keyword` of the grammar (and not a quoted text).
    pub(super) fn is(&self, keyword: &str) -> bool {
        !self.quoted && self.text == keyword
    }

    pub(super) fn is_any_of(&self, keywords: &[&str]) -> bool {
        keywords.iter().any(|keyword| self.is(keyword))
    }

    pub(super) fn error(&self, message: impl Into<String>, help: impl Into<String>) -> ParseError {
        ParseError::new(self.range.clone(), message, help)
    }
}

/// Splits a rule at spaces; `'…'` and `"…"` hold words together.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, ParseError> {
    if text.len() > LONGEST {
        return Err(ParseError::new(
            0..text.len(),
            format!("rule of {} bytes is longer than {LONGEST}", text.len()),
            "split the rule, or shorten its comment",
        ));
    }
    if let Some((at, c)) = text.char_indices().find(|(_, c)| c.is_control()) {
        return Err(ParseError::new(
            at..at + c.len_utf8(),
            "rule contains a control character",
            "write the rule on one line, words separated by spaces",
        ));
    }
    let mut found = Vec::new();
    let mut at = 0;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        at += rest.len() - rest.trim_start_matches(' ').len();
        match token(text, at)? {
            Some(token) => {
                at = token.range.end;
                found.push(token);
            }
            None => return Ok(found),
        }
    }
}

/// The token that begins at byte `at`, which is no space.
fn token(text: &str, at: usize) -> Result<Option<Token<'_>>, ParseError> {
    let rest = text.get(at..).unwrap_or_default();
    let Some(first) = rest.chars().next() else {
        return Ok(None);
    };
    if first != '\'' && first != '"' {
        let end = rest.find(' ').unwrap_or(rest.len());
        let (word, _) = rest.split_at(end);
        if let Some(quote) = word.find(['\'', '"']) {
            return Err(ParseError::new(
                at + quote..at + quote + 1,
                format!("quote within the word {word}"),
                "put quotes around the whole text: comment 'text'",
            ));
        }
        return Ok(Some(Token {
            text: word,
            range: at..at + end,
            quoted: false,
        }));
    }
    let inner = rest.get(1..).unwrap_or_default();
    let Some((inner, after)) = inner.split_once(first) else {
        return Err(ParseError::new(
            at..text.len(),
            format!("quote {first} is not closed"),
            format!("add {first} where the text ends"),
        ));
    };
    let end = at + inner.len() + 2;
    if !after.is_empty() && !after.starts_with(' ') {
        return Err(ParseError::new(
            end - 1..end,
            "text after a closing quote",
            "put one space after the closing quote; a comment cannot contain '",
        ));
    }
    Ok(Some(Token {
        text: inner,
        range: at..end,
        quoted: true,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_quoted_texts_keep_their_places() {
        let tokens = tokens("allow  'Nginx Full' x").unwrap();
        let seen: Vec<_> = tokens.iter().map(|t| (t.text, t.range.clone())).collect();
        assert_eq!(
            seen,
            [("allow", 0..5), ("Nginx Full", 7..19), ("x", 20..21)]
        );
        assert!(!tokens.iter().any(|token| token.is("Nginx Full")));
    }

    #[test]
    fn quotes_must_close_and_stand_alone() {
        for (text, range) in [
            ("allow 'Nginx", 6..12),
            ("allow it's", 8..9),
            ("comment 'it's'", 11..12),
            ("allow\t22", 5..6),
        ] {
            assert_eq!(tokens(text).unwrap_err().range, range, "{text}");
        }
    }
}
