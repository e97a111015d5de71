//! `hostwright plan`: what would be done.

use similar::{ChangeTag, TextDiff};

use crate::plan::{OptionChange, Plan as HostPlan, Step, plan};
use crate::render::render;
use crate::system::read_if_there;

use super::Global;
use super::load::{Loaded, load};
use super::output::{Exit, Output};

/// Arguments of `hostwright plan`.
#[derive(Debug, clap::Args)]
pub(super) struct Plan {
    /// Hosts by name, or paths of descriptions; all hosts by default
    #[arg(value_name = "HOST")]
    hosts: Vec<String>,
    /// Print the plans as JSON
    #[arg(long)]
    json: bool,
}

impl Plan {
    pub(super) fn run(&self, global: &Global, output: &mut Output) -> anyhow::Result<Exit> {
        let loaded = load(global, &self.hosts)?;
        let mut plans = Vec::new();
        for host in &loaded {
            output.findings(&host.report)?;
            plans.extend(plan_of(host)?);
        }
        if self.json {
            output.json(&plans)?;
        } else {
            for plan in &plans {
                output.result(&text(plan))?;
            }
        }
        let refused = loaded.len() - plans.len();
        if refused > 0 {
            output.say(&format!("{refused} of {} refused", loaded.len()))?;
            return Ok(Exit::Refused);
        }
        Ok(Exit::Success)
    }
}

fn plan_of(loaded: &Loaded) -> anyhow::Result<Option<HostPlan>> {
    let Some(host) = &loaded.host else {
        return Ok(None);
    };
    let name = &loaded.file.name;
    let module = render(name, &loaded.bytes, host)?;
    let path = loaded.file.module();
    let on_disk = read_if_there(&path)?;
    let path = path.display().to_string();
    Ok(Some(plan(name, host, &module, &path, on_disk.as_deref())))
}

fn text(plan: &HostPlan) -> String {
    let mut lines = vec![format!("{}: {}", plan.host, plan.machine)];
    for entry in &plan.overrides {
        lines.push(format!(
            "  ! {} at {}: {}",
            entry.rule, entry.key, entry.message
        ));
        lines.push(format!("    because: {}", entry.reason));
    }
    lines.extend(plan.warnings.iter().map(|it| format!("  ! {it}")));
    for step in &plan.steps {
        let Step::WriteModule {
            path,
            replaces,
            changes,
        } = step;
        let verb = if *replaces { "replace" } else { "create" };
        lines.push(format!("  {verb} {path}"));
        // Of a new module everything is new: the file itself is the better read.
        if *replaces {
            lines.extend(changes.iter().map(change));
        }
    }
    if plan.steps.is_empty() {
        lines.push("  nothing to do: the module is current".into());
    }
    lines.push(String::new());
    lines.join("\n")
}

fn change(change: &OptionChange) -> String {
    let option = &change.option;
    match (&change.old, &change.new) {
        (Some(old), Some(new)) => replaced(option, old, new),
        (None, Some(new)) => whole('+', option, new),
        (Some(old), None) => whole('-', option, old),
        (None, None) => String::new(),
    }
}

/// A value that comes or goes, on one line if it is short.
fn whole(sign: char, option: &str, value: &str) -> String {
    let short = one_line(value);
    if short.len() <= 100 {
        return format!("    {sign} {option} = {short}");
    }
    let lines = value
        .lines()
        .map(|line| format!("\n        {sign} {}", line.trim()));
    format!("    {sign} {option}{}", lines.collect::<String>())
}

/// Both values side by side, or where they are long the lines that differ.
fn replaced(option: &str, old: &str, new: &str) -> String {
    let (short_old, short_new) = (one_line(old), one_line(new));
    if short_old.len() + short_new.len() <= 60 {
        return format!("    ~ {option}: {short_old} -> {short_new}");
    }
    let mut lines = vec![format!("    ~ {option}")];
    for line in TextDiff::from_lines(old, new).iter_all_changes() {
        let sign = match line.tag() {
            ChangeTag::Equal => continue,
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
        };
        lines.push(format!("        {sign} {}", line.value().trim()));
    }
    lines.join("\n")
}

fn one_line(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}
