//! The two firewalls: Debian's ufw, and ours beside NixOS's own table.

use std::path::{Path, PathBuf};
use std::process::Command;

use hostwright::firewall::{DefaultPolicy, Interface, RuleSet};
use serde::Deserialize;

use crate::net::{Agent, Site, run};

const DRIVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/ufw/driver.py");

/// `table inet nixos-fw` as NixOS makes it, evaluated with
/// `networking.nftables.enable` and no open ports.
const NIXOS: &str = include_str!("nixos-fw.nft");

/// Says what is missing before anything is built up.
pub(crate) fn require_programs() {
    let root = Command::new("id").arg("-u").output().expect("id");
    assert_eq!(root.stdout, b"0\n", "network namespaces need root");
    for program in [
        "/usr/sbin/ufw",
        "/usr/sbin/nft",
        "/usr/sbin/iptables",
        "/usr/bin/python3",
    ] {
        let exists = Path::new(program).exists();
        assert!(
            exists,
            "{program} is missing: apt-get install ufw nftables iptables iproute2"
        );
    }
}

/// ufw on a host, loaded by its own code.
pub(crate) struct Ufw {
    agent: Agent,
    /// Incoming, outgoing.
    policy: Option<(DefaultPolicy, DefaultPolicy)>,
    config: PathBuf,
}

#[derive(Deserialize)]
struct Answer {
    result: Option<String>,
    error: Option<String>,
}

impl Ufw {
    /// Starts ufw with a configuration of its own, as Debian installs it.
    pub(crate) fn new(site: &Site, name: &str) -> Self {
        let config = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
        let script = format!(
            "set -e; mkdir -p {0}; cp -a /etc/ufw {0}/ufw; \
             cp /usr/share/ufw/iptables/*.rules {0}/ufw/; cp /etc/default/ufw {0}/default; \
             mount --bind {0}/ufw /etc/ufw; mount --bind {0}/default /etc/default/ufw; \
             exec /usr/bin/python3 {DRIVER}",
            config.display()
        );
        let mut command = site.host("sh");
        command.args(["-c", &script]);
        Self {
            agent: Agent::start(command),
            policy: None,
            config,
        }
    }

    /// Replaces policy and rules.
    pub(crate) fn load(&mut self, set: &RuleSet) {
        let policy = (set.policy().default_incoming, set.policy().default_outgoing);
        if self.policy != Some(policy) {
            self.request("start", &policy).expect("ufw starts");
            self.policy = Some(policy);
        }
        let rules: Vec<String> = set.rules().iter().map(ToString::to_string).collect();
        if let Err(error) = self.request("load", &rules) {
            panic!("ufw refuses {rules:#?}: {error}");
        }
    }

    /// What ufw makes of a rule: its own form of it, or why not.
    pub(crate) fn parse(&mut self, rule: &str) -> Result<String, String> {
        self.request("parse", &rule)
    }

    fn request(&mut self, name: &str, value: &impl serde::Serialize) -> Result<String, String> {
        let line = serde_json::json!({ name: value }).to_string();
        let answer: Answer = serde_json::from_str(&self.agent.ask(&line)).expect("an answer");
        match answer.error {
            Some(error) => Err(error),
            None => Ok(answer.result.unwrap_or_default()),
        }
    }
}

impl Drop for Ufw {
    fn drop(&mut self) {
        remove(&self.config);
    }
}

fn remove(path: &Path) {
    run(Command::new("rm").arg("-r").arg(path), "");
}

/// One change to our text that must be noticed.
pub(crate) type Break = fn(&str) -> String;

/// Our tables for a list: the guard and NixOS's own with our input rules.
pub(crate) fn ruleset(set: &RuleSet, broken: Option<Break>) -> String {
    let guard = set.guard_table();
    let input = set.input_rules();
    let (guard, input) = match broken {
        Some(broken) => (broken(&guard), broken(&input)),
        None => (guard, input),
    };
    let nixos = NIXOS.replace("@extraInputRules@", &input);
    let table = |name: &str, content: &str| {
        format!(
            "table inet {name}\ndelete table inet {name}\ntable inet {name} {{\n{content}\n}}\n"
        )
    };
    table("hostwright", &guard) + &table("nixos-fw", &nixos)
}

/// A set on a host with a container bridge.
pub(crate) fn with_container(set: RuleSet) -> RuleSet {
    let bridge = Interface::parse("podman0").expect("a name");
    set.with_container_interfaces(vec![bridge])
}
