//! A host, complete: every default is filled in, every reference resolved.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::Deserialize;

use crate::description::raw::{InterfaceRole, Kex, RootLogin, Sudo, VolumeFileSystem};
use crate::firewall::RuleSet;
use crate::hardening::HardeningLevel;

use super::{
    AbsolutePath, AccountName, DomainName, HostName, Locale, MacAddress, PackageName, PublicKey,
    Release, Seconds, Size, TimeZone,
};

/// A whole host. Only `resolve::resolve` makes one.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Host {
    /// The machine under it.
    pub machine: Machine,
    /// Name, time, language, hardening.
    pub system: System,
    /// Where the operator connects from.
    pub operator: Vec<IpNet>,
    /// Accounts by name, root included if it is described.
    pub users: BTreeMap<AccountName, User>,
    /// The SSH server.
    pub ssh: Ssh,
    /// The ordered rules with their policy.
    pub firewall: RuleSet,
    /// Bans.
    pub fail2ban: Fail2ban,
    /// Swap.
    pub swap: Swap,
    /// Addresses and interfaces.
    pub network: Network,
    /// Volumes by name.
    pub volumes: BTreeMap<String, Volume>,
    /// The escape hatch.
    pub nixos: Nixos,
}

/// Who runs the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Provider {
    /// Hetzner Cloud.
    Hetzner,
    /// DigitalOcean.
    DigitalOcean,
    /// A virtual machine on the operator's computer.
    Qemu,
}

impl Provider {
    /// Its name as the provider writes it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Hetzner => "Hetzner",
            Self::DigitalOcean => "DigitalOcean",
            Self::Qemu => "QEMU",
        }
    }

    /// The word for it in the description and in `hostwright.target`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hetzner => "hetzner",
            Self::DigitalOcean => "digitalocean",
            Self::Qemu => "qemu",
        }
    }
}

/// Processor architecture, in Nix's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Architecture {
    /// 64-bit Intel and AMD.
    #[serde(rename = "x86_64")]
    X86_64,
    /// 64-bit ARM.
    #[serde(rename = "aarch64")]
    Aarch64,
}

impl Architecture {
    /// The platform as Nix names it.
    #[must_use]
    pub fn nix_system(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64-linux",
            Self::Aarch64 => "aarch64-linux",
        }
    }
}

/// The machine under a host.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Machine {
    /// Who runs it.
    pub provider: Provider,
    /// Its type, in the provider's words.
    pub type_name: String,
    /// Location or region.
    pub location: Option<String>,
    /// Virtual processors.
    pub vcpus: u32,
    /// Memory.
    pub memory: Size,
    /// Root disk.
    pub disk: Size,
    /// Processor architecture.
    pub architecture: Architecture,
}

/// Name, time, language, hardening.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct System {
    /// Host name.
    pub host_name: HostName,
    /// Domain behind it.
    pub domain: Option<DomainName>,
    /// Time zone.
    pub time_zone: TimeZone,
    /// Locale.
    pub locale: Locale,
    /// First NixOS release of the host.
    pub state_version: Release,
    /// Hardening.
    pub hardening: Hardening,
    /// Programs at hand.
    pub packages: Vec<PackageName>,
}

/// Level, and items that differ from it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Hardening {
    /// The level.
    pub level: HardeningLevel,
    /// Items switched against the level.
    pub items: BTreeMap<String, bool>,
}

/// An account.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct User {
    /// Keys that log in.
    pub keys: Vec<PublicKey>,
    /// What it may do as root.
    pub sudo: Sudo,
    /// Further groups.
    pub groups: Vec<AccountName>,
    /// Full name or purpose.
    pub description: String,
    /// File with the hashed password.
    pub hashed_password_file: Option<AbsolutePath>,
}

/// The SSH server.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Ssh {
    /// Ports, in the file's order.
    pub ports: Vec<u16>,
    /// Whether root may log in.
    pub root_login: RootLogin,
    /// Who may log in, sorted.
    pub allow_users: Vec<AccountName>,
    /// Key exchange.
    pub kex: Kex,
    /// Keys offered per connection.
    pub max_auth_tries: u32,
    /// Time to log in.
    pub login_grace_time: Seconds,
    /// Tunnels.
    pub tcp_forwarding: bool,
}

/// Bans.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Fail2ban {
    /// Whether addresses are banned.
    pub enable: bool,
    /// Failures before a ban.
    pub max_retry: u32,
    /// Time in which they count.
    pub find_time: Seconds,
    /// First ban.
    pub ban_time: Seconds,
    /// Longest ban.
    pub ban_time_max: Seconds,
    /// Never banned: `fail2ban.ignore` and the operator's addresses, sorted.
    pub ignore: Vec<IpNet>,
}

/// Swap.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Swap {
    /// The file.
    pub file: Option<SwapFile>,
    /// The compressed memory.
    pub zram: Option<Zram>,
    /// `vm.swappiness`, 0 to 200, where there is swap.
    pub swappiness: Option<u32>,
}

/// A swap file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SwapFile {
    /// Where.
    pub path: AbsolutePath,
    /// How large.
    pub size: Size,
    /// Priority, -1 to 32767; the kernel fills the highest first.
    pub priority: i32,
}

/// Swap in compressed memory.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Zram {
    /// Part of the memory that may be swapped into it, in percent.
    pub percent: u32,
    /// Priority, -1 to 32767; the kernel fills the highest first.
    pub priority: i32,
}

/// Addresses and interfaces.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Network {
    /// Whether there is IPv6.
    pub ipv6: bool,
    /// Resolvers; the provider's where empty.
    pub name_servers: Vec<IpAddr>,
    /// Private networks by name.
    pub private: BTreeMap<String, IpNet>,
    /// Interfaces by name.
    pub interfaces: BTreeMap<String, Interface>,
}

/// How an interface is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// By its hardware address.
    Mac(MacAddress),
    /// By the part that it plays.
    Role(InterfaceRole),
}

/// An interface.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Interface {
    /// How it is found.
    pub selector: Selector,
    /// Whether it asks for an address.
    pub dhcp: bool,
    /// Static addresses.
    pub addresses: Vec<IpNet>,
    /// Default route.
    pub gateway: Option<IpAddr>,
    /// Largest packet in bytes.
    pub mtu: Option<u32>,
}

/// Block storage.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Volume {
    /// Stable path of the device.
    pub device: String,
    /// Size.
    pub size: Size,
    /// Mount point.
    pub mount: AbsolutePath,
    /// File system.
    pub file_system: VolumeFileSystem,
}

/// The escape hatch.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Nixos {
    /// Modules, by path relative to the description.
    pub modules: Vec<String>,
    /// Options, as the file has them.
    pub options: toml::Table,
}
