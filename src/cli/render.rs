//! `hostwright render`: the module beside each description.

use rayon::prelude::*;
use serde::Serialize;

use crate::render::{Module, Staleness, render, staleness};
use crate::rules::CheckedHost;
use crate::system::{read_if_there, write_atomic};

use super::Global;
use super::load::{Loaded, load_accepted};
use super::output::{Exit, Output};

/// Arguments of `hostwright render`.
#[derive(Debug, clap::Args)]
pub(super) struct Render {
    /// Hosts by name, or paths of descriptions; all hosts by default
    #[arg(value_name = "HOST")]
    hosts: Vec<String>,
    /// Write nothing; fail if a module is not the one that belongs there
    #[arg(long, conflicts_with = "stdout")]
    check: bool,
    /// Print the modules instead of writing them
    #[arg(long)]
    stdout: bool,
    /// Print what was done as JSON
    #[arg(long, conflicts_with = "stdout")]
    json: bool,
}

/// What became of one module.
#[derive(Serialize)]
struct Outcome {
    host: String,
    module: String,
    state: &'static str,
}

impl Render {
    pub(super) fn run(&self, global: &Global, output: &mut Output) -> anyhow::Result<Exit> {
        // All or nothing: a fleet half rendered is worse than one not rendered.
        let Some(accepted) = load_accepted(global, &self.hosts, "rendered", output)? else {
            return Ok(Exit::Refused);
        };
        let modules = accepted
            .par_iter()
            .map(|(loaded, host)| Ok(render(&loaded.file.name, &loaded.bytes, host)?))
            .collect::<anyhow::Result<Vec<_>>>()?;
        if self.stdout {
            for module in &modules {
                output.result(&module.text)?;
            }
            return Ok(Exit::Success);
        }
        self.write(&accepted, &modules, output)
    }

    fn write(
        &self,
        accepted: &[(Loaded, CheckedHost)],
        modules: &[Module],
        output: &mut Output,
    ) -> anyhow::Result<Exit> {
        let outcomes = accepted
            .par_iter()
            .zip(modules)
            .map(|((loaded, _), module)| self.write_one(loaded, module))
            .collect::<anyhow::Result<Vec<_>>>()?;
        if self.json {
            output.json(&outcomes)?;
        }
        let wrong = outcomes
            .iter()
            .filter(|it| it.state != "current")
            .collect::<Vec<_>>();
        for outcome in &wrong {
            output.say(&format!("{}: {}", outcome.module, outcome.state))?;
        }
        self.conclude(&wrong, outcomes.len(), output)
    }

    fn write_one(&self, loaded: &Loaded, module: &Module) -> anyhow::Result<Outcome> {
        let path = loaded.file.module();
        let state = staleness(read_if_there(&path)?.as_deref(), module);
        if !self.check && state != Staleness::Current {
            write_atomic(&path, module.text.as_bytes())?;
        }
        Ok(Outcome {
            host: loaded.file.name.clone(),
            module: path.display().to_string(),
            state: self.words(state),
        })
    }

    fn conclude(
        &self,
        wrong: &[&Outcome],
        all: usize,
        output: &mut Output,
    ) -> anyhow::Result<Exit> {
        let current = all - wrong.len();
        if !self.check {
            output.say(&format!("{} written, {current} current", wrong.len()))?;
            if wrong.iter().any(|it| it.state == "created") {
                output.say("a flake sees only what git knows: `git add` the new modules")?;
            }
            return Ok(Exit::Success);
        }
        if wrong.is_empty() {
            output.say(&format!("{current} current"))?;
            return Ok(Exit::Success);
        }
        let names = wrong.iter().map(|it| it.host.as_str()).collect::<Vec<_>>();
        output.say(&format!("run: hostwright render {}", names.join(" ")))?;
        Ok(Exit::Refused)
    }

    fn words(&self, state: Staleness) -> &'static str {
        match (state, self.check) {
            (Staleness::Current, _) => "current",
            (Staleness::Missing, true) => "missing",
            (Staleness::Stale, true) => "not made from the present description",
            (Staleness::Edited, true) => "edited by hand; move the change to the description",
            (Staleness::Missing, false) => "created",
            (Staleness::Stale, false) => "updated",
            (Staleness::Edited, false) => "replaced, with the edits that were made by hand",
        }
    }
}
