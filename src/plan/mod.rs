//! What would be done, as data: complete before anything happens, so that
//! doing it needs no decision.

mod changes;
mod warnings;

use serde::Serialize;

use crate::render::{Module, Staleness};
use crate::rules::{AppliedOverride, CheckedHost};

pub use changes::{OptionChange, option_changes};
pub use warnings::warnings;

/// What would be done for one host.
#[derive(Debug, Serialize)]
pub struct Plan {
    /// Format of this plan.
    pub schema: u32,
    /// Name of the host.
    pub host: String,
    /// The machine, in one line.
    pub machine: String,
    /// Rules that the host breaks on purpose.
    pub overrides: Vec<AppliedOverride>,
    /// What the change from the present module may break.
    pub warnings: Vec<String>,
    /// What would be done, in this order.
    pub steps: Vec<Step>,
}

/// One thing to do.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum Step {
    /// Write the generated module.
    WriteModule {
        /// Its path.
        path: String,
        /// Whether an earlier one is replaced.
        replaces: bool,
        /// Options that become other than they are.
        changes: Vec<OptionChange>,
    },
}

/// The plan of `host`, whose module at `path` is now `on_disk`.
#[must_use]
pub fn plan(
    name: &str,
    host: &CheckedHost,
    module: &Module,
    path: &str,
    on_disk: Option<&[u8]>,
) -> Plan {
    let current = crate::render::staleness(on_disk, module) == Staleness::Current;
    let changes = option_changes(on_disk, module);
    let warnings = warnings(&changes);
    let write = Step::WriteModule {
        path: path.to_owned(),
        replaces: on_disk.is_some(),
        changes,
    };
    Plan {
        schema: 1,
        host: name.to_owned(),
        machine: machine_line(host),
        overrides: host.overrides().to_vec(),
        warnings,
        steps: if current { Vec::new() } else { vec![write] },
    }
}

fn machine_line(host: &CheckedHost) -> String {
    let machine = &host.machine;
    let place = machine
        .location
        .as_ref()
        .map_or_else(String::new, |it| format!(" in {it}"));
    format!(
        "{} at {}{place}: {} vCPU, {} memory, {} disk, {}",
        machine.type_name,
        machine.provider.as_str(),
        machine.vcpus,
        machine.memory,
        machine.disk,
        machine.architecture.nix_system(),
    )
}
