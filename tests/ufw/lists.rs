//! Random lists of rules, and the probes that tell them apart.

use std::collections::BTreeSet;
use std::net::IpAddr;

use hostwright::firewall::{
    Action, DefaultPolicy, Direction, Outcome, Packet, Policy, Profiles, Protocol, Rule, RuleSet,
};

use crate::agent::{Probe, Transport};
use crate::net::{PORTS, SOURCES, Source};
use crate::random::Random;

/// Probes of one list.
const PROBES: usize = 48;

/// How long a probe waits before it counts as unanswered.
const TIMEOUT_MS: u64 = 350;

/// One list with its probes; all of it follows from `seed` and the direction
/// of its rules.
pub(crate) struct Case {
    pub(crate) seed: u64,
    pub(crate) set: RuleSet,
    pub(crate) probes: Vec<Probe>,
}

impl Case {
    pub(crate) fn new(seed: u64, direction: Direction) -> Self {
        let mut random = Random::new(seed);
        let set = list(&mut random, direction);
        let probes = probes(&set, &mut random, direction);
        Self { seed, set, probes }
    }
}

fn list(random: &mut Random, direction: Direction) -> RuleSet {
    let default = match random.below(6) {
        0 => DefaultPolicy::Allow,
        1 => DefaultPolicy::Reject,
        _ => DefaultPolicy::Deny,
    };
    let length = 1 + random.below(12);
    let mut rules: Vec<Rule> = Vec::new();
    let mut seen = BTreeSet::new();
    while rules.len() < length {
        let text = rule(random, direction);
        let Ok(rule) = Rule::parse(&text, &Profiles::default()) else {
            continue;
        };
        // ufw counts all limits of a source together; and of two rules that
        // differ in action or log only, it keeps the place of the first.
        let limits = rules.iter().filter(|r| r.action() == Action::Limit).count();
        let key = text
            .split_once(' ')
            .map(|(_, rest)| rest.replace("log ", ""));
        let canonical =
            key.and_then(|key| Rule::parse(&format!("allow {key}"), &Profiles::default()).ok());
        if (rule.action() == Action::Limit && limits > 0) || !seen.insert(canonical) {
            continue;
        }
        rules.push(rule);
    }
    let mut policy = Policy::default();
    match direction {
        Direction::In => policy.default_incoming = default,
        Direction::Out => policy.default_outgoing = default,
    }
    RuleSet::new(rules, policy)
}

/// A rule of the grammar, in the short or the full form.
pub(crate) fn rule(random: &mut Random, direction: Direction) -> String {
    let action = random.pick(&["allow", "allow", "deny", "deny", "reject", "limit"]);
    let log = if random.once_in(6) { "log " } else { "" };
    if random.once_in(3) {
        let what = random.pick(&[
            "22/tcp",
            "22",
            "53",
            "53/udp",
            "80,443/tcp",
            "6000:6007/tcp",
            "6001:6002,22/udp",
            "ssh",
            "https",
            "domain",
            "smtp",
            "'WWW Full'",
            "DNS",
            "SSH",
            "2222/tcp",
            "8443",
            "20:500/tcp",
            "1:65535/udp",
            "443",
        ]);
        let out = match direction {
            Direction::In => "",
            Direction::Out => "out ",
        };
        return format!("{action} {out}{log}{what}");
    }
    let on = random.pick(&["", "", "", "on eth0 ", "on eth1 ", "on eth+ "]);
    let (client, host) = ends(random);
    let (from, to) = match direction {
        Direction::In => (client, host),
        Direction::Out => (host, client),
    };
    let from_port = random.pick(&["", "", "", "", "port 10000:29999 ", "port 30000:65535 "]);
    let to_port = random.pick(&[
        "",
        "port 22 ",
        "port 80 ",
        "port 53 ",
        "port 443 ",
        "port 80,443 ",
        "port 6000:6007 ",
        "port 22,25,2222 ",
        "app DNS ",
        "app 'WWW Full' ",
        "port ssh ",
        "port 8443 ",
    ]);
    let proto = random.pick(&["", "proto tcp ", "proto udp ", "proto tcp ", "proto esp "]);
    let toward = match (direction, on) {
        (Direction::In, "") => "",
        (Direction::In, _) => "in ",
        (Direction::Out, _) => "out ",
    };
    format!("{action} {toward}{on}{log}{proto}from {from} {from_port}to {to} {to_port}")
}

