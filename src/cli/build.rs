//! `hostwright build`: the image of a host, made by Nix.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::build::{Event, Progress, summary};
use crate::image::{MANIFEST, Manifest};
use crate::render::{Staleness, render, staleness};
use crate::rules::CheckedHost;
use crate::system::process::{Launch, Process, find_program};
use crate::system::{Interrupt, Lines, disk, read_if_there};

use super::Global;
use super::load::{Loaded, load_accepted};
use super::output::{Exit, Output};
use super::progress::Spinner;

/// How long Nix may take to end its builds when it is asked to.
const GRACE: Duration = Duration::from_secs(10);
/// Between two looks at whether somebody interrupts.
const TICK: Duration = Duration::from_millis(100);

/// Arguments of `hostwright build`.
#[derive(Debug, clap::Args)]
pub(super) struct Build {
    /// Hosts by name, or paths of descriptions; all hosts by default
    #[arg(value_name = "HOST")]
    hosts: Vec<String>,
    /// Folder for the links `result-HOST`
    #[arg(long, short, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// Print the manifests as JSON
    #[arg(long)]
    json: bool,
    /// Further arguments of `nix build`, such as `-- --builders ''`
    #[arg(last = true, value_name = "NIX ARGUMENTS")]
    nix: Vec<String>,
}

impl Build {
    pub(super) fn run(&self, global: &Global, output: &mut Output) -> anyhow::Result<Exit> {
        let Some(accepted) = load_accepted(global, &self.hosts, "built", output)? else {
            return Ok(Exit::Refused);
        };
        let jobs = accepted
            .iter()
            .map(|(loaded, host)| Job::new(loaded, host, global, &self.out))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let interrupt = Interrupt::watch()?;
        let mut manifests = Vec::new();
        for job in &jobs {
            let started = Instant::now();
            let manifest = job.run(&self.nix, &interrupt, output)?;
            if !self.json {
                output.result(&format!("{}\n{}", job.link.display(), summary(&manifest)))?;
            }
            let seconds = started.elapsed().as_secs();
            output.say(&format!("{}: built in {seconds} s", job.name))?;
            manifests.push(manifest);
        }
        if self.json {
            output.json(&manifests)?;
        }
        Ok(Exit::Success)
    }
}

/// One image to be built.
#[derive(Debug)]
pub(super) struct Job {
    name: String,
    /// Folder of the flake.
    flake: PathBuf,
    /// `packages.SYSTEM.HOST`.
    attribute: String,
    /// The link to the result.
    link: PathBuf,
    nix: PathBuf,
}

impl Job {
    /// Looks for everything that a build needs, and for a module that the
    /// flake would refuse.
    pub(super) fn new(
        loaded: &Loaded,
        host: &CheckedHost,
        global: &Global,
        out: &Path,
    ) -> anyhow::Result<Self> {
        let name = loaded.file.name.clone();
        let module = loaded.file.module();
        let present = read_if_there(&module)?;
        let expected = render(&name, &loaded.bytes, host)?;
        let wrong = match staleness(present.as_deref(), &expected) {
            Staleness::Current => None,
            Staleness::Missing => Some("is missing"),
            Staleness::Stale => Some("is not made from the present description"),
            Staleness::Edited => Some("is edited by hand, and the flake refuses it"),
        };
        if let Some(wrong) = wrong {
            bail!(
                "{} {wrong}; run: hostwright render {name}",
                module.display()
            );
        }
        let flake = disk::resolve(&global.fleet);
        let flake = flake
            .parent()
            .context("the hosts are at the root")?
            .to_owned();
        if !flake.join("flake.nix").is_file() {
            bail!(
                "there is no flake.nix beside {}; `hostwright init` makes one",
                global.fleet.display()
            );
        }
        Ok(Self {
            attribute: format!("packages.{}.{name}", host.machine.architecture.nix_system()),
            link: out.join(format!("result-{name}")),
            nix: find_program("nix").context(
                "nix is not in PATH; install it: https://nixos.org/download, or `apt install nix-bin` on Debian",
            )?,
            name,
            flake,
        })
    }

    /// Has Nix build it and reads what came out.
    pub(super) fn run(
        &self,
        arguments: &[String],
        interrupt: &Interrupt,
        output: &mut Output,
    ) -> anyhow::Result<Manifest> {
        output.say(&format!("{}: nix build .#{}", self.name, self.attribute))?;
        let process = self
            .launch(arguments)?
            .start()
            .context("cannot start nix")?;
        self.watch(process, interrupt, output)?;
        let path = self.link.join(MANIFEST);
        let text = disk::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_slice(&text)
            .with_context(|| format!("{} is no manifest of an image", path.display()))
    }

    fn launch(&self, arguments: &[String]) -> anyhow::Result<Launch> {
        let link = std::path::absolute(&self.link)?;
        let link = link.to_str().context("the folder's name is not UTF-8")?;
        let attribute = format!(".#{}", self.attribute);
        let mut words: Vec<String> = [
            "build",
            &attribute,
            "--out-link",
            link,
            "--extra-experimental-features",
            "nix-command flakes",
            "--log-format",
            "internal-json",
        ]
        .map(ToOwned::to_owned)
        .into();
        words.extend(arguments.iter().cloned());
        Ok(Launch {
            program: self.nix.clone(),
            arguments: words,
            folder: self.flake.clone(),
            terminal: false,
            descriptors: Vec::new(),
        })
    }

    fn watch(
        &self,
        mut process: Process,
        interrupt: &Interrupt,
        output: &mut Output,
    ) -> anyhow::Result<()> {
        let lines = Lines::of(process.take_errors().context("nix has no standard error")?);
        let mut progress = Progress::default();
        let spinner = Spinner::new();
        loop {
            if interrupt.came() {
                process.end(GRACE)?;
                bail!(
                    "interrupted; nix was ended, and there is no new {}",
                    self.link.display()
                );
            }
            let Some(line) = lines.next(TICK) else { break };
            let Some(event) = line.as_deref().and_then(Event::parse) else {
                continue;
            };
            let line = progress.apply(event);
            spinner.show(&format!("{}: {}", self.name, progress.headline()));
            if let Some(line) = line.filter(|_| spinner.is_hidden()) {
                output.say(&format!("{}: {line}", self.name))?;
            }
        }
        drop(spinner);
        let status = process
            .wait(GRACE)?
            .context("nix closed its log and does not end")?;
        if !status.success() {
            output.say(&progress.failure())?;
            bail!("nix did not build {}: {status}", self.name);
        }
        Ok(())
    }
}
