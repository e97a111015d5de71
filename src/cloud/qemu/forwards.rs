//! QEMU's user network: who the machine believes its visitors are, and by
//! which ports of this computer they come. Pure.

use std::net::{IpAddr, Ipv4Addr};

use crate::facts::{Answer, Check, Fact, Source, Transport};

/// A port of the machine that a port of this computer leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Forward {
    /// TCP port of the machine.
    pub guest: u16,
    /// TCP port of loopback.
    pub local: u16,
}

/// The network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserNetwork {
    /// Where connections from this computer seem to come from; QEMU's own
    /// (10.0.2.2) if nothing else is named.
    pub visitor: Option<Ipv4Addr>,
    /// The forwarded ports.
    pub forwards: Vec<Forward>,
}

/// Who visits a machine that is tried out: the operator if the description
/// names one by IPv4, since its rules may let nobody else in.
#[must_use]
pub fn visitor(facts: &[Fact]) -> Option<Source> {
    let sources = || {
        facts.iter().filter_map(|fact| match &fact.check {
            Check::Port { source, .. } if source.address.is_ipv4() => Some(source),
            _ => None,
        })
    };
    let usable = |source: &&Source| match source.address {
        IpAddr::V4(address) => surroundings(address).is_some(),
        IpAddr::V6(_) => false,
    };
    sources()
        .find(|source| source.name == "operator" && usable(source))
        .or_else(|| sources().find(usable))
        .cloned()
}

/// The TCP ports that answer the visitor.
#[must_use]
pub fn open_ports(facts: &[Fact], visitor: &Source) -> Vec<u16> {
    let open = facts.iter().filter_map(|fact| match &fact.check {
        Check::Port {
            transport: Transport::Tcp,
            port,
            source,
            answer: Answer::Open,
        } if source == visitor => Some(*port),
        _ => None,
    });
    open.collect()
}

/// The port of this computer that is asked for first: 40022 for 22.
#[must_use]
pub fn wanted(guest: u16) -> Option<u16> {
    guest.checked_add(40_000)
}

/// The network of 256 addresses around a visitor, in which QEMU has room for
/// its name server and the machine.
fn surroundings(visitor: Ipv4Addr) -> Option<(Ipv4Addr, Ipv4Addr, Ipv4Addr)> {
    let [a, b, c, last] = visitor.octets();
    if last == 0 || last == 255 {
        return None;
    }
    let at = |preferred: u8, other: u8| {
        Ipv4Addr::new(a, b, c, if last == preferred { other } else { preferred })
    };
    Some((Ipv4Addr::new(a, b, c, 0), at(3, 4), at(15, 16)))
}

impl UserNetwork {
    /// QEMU's arguments.
    #[must_use]
    pub fn arguments(&self) -> Vec<String> {
        let place = self
            .visitor
            .and_then(|visitor| Some((visitor, surroundings(visitor)?)));
        let place = place.map(|(visitor, (network, names, machine))| {
            format!("net={network}/24,host={visitor},dns={names},dhcpstart={machine}")
        });
        let forwards = self.forwards.iter();
        let forwards = forwards
            .map(|Forward { guest, local }| format!("hostfwd=tcp:127.0.0.1:{local}-:{guest}"));
        let words = ["user".to_owned(), "id=network".to_owned()];
        let words = words.into_iter().chain(place).chain(forwards);
        let netdev = words.collect::<Vec<_>>().join(",");
        [
            "-netdev",
            &netdev,
            "-device",
            "virtio-net-pci,netdev=network",
        ]
        .map(ToOwned::to_owned)
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_visitor_is_the_gateway_of_its_own_network() {
        let network = UserNetwork {
            visitor: Some(Ipv4Addr::new(203, 0, 113, 15)),
            forwards: vec![Forward {
                guest: 22,
                local: 40022,
            }],
        };
        let expected = "user,id=network,net=203.0.113.0/24,host=203.0.113.15,dns=203.0.113.3,\
                        dhcpstart=203.0.113.16,hostfwd=tcp:127.0.0.1:40022-:22";
        assert_eq!(network.arguments()[1], expected);
        let network = UserNetwork {
            visitor: None,
            forwards: Vec::new(),
        };
        assert_eq!(network.arguments()[1], "user,id=network");
    }

    #[test]
    fn an_address_at_the_end_of_its_network_is_no_gateway() {
        assert_eq!(surroundings(Ipv4Addr::new(203, 0, 113, 255)), None);
    }
}
