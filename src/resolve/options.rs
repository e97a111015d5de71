//! Inline NixOS options: the values of TOML that Nix has too. Dates never come
//! here: the structure has refused them.

use crate::diagnostics::{Finding, key_path};

use super::reader::Reader;

/// The options that Nix can hold; what it cannot is reported and left out.
pub(super) fn options(table: &toml::Table, path: &str, reader: &mut Reader) -> toml::Table {
    table
        .iter()
        .filter_map(|(key, value)| {
            let value = option(value, &key_path(path, key), reader)?;
            Some((key.clone(), value))
        })
        .collect()
}

fn option(value: &toml::Value, path: &str, reader: &mut Reader) -> Option<toml::Value> {
    let problem = match value {
        toml::Value::Table(inner) => return Some(options(inner, path, reader).into()),
        toml::Value::Array(items) => {
            let items = items.iter().enumerate();
            let items =
                items.filter_map(|(index, item)| option(item, &format!("{path}[{index}]"), reader));
            return Some(items.collect::<Vec<_>>().into());
        }
        toml::Value::Float(number) if !number.is_finite() => {
            "Nix has no infinite numbers; leave it out"
        }
        toml::Value::String(text) if text.contains('\0') => "remove \\u0000",
        other => return Some(other.clone()),
    };
    reader.broken(
        Finding::error("value", path)
            .message(format!("`{path}` cannot be {value}"))
            .label("no value of Nix")
            .help(problem),
    );
    None
}
