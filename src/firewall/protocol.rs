//! The protocols that a rule can name.

use std::fmt;

/// A protocol that a rule can name; the list is that of ufw 0.36.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// `IPsec` authentication header.
    Ah,
    /// `IPsec` encapsulation.
    Esp,
    /// Generic routing encapsulation.
    Gre,
    /// IPv4 multicast membership; IPv4 only.
    Igmp,
    /// IPv6 in IPv4; IPv4 only.
    Ipv6,
    /// Virtual router redundancy.
    Vrrp,
}

impl Protocol {
    /// Every protocol, in the order of [`Protocol`].
    pub const ALL: [Self; 8] = [
        Self::Tcp,
        Self::Udp,
        Self::Ah,
        Self::Esp,
        Self::Gre,
        Self::Igmp,
        Self::Ipv6,
        Self::Vrrp,
    ];

    /// The word of UFW's grammar.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Ah => "ah",
            Self::Esp => "esp",
            Self::Gre => "gre",
            Self::Igmp => "igmp",
            Self::Ipv6 => "ipv6",
            Self::Vrrp => "vrrp",
        }
    }

    /// The protocol number that IANA assigned.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Tcp => 6,
            Self::Udp => 17,
            Self::Ah => 51,
            Self::Esp => 50,
            Self::Gre => 47,
            Self::Igmp => 2,
            Self::Ipv6 => 41,
            Self::Vrrp => 112,
        }
    }

    /// Whether its packets carry ports.
    #[must_use]
    pub fn has_ports(self) -> bool {
        matches!(self, Self::Tcp | Self::Udp)
    }

    /// Whether UFW writes its rules for IPv4 only.
    #[must_use]
    pub fn is_ipv4_only(self) -> bool {
        matches!(self, Self::Igmp | Self::Ipv6)
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.name() == name)
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
