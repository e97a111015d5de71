//! `hostwright facts`: what must be true of a host.

use serde::Serialize;

use crate::facts::{self, Fact};
use crate::render;

use super::Global;
use super::load::load_one;
use super::output::{Exit, Output};

/// Arguments of `hostwright facts`.
#[derive(Debug, clap::Args)]
pub(super) struct Facts {
    /// Host by name, or path of its description
    #[arg(value_name = "HOST")]
    host: String,
    /// Print JSON, for provers
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    host: &'a str,
    description: String,
    facts: &'a [Fact],
}

impl Facts {
    pub(super) fn run(&self, global: &Global, output: &mut Output) -> anyhow::Result<Exit> {
        let (loaded, host) = load_one(global, &self.host, output)?;
        let facts = facts::facts(&host);
        if self.json {
            output.json(&Document {
                schema: facts::SCHEMA,
                host: &loaded.file.name,
                description: render::hash(&loaded.bytes),
                facts: &facts,
            })?;
        } else {
            output.result(&table(&facts))?;
        }
        Ok(Exit::Success)
    }
}

/// Three columns: id, stages, sentence.
fn table(facts: &[Fact]) -> String {
    let stages = |fact: &Fact| {
        let names = fact.stages.iter().map(|stage| stage.as_str());
        names.collect::<Vec<_>>().join(" ")
    };
    let width = |of: &dyn Fn(&Fact) -> usize| facts.iter().map(of).max().unwrap_or(0);
    let id_width = width(&|fact| fact.id.len());
    let stages_width = width(&|fact| stages(fact).len());
    let line = |fact: &Fact| {
        let stages = stages(fact);
        format!(
            "{:<id_width$}  {stages:<stages_width$}  {}\n",
            fact.id, fact.what
        )
    };
    facts.iter().map(line).collect()
}
