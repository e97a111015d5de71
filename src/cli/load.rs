//! Reads and checks the files that a subcommand was asked for.

use std::path::Path;

use anyhow::Context;
use rayon::prelude::*;

use crate::description::MAX_BYTES;
use crate::diagnostics::{FileReport, Finding, SpanIndex};
use crate::host::{HostName, NameError};
use crate::rules::{CheckedHost, check, missing_module};
use crate::system::{FileError, Fleet, HostFile, is_file, read_bounded};

use super::Global;
use super::output::Output;

/// A description after checking.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) file: HostFile,
    /// The bytes that were checked.
    pub(super) bytes: Vec<u8>,
    /// Where its keys are.
    pub(super) written: SpanIndex,
    /// The host, unless it is refused.
    pub(super) host: Option<CheckedHost>,
    pub(super) report: FileReport,
}

/// The named hosts, or all of them, checked on all cores, in their order.
pub(super) fn load(global: &Global, names: &[String]) -> anyhow::Result<Vec<Loaded>> {
    let files = Fleet::new(&global.fleet).select(names)?;
    Ok(files.into_par_iter().map(load_file).collect())
}

/// All of them if no rule refuses one; else `None`, and it is said that nothing was
/// `done`. The findings are printed.
pub(super) fn load_accepted(
    global: &Global,
    names: &[String],
    done: &str,
    output: &mut Output,
) -> anyhow::Result<Option<Vec<(Loaded, CheckedHost)>>> {
    let loaded = load(global, names)?;
    for host in &loaded {
        output.findings(&host.report)?;
    }
    let all = loaded.len();
    let accepted = loaded
        .into_iter()
        .filter_map(|mut loaded| loaded.host.take().map(|host| (loaded, host)))
        .collect::<Vec<_>>();
    let refused = all - accepted.len();
    if refused > 0 {
        output.say(&format!("{refused} of {all} refused; nothing was {done}"))?;
        return Ok(None);
    }
    Ok(Some(accepted))
}

/// One host that no rule refuses; its findings are printed.
pub(super) fn load_one(
    global: &Global,
    name: &str,
    output: &mut Output,
) -> anyhow::Result<(Loaded, CheckedHost)> {
    let mut loaded = load(global, &[name.to_owned()])?;
    let mut loaded = loaded.pop().context("one name gives one host")?;
    output.findings(&loaded.report)?;
    let host = loaded.host.take();
    let host = host.with_context(|| format!("{name} is refused; correct its findings first"))?;
    Ok((loaded, host))
}

fn load_file(file: HostFile) -> Loaded {
    let name = file.description.display().to_string();
    match read_bounded(&file.description, MAX_BYTES) {
        Ok(bytes) => {
            let mut checked = check(&bytes);
            let around = around(&file, &checked.modules);
            let host = checked.host.filter(|_| around.is_empty());
            checked.findings.extend(around);
            let report = FileReport::new(&name, &bytes, &checked.spans, checked.findings);
            Loaded {
                host,
                written: checked.spans,
                report,
                bytes,
                file,
            }
        }
        Err(error) => {
            let findings = vec![unreadable(&error)];
            Loaded {
                report: FileReport::new(&name, b"", &SpanIndex::default(), findings),
                host: None,
                written: SpanIndex::default(),
                bytes: Vec::new(),
                file,
            }
        }
    }
}

/// What the bytes do not show: the file's name, and files that it names.
fn around(file: &HostFile, modules: &[(usize, String)]) -> Vec<Finding> {
    let name = file.name.parse::<HostName>().err();
    let name = name.map(|error| wrong_name(&file.name, &error));
    let folder = file.description.parent().unwrap_or(Path::new(""));
    let missing = modules
        .iter()
        .filter(|(_, module)| !is_file(&folder.join(module)))
        .map(|(index, module)| missing_module(*index, module));
    name.into_iter().chain(missing).collect()
}

fn wrong_name(name: &str, error: &NameError) -> Finding {
    Finding::error("name", "")
        .message(format!("a host cannot be called {name:?}, after its file"))
        .label(error.to_string())
        .help("rename the file, such as web.toml; system.host_name and system.domain may say another name")
}

fn unreadable(error: &FileError) -> Finding {
    let (reason, help) = match error {
        FileError::Read { source, .. } => (
            source.to_string().to_lowercase(),
            "check the path and its permissions",
        ),
        _ => (
            error.to_string(),
            "give the path of a description, such as hosts/web.toml",
        ),
    };
    Finding::error("file", "")
        .message(format!("the description cannot be read: {reason}"))
        .label("nothing was read")
        .help(help)
}
