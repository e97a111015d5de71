//! `hostwright run`: an image boots on this computer.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::cloud::qemu::{Console, Forward, Started, UserNetwork, open_ports, visitor, wanted};
use crate::facts::{self, Source};
use crate::host::Host;
use crate::system::network::{Greeting, free_port};
use crate::system::{Interrupt, KeptModes};

use super::Global;
use super::boot::{Boot, Work, log};
use super::load::load_one;
use super::output::{Exit, Output};

/// Between two looks at the machine.
const TICK: Duration = Duration::from_millis(100);
/// Between two attempts to reach sshd: five in 30 seconds are not too many for
/// a rule that says `limit`.
const PAUSE: Duration = Duration::from_secs(7);

/// Arguments of `hostwright run`.
#[derive(Debug, clap::Args)]
pub(super) struct Run {
    /// Host by name, or path of its description
    #[arg(value_name = "HOST")]
    host: String,
    #[command(flatten)]
    boot: Boot,
    /// Connect this terminal to the machine's serial console
    #[arg(long)]
    console: bool,
    /// File for the serial console's output; by default `result-HOST.log`
    #[arg(long, value_name = "FILE", conflicts_with = "console")]
    log: Option<PathBuf>,
    /// Print ports and log as JSON
    #[arg(long)]
    json: bool,
}

/// What is to be known of a machine that runs.
#[derive(Serialize)]
struct Running<'a> {
    host: &'a str,
    image: String,
    log: Option<String>,
    visitor: Option<&'a Source>,
    forwards: &'a [Forward],
}

impl Run {
    pub(super) fn run(&self, global: &Global, output: &mut Output) -> anyhow::Result<Exit> {
        let (loaded, host) = load_one(global, &self.host, output)?;
        let interrupt = Interrupt::watch()?;
        let name = &loaded.file.name;
        let log_file = self.log.clone();
        let log_file = log_file.unwrap_or_else(|| PathBuf::from(format!("result-{name}.log")));
        let pair = (&loaded, &host);
        let mut work = Work {
            global,
            interrupt: &interrupt,
            output,
        };
        let prepared = self.boot.prepare(pair, &mut work)?;
        let console = if self.console {
            Console::Terminal
        } else {
            Console::Log(log(&log_file)?)
        };
        let facts = facts::facts(&host);
        let visitor = visitor(&facts);
        let network = network(visitor.as_ref(), &facts)?;
        let running = Running {
            host: name,
            image: prepared.image.display().to_string(),
            log: (!self.console).then(|| log_file.display().to_string()),
            visitor: visitor.as_ref(),
            forwards: &network.forwards,
        };
        if self.json {
            output.json(&running)?;
        } else {
            output.result(&table(&running, &host))?;
        }
        let _modes = KeptModes::now();
        let machine = prepared
            .with(console, network.arguments(), Vec::new())
            .start()?;
        let greeting = ssh_port(&host, &network.forwards).filter(|_| !self.console);
        if self.console {
            output.say("Ctrl-A X ends the machine, Ctrl-A H helps")?;
        } else {
            output.say("Ctrl-C ends the machine")?;
        }
        wait(machine, greeting, &interrupt, output)?;
        Ok(Exit::Success)
    }
}

fn network(visitor: Option<&Source>, facts: &[facts::Fact]) -> anyhow::Result<UserNetwork> {
    let mut forwards = Vec::new();
    let ports = visitor.map_or_else(Vec::new, |visitor| open_ports(facts, visitor));
    for guest in ports {
        let local = free_port(wanted(guest))?;
        forwards.push(Forward { guest, local });
    }
    let address = visitor.and_then(|visitor| match visitor.address {
        std::net::IpAddr::V4(address) => Some(address),
        std::net::IpAddr::V6(_) => None,
    });
    Ok(UserNetwork {
        visitor: address,
        forwards,
    })
}

fn ssh_port(host: &Host, forwards: &[Forward]) -> Option<u16> {
    let forward = forwards
        .iter()
        .find(|it| host.ssh.ports.contains(&it.guest));
    forward.map(|it| it.local)
}

/// How to reach it, one line per port.
fn table(running: &Running<'_>, host: &Host) -> String {
    let user = host
        .ssh
        .allow_users
        .first()
        .map_or("root", |it| it.as_str());
    let mut lines = Vec::new();
    for Forward { guest, local } in running.forwards {
        let how = if host.ssh.ports.contains(guest) {
            format!("ssh -p {local} {user}@127.0.0.1")
        } else {
            match guest {
                80 => format!("http://127.0.0.1:{local}"),
                443 => format!("https://127.0.0.1:{local}"),
                _ => format!("127.0.0.1:{local}"),
            }
        };
        lines.push(format!("tcp/{guest:<6} {how}"));
    }
    if let Some(visitor) = running.visitor {
        lines.push(format!(
            "visitors   are {} ({})",
            visitor.name, visitor.address
        ));
    }
    lines.extend(running.log.iter().map(|log| format!("log        {log}")));
    lines.push(String::new());
    lines.join("\n")
}

/// Until the machine ends or somebody interrupts.
fn wait(
    mut machine: Started,
    ssh: Option<u16>,
    interrupt: &Interrupt,
    output: &mut Output,
) -> anyhow::Result<()> {
    let started = Instant::now();
    let mut greeting = ssh.map(|port| Greeting::new(port, PAUSE));
    while !interrupt.came() {
        if machine.ended()? {
            output.say("the machine has ended")?;
            return Ok(());
        }
        match &mut greeting {
            Some(waiting) => {
                if waiting.heard(TICK) {
                    let seconds = started.elapsed().as_secs();
                    output.say(&format!("ssh answers after {seconds} s"))?;
                    greeting = None;
                }
            }
            None => std::thread::sleep(TICK),
        }
    }
    machine.end()?;
    output.say("the machine was ended; its disk is gone")
}
