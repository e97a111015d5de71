//! Who can reach a port.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Subnets, Ipv6Subnets};

use super::matching::conditions;
use super::region::{Range, addresses, difference, intersection};
use super::{Action, DefaultPolicy, Direction, Family, Protocol, Rule, RuleSet};

/// The sources that can reach a port, as the fewest networks: IPv4 first,
/// ascending, none within another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach(Vec<IpNet>);

impl Reach {
    /// The networks.
    #[must_use]
    pub fn networks(&self) -> &[IpNet] {
        &self.0
    }

    /// Whether nobody can.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every address of the family can.
    #[must_use]
    pub fn is_any(&self, family: Family) -> bool {
        self.0
            .iter()
            .any(|net| net.prefix_len() == 0 && Family::of(*net) == family)
    }

    /// Whether this address can.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|net| net.contains(&address))
    }
}

impl RuleSet {
    /// The sources from which `port` can be reached in some way: over some
    /// interface, at some address of the host, from some source port. `limit`
    /// counts as reachable.
    #[must_use]
    pub fn opens(&self, port: u16, protocol: Protocol) -> Reach {
        let mut networks = Vec::new();
        for family in [Family::V4, Family::V6] {
            let sources = self.sources(port, protocol, family);
            networks.extend(joined(sources).into_iter().flat_map(|r| subnets(family, r)));
        }
        Reach(networks)
    }

    fn sources(&self, port: u16, protocol: Protocol, family: Family) -> Vec<Range> {
        let mut undecided = vec![addresses(family, None)];
        let mut open = Vec::new();
        let incoming = self.rules.iter().filter(|r| r.direction == Direction::In);
        for rule in incoming {
            let admits = matches!(rule.action, Action::Allow | Action::Limit);
            for (source, whole) in sources_of(rule, port, protocol, family) {
                if admits {
                    open.extend(undecided.iter().filter_map(|r| intersection(*r, source)));
                }
                if whole {
                    undecided = undecided
                        .into_iter()
                        .flat_map(|range| difference(range, source))
                        .collect();
                }
            }
        }
        if self.policy.default_incoming == DefaultPolicy::Allow {
            open.extend(undecided);
        }
        open
    }
}

/// The sources that a rule names for a port; with each, whether the rule
/// decides all their packets to it.
fn sources_of(rule: &Rule, port: u16, protocol: Protocol, family: Family) -> Vec<(Range, bool)> {
    conditions(rule)
        .into_iter()
        .filter(|c| c.family.is_none_or(|wanted| wanted == family))
        .filter(|c| c.protocols.contains(protocol))
        .filter(|c| c.destination_ports.is_none_or(|ports| ports.contains(port)))
        .map(|c| {
            let every_destination = c.destination.is_none_or(|net| net.prefix_len() == 0);
            let whole = rule.interface.is_none() && every_destination && c.source_ports.is_none();
            (addresses(family, c.source), whole)
        })
        .collect()
}

/// The ranges in order, those that touch joined.
fn joined(mut ranges: Vec<Range>) -> Vec<Range> {
    ranges.sort_unstable();
    let mut result: Vec<Range> = Vec::new();
    for range in ranges {
        match result.last_mut() {
            Some(last) if range.0 <= last.1.saturating_add(1) => last.1 = last.1.max(range.1),
            _ => result.push(range),
        }
    }
    result
}

fn subnets(family: Family, range: Range) -> Vec<IpNet> {
    match family {
        Family::V4 => {
            let address = |n: u128| Ipv4Addr::from(u32::try_from(n).unwrap_or(u32::MAX));
            Ipv4Subnets::new(address(range.0), address(range.1), 0)
                .map(IpNet::V4)
                .collect()
        }
        Family::V6 => Ipv6Subnets::new(Ipv6Addr::from(range.0), Ipv6Addr::from(range.1), 0)
            .map(IpNet::V6)
            .collect(),
    }
}
