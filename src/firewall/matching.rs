//! What a rule matches, as conditions that each stand for one packet filter
//! line. Verdicts, analysis and nftables text are all made from these.

use std::collections::BTreeSet;

use ipnet::IpNet;

use super::rule::{Endpoint, Family, PortMatch, Rule};
use super::{Ports, Protocol};

/// Source and destination ports that go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PortPair<'a> {
    /// `None` with a port is TCP and UDP, without one every protocol.
    pub(super) protocol: Option<Protocol>,
    pub(super) source: Option<&'a Ports>,
    pub(super) destination: Option<&'a Ports>,
}

/// The protocols of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Protocols {
    Every,
    TcpAndUdp,
    One(Protocol),
}

impl Protocols {
    pub(super) fn contains(self, protocol: Protocol) -> bool {
        match self {
            Self::Every => true,
            Self::TcpAndUdp => protocol.has_ports(),
            Self::One(one) => one == protocol,
        }
    }
}

/// One condition of a rule; all parts must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Condition<'a> {
    pub(super) family: Option<Family>,
    pub(super) protocols: Protocols,
    pub(super) source: Option<IpNet>,
    pub(super) destination: Option<IpNet>,
    pub(super) source_ports: Option<&'a Ports>,
    pub(super) destination_ports: Option<&'a Ports>,
}

/// The conditions of a rule; a packet matches if one of them holds (and the
/// interface is right).
pub(super) fn conditions(rule: &Rule) -> Vec<Condition<'_>> {
    let Endpoint {
        network: source, ..
    } = rule.source;
    let Endpoint {
        network: destination,
        ..
    } = rule.destination;
    port_pairs(&rule.source.ports, &rule.destination.ports, rule.protocol)
        .into_iter()
        .map(|pair| Condition {
            family: rule.family(),
            protocols: match pair.protocol {
                Some(protocol) => Protocols::One(protocol),
                None if pair.source.is_some() || pair.destination.is_some() => Protocols::TcpAndUdp,
                None => Protocols::Every,
            },
            source,
            destination,
            source_ports: pair.source,
            destination_ports: pair.destination,
        })
        .collect()
}

/// Every pair of source and destination ports whose protocols agree. The same
/// application on both ends pairs each of its entries with itself, as in UFW.
pub(super) fn port_pairs<'a>(
    source: &'a PortMatch,
    destination: &'a PortMatch,
    protocol: Option<Protocol>,
) -> BTreeSet<PortPair<'a>> {
    let same = source == destination && matches!(source, PortMatch::Application { .. });
    let mut pairs = BTreeSet::new();
    for (from_index, from) in entries(source).into_iter().enumerate() {
        for (to_index, to) in entries(destination).into_iter().enumerate() {
            if same && from_index != to_index {
                continue;
            }
            let named = [protocol, from.1, to.1];
            let mut named = named.into_iter().flatten();
            let first = named.next();
            if named.all(|other| Some(other) == first) {
                pairs.insert(PortPair {
                    protocol: first,
                    source: from.0,
                    destination: to.0,
                });
            }
        }
    }
    pairs
}

fn entries(ports: &PortMatch) -> Vec<(Option<&Ports>, Option<Protocol>)> {
    match ports {
        PortMatch::Any => vec![(None, None)],
        PortMatch::Ports(ports) => vec![(Some(ports), None)],
        PortMatch::Application { entries, .. } => entries
            .iter()
            .map(|entry| (Some(entry.ports()), entry.protocol()))
            .collect(),
    }
}
