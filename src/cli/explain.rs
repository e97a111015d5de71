//! `hostwright explain`: from a key to its options, and back.

use anyhow::bail;

use crate::description::json_schema;
use crate::diagnostics::closest;
use crate::render::{RenderedOption, render};

use super::Global;
use super::load::load_one;
use super::output::{Exit, Output};

/// Arguments of `hostwright explain`.
#[derive(Debug, clap::Args)]
pub(super) struct Explain {
    /// Host by name, or path of a description
    host: String,
    /// A key such as `swap.file`, or an option such as `services.openssh.ports`;
    /// everything by default
    #[arg(value_name = "KEY|OPTION")]
    subject: Option<String>,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

impl Explain {
    pub(super) fn run(&self, global: &Global, output: &mut Output) -> anyhow::Result<Exit> {
        let (loaded, host) = load_one(global, &self.host, output)?;
        let module = render(&loaded.file.name, &loaded.bytes, &host)?;
        let subject = self.subject.as_deref().unwrap_or_default();
        let found = module
            .options
            .iter()
            .filter(|it| concerns(it, subject))
            .collect::<Vec<_>>();
        if found.is_empty() {
            if is_key(subject) {
                output.say(&format!(
                    "`{subject}` makes no option of its own: it is read by checks and facts"
                ))?;
                return Ok(Exit::Success);
            }
            bail!("{}", unknown(subject, &module.options));
        }
        if self.json {
            output.json(&found)?;
            return Ok(Exit::Success);
        }
        for option in found {
            output.result(&paragraph(option, &loaded.written))?;
        }
        Ok(Exit::Success)
    }
}

/// Whether the option is `subject`, or below it, or made by such a key.
fn concerns(option: &RenderedOption, subject: &str) -> bool {
    subject.is_empty()
        || below(&option.option, subject)
        || option
            .keys
            .iter()
            .any(|key| below(key, subject) || below(subject, key))
}

/// Whether `path` is `outer` or lies below it.
fn below(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

fn paragraph(option: &RenderedOption, written: &crate::diagnostics::SpanIndex) -> String {
    let keys = option.keys.iter().map(|key| {
        // No key, and so no default, is the file's own name.
        if written.has(key) || !is_key(key) {
            key.clone()
        } else {
            format!("{key} (default)")
        }
    });
    let reason = match option.reason.as_str() {
        "" => String::new(),
        reason => format!("\n    {reason}"),
    };
    let from = keys.collect::<Vec<_>>().join(", ");
    format!(
        "{} = {};{reason}\n    from {from}\n\n",
        option.option,
        outdented(&option.value)
    )
}

/// The value without the indentation that it has within the module.
fn outdented(value: &str) -> String {
    let indentation = |line: &str| line.len() - line.trim_start().len();
    let following = value.lines().skip(1).filter(|line| !line.trim().is_empty());
    let common = following.map(indentation).min().unwrap_or(0);
    let lines = value.lines().enumerate().map(|(index, line)| match index {
        0 => line,
        _ => line.get(common..).unwrap_or_default(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Whether the schema has a key of this path; names of tables' entries are free.
fn is_key(path: &str) -> bool {
    let root = json_schema();
    let mut schema = root;
    for part in path.split('.') {
        let part = part.split('[').next().unwrap_or_default();
        let next = &schema["properties"][part];
        schema = if next.is_null() {
            &schema["additionalProperties"]
        } else {
            next
        };
        if let Some(reference) = schema["$ref"].as_str() {
            schema = root
                .pointer(reference.trim_start_matches('#'))
                .unwrap_or(root);
        }
        if !schema.is_object() {
            return false;
        }
    }
    true
}

fn unknown(subject: &str, options: &[RenderedOption]) -> String {
    let options = options.iter();
    let names = options.flat_map(|it| {
        [it.option.as_str()]
            .into_iter()
            .chain(it.keys.iter().map(String::as_str))
    });
    let near = closest(subject, names);
    let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    format!(
        "`{subject}` is neither a key of the description nor an option of the module{hint} \
         (options that modules/ sets for every host are in modules/)"
    )
}
