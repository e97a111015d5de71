//! Compares a document with the schema: unknown keys, missing keys, wrong types.
//!
//! The schema is the one table of keys; nothing here names one. What is wrong
//! is reported and replaced by a placeholder, so that the rest of the file can
//! still be checked.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostics::{Finding, closest, key_path};

use super::schema::json_schema;
use super::secret::is_secret_name;

/// A description that serde can read, and where it had to be repaired.
#[derive(Debug, Default)]
pub struct Structure {
    /// The values, with placeholders where the file was wrong.
    pub table: toml::Table,
    /// Paths that hold a placeholder.
    pub broken: BTreeSet<String>,
    /// What was wrong.
    pub findings: Vec<Finding>,
}

/// Checks `root` against the schema.
#[must_use]
pub fn check_structure(root: &Spanned<DeTable<'_>>) -> Structure {
    let mut structure = Structure::default();
    structure.table = structure.table(root.get_ref(), json_schema(), "");
    structure
}

impl Structure {
    fn value(&mut self, value: &DeValue<'_>, schema: &Json, path: &str) -> toml::Value {
        let schema = resolve(schema);
        if let Some(allowed) = constants(schema) {
            return self.constant(value, &allowed, path);
        }
        match (schema["type"].as_str(), value) {
            (Some("object"), DeValue::Table(table)) => {
                toml::Value::Table(self.table(table, schema, path))
            }
            (Some("array"), DeValue::Array(items)) => items
                .iter()
                .enumerate()
                .map(|(index, item)| {
                    self.value(
                        item.get_ref(),
                        &schema["items"],
                        &format!("{path}[{index}]"),
                    )
                })
                .collect::<Vec<_>>()
                .into(),
            (Some("integer"), DeValue::Integer(_)) => self.integer(value, schema, path),
            (Some("string"), DeValue::String(text)) if text.contains('\0') => {
                self.wrong(path, nul(path));
                placeholder(schema)
            }
            (Some("string"), DeValue::String(_)) | (Some("boolean"), DeValue::Boolean(_)) => {
                plain(value)
            }
            (None, _) => self.free(value, path),
            (Some(wanted), _) => {
                self.wrong(
                    path,
                    Finding::error("type", path)
                        .message(format!("`{path}` is {}", with_article(value.type_str())))
                        .label(format!("expected {}", type_words(wanted)))
                        .help(type_help(wanted, schema)),
                );
                placeholder(schema)
            }
        }
    }

    fn table(&mut self, table: &DeTable<'_>, schema: &Json, path: &str) -> toml::Table {
        let properties = schema["properties"].as_object();
        let others = schema
            .get("additionalProperties")
            .filter(|it| it.is_object());
        let free = properties.is_none() && others.is_none();
        let mut result = toml::Table::new();
        let mut misspelt = BTreeSet::new();
        for (key, value) in table {
            let key = key.get_ref().as_ref();
            let at = key_path(path, key);
            let schema = properties.and_then(|known| known.get(key)).or(others);
            if let Some(schema) = schema {
                result.insert(key.into(), self.value(value.get_ref(), schema, &at));
            } else if free {
                result.insert(key.into(), self.free(value.get_ref(), &at));
            } else {
                let known = properties
                    .into_iter()
                    .flatten()
                    .map(|(name, _)| name.as_str());
                let near = closest(key, known.clone());
                misspelt.extend(near);
                self.findings.push(unknown_key(&at, key, near, known));
            }
        }
        self.add_missing(&mut result, schema, &misspelt, path);
        result
    }

    /// Adds placeholders for required keys; one that is there with a slip of
    /// the pen is not reported a second time.
    fn add_missing(
        &mut self,
        table: &mut toml::Table,
        schema: &Json,
        misspelt: &BTreeSet<&str>,
        path: &str,
    ) {
        for name in schema["required"].as_array().into_iter().flatten() {
            let Some(name) = name.as_str() else { continue };
            if table.contains_key(name) {
                continue;
            }
            let at = key_path(path, name);
            let schema = resolve(&schema["properties"][name]);
            self.broken.insert(at.clone());
            if !misspelt.contains(name) {
                self.findings.push(missing_key(&at, schema));
            }
            table.insert(name.into(), placeholder(schema));
        }
    }

