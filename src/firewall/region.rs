//! Sets of packets as boxes of number ranges, so that "covered by" can be
//! computed exactly.

use std::collections::BTreeSet;

use ipnet::IpNet;

use super::matching::{Condition, Protocols, conditions};
use super::{Family, Ports, Protocol, Rule};

/// First and last number.
pub(super) type Range = (u128, u128);

/// A box of packets: family, protocol number, source, destination, source
/// port, destination port.
pub(super) type Region = [Range; 6];

const EVERY_PORT: Range = (0, 65535);

/// Most steps of one search; lists of more are taken for not covered.
const MOST_STEPS: usize = 20_000;

/// The addresses of a family, or of a network, as numbers.
pub(super) fn addresses(family: Family, network: Option<IpNet>) -> Range {
    match (family, network) {
        (_, Some(IpNet::V4(net))) => (
            u32::from(net.network()).into(),
            u32::from(net.broadcast()).into(),
        ),
        (_, Some(IpNet::V6(net))) => (net.network().into(), net.broadcast().into()),
        (Family::V4, None) => (0, u32::MAX.into()),
        (Family::V6, None) => (0, u128::MAX),
    }
}

/// The boxes of a rule, its interface aside.
pub(super) fn regions(rule: &Rule) -> Vec<Region> {
    conditions(rule).iter().flat_map(of_condition).collect()
}

fn of_condition(condition: &Condition<'_>) -> Vec<Region> {
    let families = match condition.family {
        Some(family) => vec![family],
        None => vec![Family::V4, Family::V6],
    };
    let protocols = match condition.protocols {
        Protocols::Every => vec![(0, 255)],
        Protocols::TcpAndUdp => vec![number(Protocol::Tcp), number(Protocol::Udp)],
        Protocols::One(protocol) => vec![number(protocol)],
    };
    let mut boxes = Vec::new();
    for family in families {
        let source = addresses(family, condition.source);
        let destination = addresses(family, condition.destination);
        let family = u128::from(family == Family::V6);
        for &protocol in &protocols {
            for from in port_ranges(condition.source_ports) {
                for to in port_ranges(condition.destination_ports) {
                    boxes.push([(family, family), protocol, source, destination, from, to]);
                }
            }
        }
    }
    boxes
}

fn number(protocol: Protocol) -> Range {
    let number = u128::from(protocol.number());
    (number, number)
}

fn port_ranges(ports: Option<&Ports>) -> Vec<Range> {
    match ports {
        None => vec![EVERY_PORT],
        Some(ports) => ports
            .ranges()
            .iter()
            .map(|range| (range.first().into(), range.last().into()))
            .collect(),
    }
}

/// The part that two ranges share.
pub(super) fn intersection(a: Range, b: Range) -> Option<Range> {
    let (first, last) = (a.0.max(b.0), a.1.min(b.1));
    (first <= last).then_some((first, last))
}

/// What is left of `range` without `hole`: at most two ranges.
pub(super) fn difference(range: Range, hole: Range) -> impl Iterator<Item = Range> {
    let Some((first, last)) = intersection(range, hole) else {
        return [Some(range), None].into_iter().flatten();
    };
    let below = (range.0 < first).then(|| (range.0, first - 1));
    let above = (last < range.1).then(|| (last + 1, range.1));
    [below, above].into_iter().flatten()
}

/// Whether boxes cover a box, and which of them it takes.
pub(super) struct Cover<'a> {
    /// Boxes with the index of their rule, in order.
    pub(super) boxes: &'a [(usize, Region)],
    /// The rules whose boxes were needed.
    pub(super) used: BTreeSet<usize>,
    steps: usize,
}

impl<'a> Cover<'a> {
    pub(super) fn new(boxes: &'a [(usize, Region)]) -> Self {
        Self {
            boxes,
            used: BTreeSet::new(),
            steps: 0,
        }
    }

    /// Whether every packet of `region` is in one of the boxes from `start` on.
    pub(super) fn covers(&mut self, region: Region, start: usize) -> bool {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return false;
        }
        let rest = self.boxes.iter().enumerate().skip(start);
        let mut meeting = rest.filter(|(_, (_, other))| meet(&region, other));
        let Some((at, &(rule, hole))) = meeting.next() else {
            return false;
        };
        self.used.insert(rule);
        outside(region, hole)
            .into_iter()
            .all(|piece| self.covers(piece, at + 1))
    }
}

fn meet(a: &Region, b: &Region) -> bool {
    a.iter().zip(b).all(|(a, b)| intersection(*a, *b).is_some())
}

/// `region` without `hole`, as boxes that do not overlap.
fn outside(mut region: Region, hole: Region) -> Vec<Region> {
    let mut pieces = Vec::new();
    for axis in 0..region.len() {
        let (Some(range), Some(cut)) = (region.get(axis).copied(), hole.get(axis).copied()) else {
            continue;
        };
        for left in difference(range, cut) {
            let mut piece = region;
            if let Some(slot) = piece.get_mut(axis) {
                *slot = left;
            }
            pieces.push(piece);
        }
        if let (Some(slot), Some(common)) = (region.get_mut(axis), intersection(range, cut)) {
            *slot = common;
        }
    }
    pieces
}
