//! Small pieces of messages.

use std::ops::Range;

use crate::host::Size;

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list<T: AsRef<str>>(items: &[T]) -> String {
    match items {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [rest @ .., last] => {
            let rest = rest.iter().map(AsRef::as_ref).collect::<Vec<_>>();
            format!("{} and {}", rest.join(", "), last.as_ref())
        }
    }
}

/// An amount as people say it: exact where it is whole in GiB, MiB or GB, else
/// in GiB with one decimal.
pub(super) fn amount(size: Size) -> String {
    let bytes = size.bytes();
    let exact = [(1 << 30, "GiB"), (1_000_000_000, "GB")];
    let whole = exact.iter().find(|(unit, _)| bytes.is_multiple_of(*unit));
    match whole {
        Some((unit, name)) => format!("{} {name}", bytes / unit),
        None if bytes < 1 << 30 => format!("{} MiB", bytes >> 20),
        None => {
            let tenths = bytes.saturating_mul(10) >> 30;
            format!("{}.{} GiB", tenths / 10, tenths % 10)
        }
    }
}

/// Where `word` stands in `text` as a whole word.
pub(super) fn word_in(text: &str, word: &str) -> Option<Range<usize>> {
    let inner = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_');
    text.match_indices(word).find_map(|(start, _)| {
        let end = start + word.len();
        let alone = !text[..start].ends_with(inner) && !text[end..].starts_with(inner);
        alone.then_some(start..end)
    })
}

#[cfg(test)]
mod tests {
    use super::{amount, list, word_in};
    use crate::host::Size;

    #[test]
    fn lists_read_as_sentences() {
        assert_eq!(list(&["a"]), "a");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
    }

    #[test]
    fn amounts_are_short() {
        assert_eq!(amount(Size::from_gib(4)), "4 GiB");
        assert_eq!(amount(Size::from_mib(512)), "512 MiB");
        assert_eq!(amount(Size::from_bytes(80_000_000_000)), "80 GB");
        assert_eq!(amount(Size::from_mib(7488)), "7.3 GiB");
    }

    #[test]
    fn a_word_is_found_whole() {
        assert_eq!(word_in("allow 80,8080/tcp", "80"), Some(6..8));
        assert_eq!(word_in("allow 8080/tcp", "80"), None);
        assert_eq!(word_in("allow from 10.0.0.80 port 80", "80"), Some(26..28));
    }
}
