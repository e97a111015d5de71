//! What each source gets from each port, as the rule list says.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use crate::firewall::{Action, Direction, Logging, Outcome, Packet, Protocol, Verdict};
use crate::host::Host;

use super::check::{Answer, Check, Transport};
use super::fact::Stage;
use super::list::List;
use super::sources::{Source, outsiders, sources};
use super::system::port_spans;

/// Ports that must stay closed whatever else is true, unless a rule opens
/// them: `PostgreSQL`, Redis, node exporter, Docker, `MySQL`, Prometheus.
const SENSITIVE: [u16; 6] = [5432, 6379, 9100, 2375, 3306, 9090];
/// The same over UDP: DNS, SNMP, `WireGuard`.
const SENSITIVE_UDP: [u16; 3] = [53, 161, 51820];

/// Connections of a source that `limit` lets in, and in how many seconds (UFW).
const LIMIT: (u32, u64) = (5, 30);

pub(super) fn facts(host: &Host, list: &mut List) {
    let ports = interesting(host);
    for source in sources(host) {
        for (transport, port) in &ports {
            answers(host, &source, (*transport, *port), list);
        }
    }
    for source in outsiders(host) {
        let key = ["firewall.forward_interfaces"];
        let what = format!("{} is not routed past the host", described(&source));
        let check = Check::TransitDropped {
            source: source.clone(),
        };
        list.add(key, Stage::NETWORK, check, what);
        logged(host, &source, list);
        outgoing(host, &source, list);
    }
}

/// The ports that rules name (the ends of ranges and their neighbours), sshd's,
/// the sensitive ones and one that nobody uses.
fn interesting(host: &Host) -> BTreeSet<(Transport, u16)> {
    let incoming = host
        .firewall
        .rules()
        .iter()
        .filter(|rule| rule.direction() == Direction::In);
    let mut ports = BTreeSet::new();
    for span in incoming.flat_map(port_spans) {
        ports.extend([span.first, span.last].map(|port| (span.transport, port)));
        if span.first != span.last {
            let around = [
                span.first.saturating_sub(1).max(1),
                span.last.saturating_add(1),
            ];
            ports.extend(around.map(|port| (span.transport, port)));
        }
    }
    ports.extend(host.ssh.ports.iter().map(|port| (Transport::Tcp, *port)));
    ports.extend(SENSITIVE.map(|port| (Transport::Tcp, port)));
    ports.extend(SENSITIVE_UDP.map(|port| (Transport::Udp, port)));
    let any = arbitrary(host);
    ports.extend([(Transport::Tcp, any), (Transport::Udp, any)]);
    ports
}

/// A port from 20000 to 29999 that follows from the host's name, so that it is
/// another on each host and the same in each run. Below the ephemeral ports.
fn arbitrary(host: &Host) -> u16 {
    let digest = Sha256::digest(host.system.host_name.as_str());
    let [high, low] = [digest[0], digest[1]];
    20000 + u16::from_be_bytes([high, low]) % 10000
}

fn answers(host: &Host, source: &Source, (transport, port): (Transport, u16), list: &mut List) {
    let protocol = match transport {
        Transport::Tcp => Protocol::Tcp,
        Transport::Udp => Protocol::Udp,
    };
    let verdict = host
        .firewall
        .verdict(&Packet::new(source.address, protocol, port));
    let answer = answer(verdict.outcome);
    let key = decided_by(verdict, "firewall.default_incoming");
    let name = format!("{protocol}/{port}");
    let who = described(source);
    let stages: &'static [Stage] = match source.name.as_str() {
        "outside" | "operator" => Stage::ALL,
        // Nobody sends from there on a live host.
        _ => &[Stage::Container, Stage::Vm, Stage::Image],
    };
    let check = Check::Port {
        transport,
        port,
        source: source.clone(),
        answer,
    };
    list.add(
        [key.clone()],
        stages,
        check,
        format!("{name} {} {who}", verb(answer)),
    );
    if verdict.outcome == Outcome::Limit && transport == Transport::Tcp {
        let (connections, seconds) = LIMIT;
        let what = format!(
            "{name} refuses {who} after {connections} connections within {seconds} seconds"
        );
        let source = source.clone();
        let check = Check::Limit {
            transport,
            port,
            source,
            connections,
            seconds,
        };
        list.add([key.clone()], Stage::NETWORK, check, what);
    }
    // A container does not publish the port of sshd.
    if transport == Transport::Udp || !host.ssh.ports.contains(&port) {
        let what = format!("{name}, published by a container, {} {who}", verb(answer));
        let check = Check::PublishedPort {
            transport,
            port,
            source: source.clone(),
            answer,
        };
        list.add([key], Stage::NETWORK, check, what);
    }
}

