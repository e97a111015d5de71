//! A rule of the list.

use std::fmt;

use ipnet::IpNet;

use super::{Interface, Ports, ProfilePorts, Protocol};

/// What happens to a packet that a rule matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Let through.
    Allow,
    /// Dropped without an answer.
    Deny,
    /// Refused with an answer (TCP reset, ICMP otherwise).
    Reject,
    /// Let through; refused from the sixth new connection of a source within
    /// 30 seconds.
    Limit,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 4] = [Self::Allow, Self::Deny, Self::Reject, Self::Limit];

    /// The word of UFW's grammar.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Reject => "reject",
            Self::Limit => "limit",
        }
    }
}

/// Which packets a rule sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Packets to this host, and to ports that its containers publish.
    In,
    /// Packets that this host sends.
    Out,
}

impl Direction {
    /// The word of UFW's grammar.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }
}

/// Which matched packets a rule logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuleLog {
    /// None.
    None,
    /// New connections, at most 3 a minute after the first 10.
    New,
    /// All packets that reach the rule, with the same limit.
    All,
}

/// IP version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// The version of a network.
    #[must_use]
    pub fn of(network: IpNet) -> Self {
        match network {
            IpNet::V4(_) => Self::V4,
            IpNet::V6(_) => Self::V6,
        }
    }
}

/// The ports of one end of a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PortMatch {
    /// Every port, and protocols without ports.
    Any,
    /// The listed ports.
    Ports(Ports),
    /// The ports of an application profile, as it was when the rule was read.
    Application {
        /// Name of the profile.
        name: String,
        /// Its ports; never empty.
        entries: Vec<ProfilePorts>,
    },
}

/// One end of a rule: source or destination.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint {
    pub(super) network: Option<IpNet>,
    pub(super) ports: PortMatch,
}

impl Endpoint {
    pub(super) const ANY: Self = Self {
        network: None,
        ports: PortMatch::Any,
    };

    /// The network, without host bits; `None` is every address of both
    /// families.
    #[must_use]
    pub fn network(&self) -> Option<IpNet> {
        self.network
    }

    /// The ports.
    #[must_use]
    pub fn ports(&self) -> &PortMatch {
        &self.ports
    }

    fn is_any(&self) -> bool {
        *self == Self::ANY
    }
}

/// A rule in UFW's grammar: which packets, and what happens to them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    pub(super) action: Action,
    pub(super) direction: Direction,
    pub(super) interface: Option<Interface>,
    pub(super) log: RuleLog,
    pub(super) protocol: Option<Protocol>,
    pub(super) source: Endpoint,
    pub(super) destination: Endpoint,
    pub(super) comment: Option<String>,
}

impl Rule {
    /// What happens to matched packets.
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
    }

    /// Incoming or outgoing.
    #[must_use]
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// The interface that packets come in on (or go out on); `None` is every one.
    #[must_use]
    pub fn interface(&self) -> Option<&Interface> {
        self.interface.as_ref()
    }

    /// What the rule logs.
    #[must_use]
    pub fn log(&self) -> RuleLog {
        self.log
    }

    /// The protocol that the rule names. `None` with ports is TCP and UDP,
    /// without ports every protocol; profiles carry their own.
    #[must_use]
    pub fn protocol(&self) -> Option<Protocol> {
        self.protocol
    }

    /// Where packets come from.
    #[must_use]
    pub fn source(&self) -> &Endpoint {
        &self.source
    }

    /// Where packets go to.
    #[must_use]
    pub fn destination(&self) -> &Endpoint {
        &self.destination
    }

    /// The comment, never empty.
    #[must_use]
    pub fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }

    /// The one IP version of the rule's addresses or protocol; `None` is both.
    #[must_use]
    pub fn family(&self) -> Option<Family> {
        let network = self.source.network.or(self.destination.network);
        let v4_only = self.protocol.is_some_and(Protocol::is_ipv4_only);
        network.map(Family::of).or(v4_only.then_some(Family::V4))
    }

    /// Whether the form `allow 22/tcp` says everything.
    fn is_simple(&self) -> bool {
        self.interface.is_none()
            && self.source.is_any()
            && self.destination.network.is_none()
            && self.destination.ports != PortMatch::Any
    }

    fn fmt_simple(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.destination.ports {
            PortMatch::Any => Ok(()),
            PortMatch::Ports(ports) => match self.protocol {
                Some(protocol) => write!(f, " {ports}/{protocol}"),
                None => write!(f, " {ports}"),
            },
            PortMatch::Application { name, .. } => write!(f, " {}", quoted(name)),
        }
    }

    fn fmt_full(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.source.is_any() {
            fmt_endpoint("from", &self.source, f)?;
        }
        // Without a clause the text would not be a rule.
        let bare = self.source.is_any() && self.interface.is_none();
        if !self.destination.is_any() || bare {
            fmt_endpoint("to", &self.destination, f)?;
        }
        match self.protocol {
            Some(protocol) => write!(f, " proto {protocol}"),
            None => Ok(()),
        }
    }
}

fn fmt_endpoint(word: &str, endpoint: &Endpoint, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match endpoint.network {
        None => write!(f, " {word} any")?,
        Some(net) if net.prefix_len() == net.max_prefix_len() => {
            write!(f, " {word} {}", net.addr())?;
        }
        Some(net) => write!(f, " {word} {net}")?,
    }
    match &endpoint.ports {
        PortMatch::Any => Ok(()),
        PortMatch::Ports(ports) => write!(f, " port {ports}"),
        PortMatch::Application { name, .. } => write!(f, " app {}", quoted(name)),
    }
}

fn quoted(name: &str) -> String {
    if name.contains(' ') {
        format!("'{name}'")
    } else {
        name.to_owned()
    }
}

impl fmt::Display for Rule {
    /// UFW's own form of the rule, as `ufw show added` prints it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.action.name())?;
        match (self.direction, &self.interface) {
            (Direction::In, None) => {}
            (Direction::Out, None) => f.write_str(" out")?,
            (direction, Some(interface)) => write!(f, " {} on {interface}", direction.name())?,
        }
        match self.log {
            RuleLog::None => {}
            RuleLog::New => f.write_str(" log")?,
            RuleLog::All => f.write_str(" log-all")?,
        }
        if self.is_simple() {
            self.fmt_simple(f)?;
        } else {
            self.fmt_full(f)?;
        }
        match &self.comment {
            Some(comment) => write!(f, " comment '{comment}'"),
            None => Ok(()),
        }
    }
}
