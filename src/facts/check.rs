//! How a fact is proven: data for a prover, one kind per way of looking.

#![warn(
    clippy::wildcard_enum_match_arm,
    reason = "a new kind gets an id of its own"
)]

use std::net::IpAddr;

use serde::Serialize;

use super::Source;

/// Protocol of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

/// IP version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum IpFamily {
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
}

/// What a sender sees of a port behind which something listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// The listener answers.
    Open,
    /// Nothing answers.
    Dropped,
    /// The host refuses, by a reset or by ICMP.
    Refused,
}

/// How somebody logs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// With a key that is in the user's file of keys.
    Key,
    /// With a password, typed or by keyboard-interactive.
    Password,
}

/// What `sudo` gives a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Grant {
    /// Nothing.
    None,
    /// Everything, after a password.
    Password,
    /// Everything.
    Passwordless,
}

/// Ports of one protocol, first and last included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct PortSpan {
    /// Protocol.
    pub transport: Transport,
    /// The lowest port.
    pub first: u16,
    /// The highest port.
    pub last: u16,
}

/// How a fact is proven. `kind` in JSON; a prover that does not know a kind
/// must fail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each field is named after what it holds")]
pub enum Check {
    /// The host calls itself so.
    HostName {
        name: String,
        domain: Option<String>,
    },
    /// The processor is of this architecture, in the kernel's word.
    Architecture { machine: &'static str },
    /// So many processors.
    Processors { count: u32 },
    /// At least nine tenths of so much memory; firmware and kernel take a part.
    Memory { bytes: u64 },
    /// The local time is that of this zone of the tz database.
    TimeZone { zone: String },
    /// Programs get this locale.
    Locale { locale: String },
    /// The account exists and is in these groups.
    Account {
        user: String,
        groups: Vec<String>,
        description: String,
    },
    /// These keys, by fingerprint, and no others log the user in.
    AuthorizedKeys {
        user: String,
        fingerprints: Vec<String>,
    },
    /// The system has a file of this package on its path.
    Package { attribute: String },
    /// The unit is active.
    UnitActive { unit: String },
    /// No unit failed.
    NoFailedUnits {},
    /// Beyond loopback, sockets listen at these ports only.
    ListeningSockets { allowed: Vec<PortSpan> },
    /// `sshd -T` prints the setting with these values, one a line, sorted.
    SshdSetting {
        setting: String,
        values: Vec<String>,
    },
    /// An attempt to log in is accepted or refused by sshd.
    SshLogin {
        user: String,
        method: Method,
        port: u16,
        source: Source,
        accepted: bool,
    },
    /// `sudo` gives the user this.
    Sudo { user: String, grant: Grant },
    /// A daemon's port gives this answer to the source.
    Port {
        transport: Transport,
        port: u16,
        source: Source,
        answer: Answer,
    },
    /// The same of a port that a container publishes (destination NAT).
    PublishedPort {
        transport: Transport,
        port: u16,
        source: Source,
        answer: Answer,
    },
    /// The source, sending to a container's own address, gets no answer.
    TransitDropped { source: Source },
    /// So many connections in so many seconds are let in, the next is refused.
    Limit {
        transport: Transport,
        port: u16,
        source: Source,
        connections: u32,
        seconds: u64,
    },
    /// A connection of the host itself to this address ends so.
    Outgoing {
        transport: Transport,
        port: u16,
        destination: IpAddr,
        answer: Answer,
    },
    /// What the default policy refuses leaves (or does not leave) a line in the log.
    BlockLogged {
        source: Source,
        port: u16,
        logged: bool,
    },
    /// So many failed logins, and the source reaches none of these ports, be
    /// they a daemon's or published.
    Ban {
        source: Source,
        failures: u32,
        port: u16,
        ports: Vec<u16>,
    },
    /// A ban that is lifted leaves nothing behind.
    BanLifted { source: Source, port: u16 },
    /// More failures than anybody else may have do not ban the source.
    NeverBanned {
        source: Source,
        failures: u32,
        port: u16,
    },
    /// A reload of the firewall keeps bans, and destination NAT of others.
    ReloadKeeps { source: Source, port: u16 },
    /// `fail2ban-client get sshd` gives the setting this value.
    Fail2banSetting {
        setting: &'static str,
        value: String,
    },
    /// The exempt networks of the jail.
    Fail2banIgnores { networks: Vec<String> },
    /// The kernel parameter exists and holds the value.
    Sysctl { name: String, value: i64 },
    /// The module is not loaded on demand.
    ModuleBlacklisted { module: String },
    /// The kernel was started with the word.
    KernelParameter { parameter: String },
    /// `sudo` may be run by root and by members of `wheel` only.
    SudoWheelOnly {},
    /// The Nix daemon's setting holds these words.
    NixSetting {
        setting: &'static str,
        values: Vec<String>,
    },
    /// Crashes are not kept on the disk.
    NoCoreDumps {},
    /// The swap file is in use.
    SwapFile {
        path: String,
        bytes: u64,
        priority: i32,
    },
    /// Swap in compressed memory is in use, this part of the memory large.
    Zram { percent: u32, priority: i32 },
    /// Nothing is swapped to.
    NoSwap {},
    /// The volume is mounted.
    Mount {
        path: String,
        device: String,
        file_system: &'static str,
    },
    /// The link is found, named and set up.
    Link {
        name: String,
        mac: Option<String>,
        role: Option<&'static str>,
        addresses: Vec<String>,
        gateway: Option<IpAddr>,
        mtu: Option<u32>,
    },
    /// An address of the host lies in the network.
    AddressIn { network: String },
    /// The host has a public IPv6 address and a way out, or has none.
    PublicIpv6 { present: bool },
    /// Names are asked of this resolver.
    Resolver { address: IpAddr },
}

impl Check {
    /// The stable name of what is checked: the kind and what distinguishes it.
    /// Expected values are not part of it.
    #[expect(
        clippy::too_many_lines,
        reason = "one arm for each kind: a wildcard would hide a new one"
    )]
    pub(super) fn id(&self) -> String {
        match self {
            Self::Account { user, .. } => format!("account/{user}"),
            Self::AuthorizedKeys { user, .. } => format!("authorized-keys/{user}"),
            Self::Package { attribute } => format!("package/{attribute}"),
            Self::UnitActive { unit } => format!("unit-active/{unit}"),
            Self::SshdSetting { setting, .. } => format!("sshd/{setting}"),
            Self::Sudo { user, .. } => format!("sudo/{user}"),
            Self::Outgoing {
                transport,
                port,
                destination,
                ..
            } => {
                format!("outgoing/{}/{destination}", slug(*transport, *port))
            }
            Self::Fail2banSetting { setting, .. } => format!("fail2ban/{setting}"),
            Self::Sysctl { name, .. } => format!("sysctl/{name}"),
            Self::ModuleBlacklisted { module } => format!("module-blacklisted/{module}"),
            Self::KernelParameter { parameter } => format!("kernel-parameter/{parameter}"),
            Self::NixSetting { setting, .. } => format!("nix/{setting}"),
            Self::SwapFile { path, .. } => format!("swap-file{path}"),
            Self::Mount { path, .. } => format!("mount{path}"),
            Self::Link { name, .. } => format!("link/{name}"),
            Self::AddressIn { network } => format!("address-in/{network}"),
            Self::Resolver { address } => format!("resolver/{address}"),
            Self::Port {
                transport,
                port,
                source,
                ..
            } => {
                format!("port/{}/{}", slug(*transport, *port), source.address)
            }
            Self::PublishedPort {
                transport,
                port,
                source,
                ..
            } => {
                format!(
                    "published-port/{}/{}",
                    slug(*transport, *port),
                    source.address
                )
            }
            Self::Limit {
                transport,
                port,
                source,
                ..
            } => {
                format!("limit/{}/{}", slug(*transport, *port), source.address)
            }
            Self::SshLogin {
                user,
                method,
                source,
                ..
            } => {
                let method = match method {
                    Method::Key => "key",
                    Method::Password => "password",
                };
                format!("ssh-login/{user}/{method}/{}", source.address)
            }
            Self::TransitDropped { source } => format!("transit-dropped/{}", source.address),
            Self::BlockLogged { source, .. } => format!("block-logged/{}", source.address),
            Self::Ban { source, .. } => format!("ban/{}", source.address),
            Self::BanLifted { source, .. } => format!("ban-lifted/{}", source.address),
            Self::NeverBanned { source, .. } => format!("never-banned/{}", source.address),
            Self::ReloadKeeps { source, .. } => format!("reload-keeps/{}", source.address),
            Self::HostName { .. } => "host-name".into(),
            Self::Architecture { .. } => "architecture".into(),
            Self::Processors { .. } => "processors".into(),
            Self::Memory { .. } => "memory".into(),
            Self::TimeZone { .. } => "time-zone".into(),
            Self::Locale { .. } => "locale".into(),
            Self::NoFailedUnits {} => "no-failed-units".into(),
            Self::ListeningSockets { .. } => "listening-sockets".into(),
            Self::Fail2banIgnores { .. } => "fail2ban-ignores".into(),
            Self::SudoWheelOnly {} => "sudo-wheel-only".into(),
            Self::NoCoreDumps {} => "no-core-dumps".into(),
            Self::Zram { .. } => "zram".into(),
            Self::NoSwap {} => "no-swap".into(),
            Self::PublicIpv6 { .. } => "public-ipv6".into(),
        }
    }
}

fn slug(transport: Transport, port: u16) -> String {
    match transport {
        Transport::Tcp => format!("tcp/{port}"),
        Transport::Udp => format!("udp/{port}"),
    }
}