fn ends(random: &mut Random) -> (&'static str, &'static str) {
    let v4 = [
        "any",
        "any",
        "10.1.0.0/24",
        "203.0.113.7",
        "203.0.113.0/24",
        "203.0.113.128/25",
        "10.0.0.0/8",
        "198.51.100.5",
        "10.2.0.2",
    ];
    let v4_to = [
        "any",
        "any",
        "any",
        "10.1.0.1",
        "10.1.0.9",
        "10.1.0.0/28",
        "10.2.0.1",
    ];
    let v6 = [
        "any",
        "fd01::2",
        "2001:db8::/32",
        "2001:db8:a::7",
        "fd00::/8",
        "2001:db8:b::/48",
    ];
    let v6_to = ["any", "any", "fd01::1", "fd01::9", "fd02::/16"];
    if random.once_in(3) {
        (random.pick(&v6), random.pick(&v6_to))
    } else {
        (random.pick(&v4), random.pick(&v4_to))
    }
}

/// A probe from each of many sources, at ports that the rules name.
fn probes(set: &RuleSet, random: &mut Random, direction: Direction) -> Vec<Probe> {
    let mut probes: Vec<Probe> = Vec::new();
    let mut counted = BTreeSet::new();
    let limits = set
        .rules()
        .iter()
        .any(|rule| rule.action() == Action::Limit);
    // Source ports never meet within a list: ten for each probe.
    let shift = random.below(1900);
    for index in 0..PROBES {
        let source = &SOURCES[random.below(SOURCES.len())];
        let probe = toward(direction, probe(source, shift + index, random));
        let outcome = outcome(set, &probe);
        // ufw counts every new connection of a source that a limit rule sees:
        // one burst for a source, and no other probe of it at such a port.
        let burst = match outcome {
            Outcome::Limit => {
                if !counted.insert(probe.source) {
                    continue;
                }
                true
            }
            // And now and then a burst where nothing may be limited.
            Outcome::Allow => limits && random.once_in(8),
            Outcome::Deny | Outcome::Reject => false,
        };
        let attempts = if burst { 7 } else { 1 };
        probes.push(Probe {
            at_ms: vec![0; attempts],
            ..probe
        });
    }
    probes
}

fn probe(source: &Source, slot: usize, random: &mut Random) -> Probe {
    let half = if random.once_in(2) { 10000 } else { 40000 };
    Probe {
        source: source.address.parse().expect("an address"),
        source_port: half + u16::try_from(slot % 1900 * 10).expect("below 19000"),
        destination: random.pick(source.targets).parse().expect("an address"),
        port: random.pick(&PORTS),
        transport: random.pick(&[Transport::Tcp, Transport::Udp]),
        at_ms: vec![0],
        timeout_ms: TIMEOUT_MS,
    }
}

/// A probe of a client, or the same one from the other end.
fn toward(direction: Direction, probe: Probe) -> Probe {
    match direction {
        Direction::In => probe,
        Direction::Out => Probe {
            source: probe.destination,
            destination: probe.source,
            ..probe
        },
    }
}

/// Every source at every target and port: what must all be open without rules.
pub(crate) fn every_probe(direction: Direction) -> Vec<Probe> {
    let mut probes = Vec::new();
    for source in &SOURCES {
        for target in source.targets {
            for port in PORTS {
                for transport in [Transport::Tcp, Transport::Udp] {
                    let probe = Probe {
                        source: source.address.parse().expect("an address"),
                        source_port: 10000 + u16::try_from(probes.len()).expect("few probes"),
                        destination: target.parse().expect("an address"),
                        port,
                        transport,
                        at_ms: vec![0],
                        timeout_ms: 2000,
                    };
                    probes.push(toward(direction, probe));
                }
            }
        }
    }
    probes
}

/// What the list does with a probe.
pub(crate) fn outcome(set: &RuleSet, probe: &Probe) -> Outcome {
    let packet = Packet {
        source: probe.source,
        source_port: Some(probe.source_port),
        destination: Some(probe.destination),
        port: Some(probe.port),
        protocol: match probe.transport {
            Transport::Tcp => Protocol::Tcp,
            Transport::Udp => Protocol::Udp,
        },
        interface: Some(interface(probe)),
    };
    let verdict = match direction(probe) {
        Direction::In => set.verdict(&packet),
        Direction::Out => set.outgoing_verdict(&packet),
    };
    verdict.outcome
}

/// Whether a probe comes from a client or goes to one.
pub(crate) fn direction(probe: &Probe) -> Direction {
    if client(probe.source).is_some() {
        Direction::In
    } else {
        Direction::Out
    }
}

/// The host's interface that a probe takes.
pub(crate) fn interface(probe: &Probe) -> &'static str {
    let end = client(probe.source).or_else(|| client(probe.destination));
    end.expect("an end of the list").interface
}

fn client(address: IpAddr) -> Option<&'static Source> {
    SOURCES
        .iter()
        .find(|source| source.address.parse() == Ok(address))
}
