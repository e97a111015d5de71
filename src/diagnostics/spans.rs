//! Where each key and value of a file is.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Byte ranges of keys and values, by TOML path (`firewall.rules[2]`).
#[derive(Clone, Debug, Default)]
pub struct SpanIndex {
    places: BTreeMap<String, Place>,
}

#[derive(Clone, Debug)]
struct Place {
    key: Range<usize>,
    value: Range<usize>,
}

impl SpanIndex {
    /// The index of a whole document.
    #[must_use]
    pub fn of(root: &Spanned<DeTable<'_>>) -> Self {
        let mut index = Self::default();
        index.add_table("", root.get_ref());
        index
    }

    /// Bytes of the value at `path`; of the nearest table around it, where the
    /// file does not have it.
    #[must_use]
    pub fn value(&self, path: &str) -> Option<Range<usize>> {
        self.nearest(path).map(|(exact, place)| {
            if exact {
                place.value.clone()
            } else {
                place.key.clone()
            }
        })
    }

    /// Bytes of the key at `path`, or of the nearest one around it.
    #[must_use]
    pub fn key(&self, path: &str) -> Option<Range<usize>> {
        self.nearest(path).map(|(_, place)| place.key.clone())
    }

    /// Whether the file itself has `path`.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        self.places.contains_key(path)
    }

    fn nearest(&self, path: &str) -> Option<(bool, &Place)> {
        let mut part = path;
        loop {
            if let Some(place) = self.places.get(part) {
                return Some((part == path, place));
            }
            part = &part[..part.rfind(['.', '['])?];
        }
    }

    fn add_table(&mut self, path: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let path = key_path(path, key.get_ref());
            self.add(path, key.span(), value);
        }
    }

    fn add(&mut self, path: String, key: Range<usize>, value: &Spanned<DeValue<'_>>) {
        match value.get_ref() {
            DeValue::Table(table) => self.add_table(&path, table),
            DeValue::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.add(format!("{path}[{index}]"), item.span(), item);
                }
            }
            _ => {}
        }
        let value = value.span();
        self.places.insert(path, Place { key, value });
    }
}

/// The path of `key` in the table at `path`. A key that is not bare is quoted.
#[must_use]
pub fn key_path(path: &str, key: &str) -> String {
    let bare = !key.is_empty()
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let key = if bare {
        key.to_owned()
    } else {
        format!("{key:?}")
    };
    if path.is_empty() {
        key
    } else {
        format!("{path}.{key}")
    }
}