fn logged(host: &Host, source: &Source, list: &mut List) {
    let port = arbitrary(host);
    let packet = Packet::new(source.address, Protocol::Tcp, port);
    if host.firewall.verdict(&packet).outcome.admits() {
        return;
    }
    let logged = host.firewall.policy().logging != Logging::Off;
    let what = if logged {
        format!("what {} is refused is in the log", described(source))
    } else {
        format!("what {} is refused is not in the log", described(source))
    };
    let check = Check::BlockLogged {
        source: source.clone(),
        port,
        logged,
    };
    // The kernel writes nothing for a container's network.
    list.add(["firewall.logging"], &[Stage::Vm], check, what);
}

/// Connections of the host itself: to ports that `out` rules name, and to two
/// that most need or most abuse (HTTPS, SMTP).
fn outgoing(host: &Host, to: &Source, list: &mut List) {
    let rules = host.firewall.rules().iter();
    let named = rules
        .filter(|rule| rule.direction() == Direction::Out)
        .flat_map(port_spans);
    let mut ports: BTreeSet<(Transport, u16)> =
        named.map(|span| (span.transport, span.first)).collect();
    ports.extend([443, 25].map(|port| (Transport::Tcp, port)));
    for (transport, port) in ports {
        let protocol = match transport {
            Transport::Tcp => Protocol::Tcp,
            Transport::Udp => Protocol::Udp,
        };
        let packet = Packet {
            destination: Some(to.address),
            ..Packet::new(unspecified(to), protocol, port)
        };
        let verdict = host.firewall.outgoing_verdict(&packet);
        let answer = answer(verdict.outcome);
        let what = match answer {
            Answer::Open => format!("the host reaches {protocol}/{port} of {}", to.address),
            _ => format!(
                "the host does not reach {protocol}/{port} of {}",
                to.address
            ),
        };
        let check = Check::Outgoing {
            transport,
            port,
            destination: to.address,
            answer,
        };
        let key = decided_by(verdict, "firewall.default_outgoing");
        list.add([key], Stage::NETWORK, check, what);
    }
}

/// The host's own address, which no rule names.
fn unspecified(to: &Source) -> std::net::IpAddr {
    match to.address {
        std::net::IpAddr::V4(_) => std::net::Ipv4Addr::UNSPECIFIED.into(),
        std::net::IpAddr::V6(_) => std::net::Ipv6Addr::UNSPECIFIED.into(),
    }
}

fn decided_by(verdict: Verdict, default: &str) -> String {
    match verdict.rule {
        Some(index) => format!("firewall.rules[{index}]"),
        None => default.to_owned(),
    }
}

fn answer(outcome: Outcome) -> Answer {
    match outcome {
        Outcome::Allow | Outcome::Limit => Answer::Open,
        Outcome::Deny => Answer::Dropped,
        Outcome::Reject => Answer::Refused,
    }
}

fn verb(answer: Answer) -> &'static str {
    match answer {
        Answer::Open => "answers",
        Answer::Dropped => "does not answer",
        Answer::Refused => "refuses",
    }
}

pub(super) fn described(source: &Source) -> String {
    let address = source.address.to_string();
    if source.name == address {
        address
    } else {
        format!("{} ({address})", source.name)
    }
}

/// Ports that a source reaches, sshd's first: what a ban must take away.
pub(super) fn reached(host: &Host, source: &Source) -> Vec<u16> {
    let open = |port: &u16| {
        let packet = Packet::new(source.address, Protocol::Tcp, *port);
        host.firewall.verdict(&packet).outcome.admits()
    };
    let rules = host.firewall.rules().iter();
    let named =
        rules.filter(|rule| rule.direction() == Direction::In && rule.action() != Action::Deny);
    let spans = named
        .flat_map(port_spans)
        .filter(|span| span.transport == Transport::Tcp);
    let ports = host
        .ssh
        .ports
        .iter()
        .copied()
        .chain(spans.map(|span| span.first));
    let mut seen = BTreeSet::new();
    ports
        .filter(open)
        .filter(|port| seen.insert(*port))
        .collect()
}
