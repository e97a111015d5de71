//! `hostwright plan`: what would be done.

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
        (Some(old), Some(new)) => {
            let (old, new) = (one_line(old), one_line(new));
            if old.len() + new.len() <= 60 {
                format!("    ~ {option}: {old} -> {new}")
            } else {
                format!("    ~ {option}\n        {old}\n     -> {new}")
            }
        }
        (None, Some(new)) => format!("    + {option} = {}", one_line(new)),
        (Some(old), None) => format!("    - {option} = {}", one_line(old)),
        (None, None) => String::new(),
    }
}

fn one_line(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}
