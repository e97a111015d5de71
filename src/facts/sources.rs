//! Who knocks: addresses that the rules and the operator name, and one per
//! family that nobody names.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use serde::Serialize;

use crate::host::Host;

use super::IpFamily;

/// A sender of packets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Source {
    /// `outside`, `operator`, or the network of a rule that it stands for.
    pub name: String,
    /// The address that sends.
    pub address: IpAddr,
}

impl Source {
    /// Its IP version.
    #[must_use]
    pub fn family(&self) -> IpFamily {
        match self.address {
            IpAddr::V4(_) => IpFamily::Ipv4,
            IpAddr::V6(_) => IpFamily::Ipv6,
        }
    }
}

/// The outside of each family, then every address of the operator, then one
/// address of every network that a rule names; each address once.
pub(super) fn sources(host: &Host) -> Vec<Source> {
    let mut found: BTreeMap<IpAddr, String> = BTreeMap::new();
    let mut order = Vec::new();
    let mut add = |name: String, address: IpAddr| {
        found.entry(address).or_insert_with(|| {
            order.push(address);
            name
        });
    };
    for address in outside(host) {
        add("outside".into(), address);
    }
    for network in &host.operator {
        add("operator".into(), member(*network));
    }
    for network in named_by_rules(host) {
        add(short(network), member(network));
    }
    let named = order.into_iter().filter_map(|address| {
        let name = found.get(&address)?.clone();
        Some(Source { name, address })
    });
    named
        .filter(|source| host.network.ipv6 || source.family() == IpFamily::Ipv4)
        .collect()
}

/// The operator's addresses.
pub(super) fn operators(host: &Host) -> Vec<Source> {
    let all = sources(host).into_iter();
    all.filter(|source| source.name == "operator").collect()
}

/// The addresses that nobody names.
pub(super) fn outsiders(host: &Host) -> Vec<Source> {
    let all = sources(host).into_iter();
    all.filter(|source| source.name == "outside").collect()
}

fn named_by_rules(host: &Host) -> impl Iterator<Item = IpNet> + '_ {
    let rules = host.firewall.rules().iter();
    let networks = rules.filter_map(|rule| rule.source().network());
    networks.filter(|network| network.prefix_len() > 0)
}

/// An address that stands for a network: the tenth, the first, or itself.
fn member(network: IpNet) -> IpAddr {
    let at = |offset: u8| match network.network() {
        IpAddr::V4(first) => IpAddr::V4(Ipv4Addr::from(
            u32::from(first).saturating_add(u32::from(offset)),
        )),
        IpAddr::V6(first) => IpAddr::V6(Ipv6Addr::from(
            u128::from(first).saturating_add(u128::from(offset)),
        )),
    };
    let broadcast = network.broadcast();
    let inside = |address: &IpAddr| network.contains(address) && *address != broadcast;
    [at(10), at(1)]
        .into_iter()
        .find(inside)
        .unwrap_or(network.addr())
}

fn short(network: IpNet) -> String {
    if network.prefix_len() == network.max_prefix_len() {
        network.addr().to_string()
    } else {
        network.to_string()
    }
}

/// One address of each family that no rule, operator or exemption contains:
/// from the ranges for documentation (RFC 5737, RFC 3849) and benchmarks
/// (RFC 2544), then any; none where the description names them all.
fn outside(host: &Host) -> Vec<IpAddr> {
    let named: Vec<IpNet> = named_by_rules(host)
        .chain(host.operator.iter().copied())
        .chain(host.fail2ban.ignore.iter().copied())
        .chain(host.network.private.values().copied())
        .collect();
    let free = |address: &IpAddr| !named.iter().any(|network| network.contains(address));
    let v4 = [
        [198, 51, 100, 10],
        [192, 0, 2, 10],
        [203, 0, 113, 10],
        [198, 18, 0, 10],
    ]
    .into_iter()
    .chain(
        (1..=223)
            .filter(|n| ![10, 127, 169, 172, 192].contains(n))
            .map(|n| [n, 9, 9, 10]),
    )
    .map(IpAddr::from);
    let v6 = [0xffff_u16, 0xfffe, 0xfffd]
        .into_iter()
        .map(|n| [0x2001, 0xdb8, n, 0, 0, 0, 0, 10])
        .chain(
            (0x2000..=0x3fff)
                .step_by(97)
                .map(|n| [n, 9, 9, 0, 0, 0, 0, 10]),
        )
        .map(IpAddr::from);
    let (mut v4, mut v6) = (v4, v6);
    [v4.find(free), v6.find(free)]
        .into_iter()
        .flatten()
        .collect()
}
