//! What the list does with a packet.

use std::net::IpAddr;

use ipnet::IpNet;

use super::matching::{Condition, conditions};
use super::{Action, DefaultPolicy, Direction, Family, Interface, Ports, Protocol, Rule, RuleSet};

/// The first packet of a new connection.
///
/// What is `None` is something that no rule names: a destination among the
/// other addresses of the host, an interface or source port without a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Address of the sender.
    pub source: IpAddr,
    /// Port of the sender.
    pub source_port: Option<u16>,
    /// Address that the packet was sent to, before any translation.
    pub destination: Option<IpAddr>,
    /// Port that the packet was sent to, before any translation.
    pub port: Option<u16>,
    /// Protocol.
    pub protocol: Protocol,
    /// Name of the interface it comes in on, or goes out on.
    pub interface: Option<&'a str>,
}

impl Packet<'_> {
    /// A packet from `source` to `port`, all else being what no rule names.
    #[must_use]
    pub fn new(source: IpAddr, protocol: Protocol, port: u16) -> Self {
        Self {
            source,
            source_port: None,
            destination: None,
            port: Some(port),
            protocol,
            interface: None,
        }
    }
}

/// What happens to a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Let through.
    Allow,
    /// Dropped.
    Deny,
    /// Refused with an answer.
    Reject,
    /// Let through unless the source made five connections within 30 seconds.
    Limit,
}

impl Outcome {
    /// Whether a first connection gets through.
    #[must_use]
    pub fn admits(self) -> bool {
        matches!(self, Self::Allow | Self::Limit)
    }
}

/// What happens to a packet, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What happens.
    pub outcome: Outcome,
    /// Index of the rule that decides; `None` if it is the default policy.
    pub rule: Option<usize>,
}

impl RuleSet {
    /// What happens to an incoming packet.
    #[must_use]
    pub fn verdict(&self, packet: &Packet<'_>) -> Verdict {
        self.decide(Direction::In, packet)
    }

    /// What happens to a packet that the host itself sends.
    #[must_use]
    pub fn outgoing_verdict(&self, packet: &Packet<'_>) -> Verdict {
        self.decide(Direction::Out, packet)
    }

    fn decide(&self, direction: Direction, packet: &Packet<'_>) -> Verdict {
        let decided = self
            .rules
            .iter()
            .position(|rule| rule.direction == direction && matches(rule, packet));
        let by_rule = decided.and_then(|index| Some((index, self.rules.get(index)?)));
        match by_rule {
            Some((index, rule)) => Verdict {
                outcome: match rule.action {
                    Action::Allow => Outcome::Allow,
                    Action::Deny => Outcome::Deny,
                    Action::Reject => Outcome::Reject,
                    Action::Limit => Outcome::Limit,
                },
                rule: Some(index),
            },
            None => Verdict {
                outcome: self.default_outcome(direction),
                rule: None,
            },
        }
    }

    fn default_outcome(&self, direction: Direction) -> Outcome {
        let default = match direction {
            Direction::In => self.policy.default_incoming,
            Direction::Out => self.policy.default_outgoing,
        };
        match default {
            DefaultPolicy::Deny => Outcome::Deny,
            DefaultPolicy::Reject => Outcome::Reject,
            DefaultPolicy::Allow => Outcome::Allow,
        }
    }
}

fn matches(rule: &Rule, packet: &Packet<'_>) -> bool {
    let interface = rule.interface.as_ref();
    on_interface(interface, packet.interface)
        && conditions(rule)
            .iter()
            .any(|condition| holds(condition, packet))
}

fn on_interface(wanted: Option<&Interface>, actual: Option<&str>) -> bool {
    match (wanted, actual) {
        (None, _) => true,
        (Some(wanted), Some(actual)) => wanted.matches(actual),
        (Some(_), None) => false,
    }
}

fn holds(condition: &Condition<'_>, packet: &Packet<'_>) -> bool {
    let family = if packet.source.is_ipv4() {
        Family::V4
    } else {
        Family::V6
    };
    condition.family.is_none_or(|wanted| wanted == family)
        && condition.protocols.contains(packet.protocol)
        && within(condition.source, Some(packet.source))
        && within(condition.destination, packet.destination)
        && listed(condition.source_ports, packet.source_port)
        && listed(condition.destination_ports, packet.port)
}

fn within(network: Option<IpNet>, address: Option<IpAddr>) -> bool {
    match (network, address) {
        (None, _) => true,
        (Some(network), Some(address)) => network.contains(&address),
        // Every address of a family is also the one that no rule names.
        (Some(network), None) => network.prefix_len() == 0,
    }
}

fn listed(ports: Option<&Ports>, port: Option<u16>) -> bool {
    match (ports, port) {
        (None, _) => true,
        (Some(ports), Some(port)) => ports.contains(port),
        (Some(_), None) => false,
    }
}
