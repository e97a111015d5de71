//! `hostwright verify`: the facts of a host, proven where it runs.

use std::time::Instant;

use anyhow::Context;
use serde::Serialize;

use crate::cloud::qemu::{Console, Port, PortShell, Wire, knock};
use crate::evidence::{Report, Shell, Survey, Verdict};
use crate::facts::{self, Fact, Stage};
use crate::system::{Interrupt, disk};

use super::Global;
use super::boot::{Boot, Work, check_bytes};
use super::load::load_one;
use super::output::{Exit, Output};

/// Waits until the system has started, or has failed to.
const STARTED: &str = "timeout 900 systemctl is-system-running --wait";
/// Lines of the serial console that are shown where the machine does not answer.
const SHOWN: usize = 15;

/// Where a host runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Place {
    /// Its image, booted on this computer
    Qemu,
}

/// Arguments of `hostwright verify`.
#[derive(Debug, clap::Args)]
pub(super) struct Verify {
    /// Host by name, or path of its description
    #[arg(value_name = "HOST")]
    host: String,
    /// Where the host runs
    #[arg(long, value_name = "PLACE")]
    at: Place,
    #[command(flatten)]
    boot: Boot,
    /// Also fail if a fact of this place could not be proven here
    #[arg(long)]
    strict: bool,
    /// Print the verdicts as JSON
    #[arg(long)]
    json: bool,
}

/// What was proven, and of which bytes.
#[derive(Serialize)]
struct Document<'a> {
    host: &'a str,
    stage: Stage,
    image: String,
    /// Of the file, as in its manifest.
    sha256: &'a str,
    #[serde(flatten)]
    report: &'a Report<'a>,
}

impl Verify {
    pub(super) fn run(&self, global: &Global, output: &mut Output) -> anyhow::Result<Exit> {
        let Place::Qemu = self.at;
        let (loaded, host) = load_one(global, &self.host, output)?;
        let interrupt = Interrupt::watch()?;
        let mut work = Work {
            global,
            interrupt: &interrupt,
            output,
        };
        let prepared = self.boot.prepare((&loaded, &host), &mut work)?;
        let image = prepared.image.clone();
        let sha256 = check_bytes(&image)?;
        let log = disk::nameless()?;
        let (port, mut devices, port_end) = Port::new()?;
        let (wire, network, wire_end) = Wire::new()?;
        devices.extend(network);
        let console = Console::Log(log.try_clone()?);
        let started = Instant::now();
        let ends = vec![port_end, wire_end];
        let mut machine = prepared.with(console, devices, ends).start()?;
        let facts = facts::facts(&host);
        let shell = port.attach(&mut machine, &interrupt);
        let proven = shell
            .map_err(Into::into)
            .and_then(|shell| prove(&facts, shell, wire, (started, output)));
        machine.end()?;
        let report = match proven {
            Ok(report) => report,
            Err(error) => {
                output.say(&last_lines(&log)?)?;
                return Err(error);
            }
        };
        if self.json {
            output.json(&Document {
                host: &loaded.file.name,
                stage: Stage::Image,
                image: image.display().to_string(),
                sha256: &sha256,
                report: &report,
            })?;
        } else {
            output.result(&report.text())?;
        }
        Ok(if report.holds(self.strict) {
            Exit::Success
        } else {
            Exit::Refused
        })
    }
}

fn prove<'a>(
    facts: &'a [Fact],
    mut shell: PortShell<'_>,
    mut wire: Wire,
    (started, output): (Instant, &mut Output),
) -> anyhow::Result<Report<'a>> {
    let mut say = |what: &str| {
        let seconds = started.elapsed().as_secs();
        output.say(&format!("{what} after {seconds} s"))
    };
    say("a shell answers")?;
    let state = shell.run(STARTED)?;
    say(&format!("the system is {}", state.trim()))?;
    let here = facts.iter().filter(|it| it.stages.contains(&Stage::Image));
    let here: Vec<&Fact> = here.collect();
    let survey = Survey::of(here.iter().copied());
    let observed = survey.read(&shell.run(&survey.script())?)?;
    say("the host was looked at")?;
    let mut ports = knock(&here, &mut wire, &mut shell)?;
    say("its ports were knocked at")?;
    Ok(Report::new(facts, Stage::Image, |fact| {
        let verdict = observed.verdict(fact).or_else(|| ports.remove(&fact.id));
        verdict.unwrap_or(Verdict::NoProver)
    }))
}

/// The end of the serial console.
fn last_lines(log: &std::fs::File) -> anyhow::Result<String> {
    let bytes = disk::contents(log).context("cannot read the log of the machine")?;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(SHOWN);
    Ok(format!(
        "the machine's console ends so:\n{}",
        lines[from..].join("\n")
    ))
}