    fn constant(&mut self, value: &DeValue<'_>, allowed: &[&str], path: &str) -> toml::Value {
        let text = value.as_str().unwrap_or_default();
        if !allowed.contains(&text) {
            let list = allowed
                .iter()
                .map(|it| format!("{it:?}"))
                .collect::<Vec<_>>();
            let finding = Finding::error("value", path)
                .message(match value.as_str() {
                    Some(text) => format!("`{path}` cannot be {text:?}"),
                    None => format!("`{path}` is {}", with_article(value.type_str())),
                })
                .label(format!("expected one of {}", list.join(", ")))
                .help(match closest(text, allowed.iter().copied()) {
                    Some(near) => format!("did you mean {near:?}?"),
                    None => format!("write {path} = {}", list[0]),
                });
            self.wrong(path, finding);
            return allowed[0].into();
        }
        text.into()
    }

    fn integer(&mut self, value: &DeValue<'_>, schema: &Json, path: &str) -> toml::Value {
        let low = schema["minimum"].as_i64().unwrap_or(i64::MIN);
        let high = schema["maximum"].as_i64().unwrap_or(i64::MAX);
        match plain(value) {
            toml::Value::Integer(number) if (low..=high).contains(&number) => number.into(),
            other => {
                let expected = if low == high {
                    format!("{low}")
                } else {
                    format!("a number from {low} to {high}")
                };
                let finding = Finding::error("value", path)
                    .message(format!("`{path}` cannot be {other}"))
                    .label(format!("expected {expected}"))
                    .help(format!("write {expected}"));
                self.wrong(path, finding);
                placeholder(schema)
            }
        }
    }

    /// A value of `nixos.options`, of any shape but a date.
    fn free(&mut self, value: &DeValue<'_>, path: &str) -> toml::Value {
        match value {
            DeValue::Table(table) => table
                .iter()
                .map(|(key, value)| {
                    let at = key_path(path, key.get_ref());
                    (key.get_ref().to_string(), self.free(value.get_ref(), &at))
                })
                .collect::<toml::Table>()
                .into(),
            DeValue::Array(items) => {
                let items = items.iter().enumerate();
                let item = |(index, item): (usize, &Spanned<DeValue<'_>>)| {
                    self.free(item.get_ref(), &format!("{path}[{index}]"))
                };
                toml::Value::Array(items.map(item).collect())
            }
            DeValue::Datetime(date) => {
                let finding = Finding::error("value", path)
                    .message(format!("`{path}` cannot be {date}"))
                    .label("Nix has no dates")
                    .help(format!("write \"{date}\" in quotes"));
                self.wrong(path, finding);
                date.to_string().into()
            }
            _ => plain(value),
        }
    }

    fn wrong(&mut self, path: &str, finding: Finding) {
        self.broken.insert(path.to_owned());
        self.findings.push(finding);
    }
}

fn nul(path: &str) -> Finding {
    Finding::error("value", path)
        .message(format!("`{path}` holds a NUL character"))
        .label("no file of configuration can hold it")
        .help("remove \\u0000")
}

fn unknown_key<'a>(
    path: &str,
    key: &str,
    near: Option<&str>,
    known: impl Iterator<Item = &'a str>,
) -> Finding {
    if LATER_SECTIONS.contains(&path) {
        return later_section(path);
    }
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("keys here: {}", known.collect::<Vec<_>>().join(", ")),
    };
    let finding = Finding::error("unknown-key", path).on_key();
    let finding = if is_secret_name(key) {
        finding.secret()
    } else {
        finding
    };
    finding
        .message(format!("unknown key `{path}`"))
        .label("not a key of this table")
        .help(help)
}

/// Sections that are planned and that this version does not know yet.
const LATER_SECTIONS: [&str; 9] = [
    "backups",
    "cleanup",
    "containers",
    "monitoring",
    "postgres",
    "redis",
    "secrets",
    "sites",
    "upgrade",
];

fn later_section(section: &str) -> Finding {
    Finding::error("unknown-key", section)
        .on_key()
        .message(format!("the section `{section}` comes in a later version"))
        .label("not known yet")
        .help("take it out; until then [nixos] takes any option and module of NixOS")
}

fn missing_key(path: &str, schema: &Json) -> Finding {
    let example = match (resolve(schema)["type"].as_str(), &schema["examples"][0]) {
        (Some("object"), _) => format!("add the table [{path}]"),
        (_, Json::Null) => format!("add {path} = {}", placeholder(schema)),
        (_, example) => format!("for example {path} = {example}"),
    };
    let purpose = schema["description"].as_str().unwrap_or_default();
    Finding::error("missing-key", path)
        .on_key()
        .message(format!("`{path}` is missing"))
        .label("needed here")
        .help(format!("{example}: {}", one_line(purpose)))
}

/// A description of the schema as the end of a message.
fn one_line(purpose: &str) -> String {
    purpose.replace('\n', " ").trim_end_matches('.').to_owned()
}

/// Follows `$ref` to the definition.
fn resolve(schema: &Json) -> &Json {
    match schema["$ref"].as_str() {
        Some(reference) => json_schema()
            .pointer(reference.trim_start_matches('#'))
            .unwrap_or(schema),
        None => schema,
    }
}

/// The allowed words of an enumeration.
fn constants(schema: &Json) -> Option<Vec<&str>> {
    if let Some(words) = schema["enum"].as_array() {
        return words.iter().map(Json::as_str).collect();
    }
    let choices = schema["oneOf"].as_array()?;
    choices
        .iter()
        .map(|choice| choice["const"].as_str())
        .collect()
}

/// A value of the right type that stands in for a wrong one.
fn placeholder(schema: &Json) -> toml::Value {
    let schema = resolve(schema);
    if let Some(words) = constants(schema) {
        return words[0].into();
    }
    match schema["type"].as_str() {
        Some("object") => schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Json::as_str)
            .map(|name| (name.to_owned(), placeholder(&schema["properties"][name])))
            .collect::<toml::Table>()
            .into(),
        Some("array") => toml::Value::Array(Vec::new()),
        Some("integer") => schema["minimum"].as_i64().unwrap_or(0).into(),
        Some("boolean") => false.into(),
        _ => "".into(),
    }
}

/// The value without places. A number that no `i64` holds becomes text, which
/// no number of the schema accepts.
fn plain(value: &DeValue<'_>) -> toml::Value {
    match value {
        DeValue::String(text) => text.as_ref().into(),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| number.as_str().into(), Into::into),
        DeValue::Float(number) => number
            .as_str()
            .parse::<f64>()
            .map_or_else(|_| number.as_str().into(), Into::into),
        DeValue::Boolean(truth) => (*truth).into(),
        DeValue::Datetime(time) => toml::Value::Datetime(*time),
        DeValue::Array(items) => {
            toml::Value::Array(items.iter().map(|item| plain(item.get_ref())).collect())
        }
        DeValue::Table(table) => table
            .iter()
            .map(|(key, value)| (key.get_ref().to_string(), plain(value.get_ref())))
            .collect::<toml::Table>()
            .into(),
    }
}

fn with_article(toml_type: &str) -> String {
    let article = if toml_type.starts_with(['a', 'i', 'o']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {toml_type}")
}

fn type_words(schema_type: &str) -> &str {
    match schema_type {
        "object" => "a table",
        "array" => "a list",
        "integer" => "a whole number",
        "boolean" => "true or false",
        _ => "a string",
    }
}

fn type_help(schema_type: &str, schema: &Json) -> String {
    let shape = match schema_type {
        "object" => "write a table: [name] and its keys below it",
        "array" => "write a list: [ … ]",
        "integer" => "write the number without quotes",
        "boolean" => "write true or false without quotes",
        _ => "write the value in quotes",
    };
    match schema["description"].as_str() {
        Some(purpose) => format!("{shape}; {}", one_line(purpose)),
        None => shape.to_owned(),
    }
}
