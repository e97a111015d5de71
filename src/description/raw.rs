//! What the file says, key by key. The doc comments are the schema's
//! descriptions and the reference's text; the defaults are the safe ones.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::firewall::{DefaultPolicy, Logging};

/// One server. Everything that hostwright makes or proves follows from this file.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "hostwright host description, schema 1")]
pub struct Description {
    /// Version of this format. Always 1.
    #[schemars(range(min = 1, max = 1))]
    #[schemars(example = 1)]
    pub schema: u32,
    /// The machine that is rented or emulated.
    pub machine: Machine,
    /// Name, time, language and hardening of the system.
    pub system: System,
    /// Where you, the operator, connect from.
    #[serde(default)]
    pub operator: Operator,
    /// People and programs that log in, by user name. Everybody else is refused.
    #[serde(default)]
    pub users: BTreeMap<String, User>,
    /// The SSH server. Passwords are never accepted.
    #[serde(default)]
    pub ssh: Ssh,
    /// The firewall, in UFW's own words and order.
    #[serde(default)]
    pub firewall: Firewall,
    /// Bans of addresses that fail to log in.
    #[serde(default)]
    pub fail2ban: Fail2ban,
    /// Swap in a file, in compressed memory (zram), or both.
    #[serde(default)]
    pub swap: Swap,
    /// Addresses, interfaces and private networks.
    #[serde(default)]
    pub network: Network,
    /// Block storage that survives the server, by name.
    #[serde(default)]
    pub volumes: BTreeMap<String, Volume>,
    /// Anything that NixOS can do and this format cannot say.
    #[serde(default)]
    pub nixos: Nixos,
    /// Rules that this host breaks on purpose, each with a written reason.
    #[serde(default)]
    pub overrides: Vec<Override>,
}

/// The machine that is rented or emulated.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// Who runs the machine.
    pub provider: ProviderName,
    /// Type as the provider names it, such as `cpx32` or `s-2vcpu-4gb`; for
    /// `qemu` one of `small`, `medium`, `large`. The processor architecture,
    /// memory and disk follow from it.
    #[serde(rename = "type")]
    #[schemars(example = &"cpx32")]
    pub machine_type: String,
    /// Hetzner location, such as `nbg1`.
    #[serde(default)]
    pub location: Option<String>,
    /// DigitalOcean region, such as `fra1`.
    #[serde(default)]
    pub region: Option<String>,
}

/// Who runs the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProviderName {
    /// Hetzner Cloud.
    Hetzner,
    /// DigitalOcean.
    Digitalocean,
    /// A virtual machine on your own computer.
    Qemu,
}

/// Name, time, language and hardening of the system.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct System {
    /// Host name: one label of letters, digits and hyphens.
    #[schemars(example = &"web")]
    pub host_name: String,
    /// Domain that completes the host name.
    #[serde(default)]
    pub domain: Option<String>,
    /// Time zone of the tz database.
    #[serde(default = "default_time_zone")]
    pub time_zone: String,
    /// Locale of messages, dates and sorting.
    #[serde(default = "default_locale")]
    pub locale: String,
    /// The NixOS release that this host started with. It fixes formats of
    /// state on disk; do not change it later.
    #[schemars(example = &"26.05")]
    pub state_version: String,
    /// How far the kernel and the system are hardened.
    #[serde(default)]
    pub hardening: HardeningLevel,
    /// Single hardening items switched on or off against the level, by name.
    #[serde(default)]
    pub hardening_items: BTreeMap<String, bool>,
    /// Programs at hand for an administrator, by their nixpkgs names.
    #[serde(default)]
    pub packages: Vec<String>,
}

/// How far the kernel and the system are hardened.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum HardeningLevel {
    /// NixOS's own defaults.
    None,
    /// What costs nothing on a server.
    #[default]
    Standard,
    /// Also what may cost speed, debugging or rare programs.
    Strict,
}

/// Where you, the operator, connect from.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    /// Your addresses or networks. They are never banned, and SSH must be
    /// reachable from each of them.
    #[serde(default)]
    pub addresses: Vec<String>,
}

/// One account that may log in.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// Public SSH keys, each as one line of `authorized_keys`.
    #[serde(default)]
    pub keys: Vec<String>,
    /// What the user may do as root.
    #[serde(default)]
    pub sudo: Sudo,
    /// Further groups.
    #[serde(default)]
    pub groups: Vec<String>,
    /// The user's full name or purpose.
    #[serde(default)]
    pub description: Option<String>,
    /// Absolute path, on the server, of a file that holds the hashed password
    /// for `sudo = "password"`. The file is yours to put there.
    #[serde(default)]
    pub hashed_password_file: Option<String>,
}

/// What a user may do as root.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Sudo {
    /// Nothing.
    #[default]
    None,
    /// Anything, after the user's own password.
    Password,
    /// Anything; holding the SSH key is enough.
    Passwordless,
}

/// The SSH server. Passwords are never accepted.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Ssh {
    /// Ports that sshd listens on. To move it, list both for one deploy.
    #[schemars(inner(range(min = 1, max = 65535)))]
    pub ports: Vec<u16>,
    /// Whether root may log in.
    pub root_login: RootLogin,
    /// Users that may log in; by default everybody with a key.
    pub allow_users: Option<Vec<String>>,
    /// Key exchange: `default` also speaks with older clients, `pq-only`
    /// accepts post-quantum algorithms alone (OpenSSH 8.5 or later).
    pub kex: Kex,
    /// Keys that a client may offer in one connection.
    #[schemars(range(min = 1, max = 20))]
    pub max_auth_tries: u32,
    /// Time to log in, such as `"30s"`.
    pub login_grace_time: String,
    /// Whether tunnels may be made: the safe alternative to an open database port.
    pub tcp_forwarding: bool,
}

/// Whether root may log in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RootLogin {
    /// Never.
    #[default]
    No,
    /// With a key of `users.root.keys`.
    ProhibitPassword,
}

/// Key exchange algorithms that sshd accepts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kex {
    /// Post-quantum ones first, then Curve25519.
    #[default]
    Default,
    /// Post-quantum ones alone.
    PqOnly,
}

impl Default for Ssh {
    fn default() -> Self {
        Self {
            ports: vec![22],
            root_login: RootLogin::default(),
            allow_users: None,
            kex: Kex::default(),
            max_auth_tries: 4,
            login_grace_time: "30s".into(),
            tcp_forwarding: true,
        }
    }
}

/// The firewall, in UFW's own words and order.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Firewall {
    /// What happens to a connection from outside that no rule names.
    pub default_incoming: DefaultPolicy,
    /// What happens to a connection of this host that no rule names.
    pub default_outgoing: DefaultPolicy,
    /// How much is logged, as `ufw logging` says it.
    pub logging: Logging,
    /// Rules in UFW's grammar; the first that matches decides.
    pub rules: Vec<String>,
    /// Application profiles of your own: name to ports, such as `"8000,8443/tcp"`.
    pub applications: BTreeMap<String, String>,
    /// Interfaces between which this host forwards (VPN, bridges), such as
    /// `"wg0"` or `"wg*"`. What is routed past the host elsewhere is dropped.
    pub forward_interfaces: Vec<String>,
}

impl Default for Firewall {
    fn default() -> Self {
        Self {
            default_incoming: DefaultPolicy::Deny,
            default_outgoing: DefaultPolicy::Allow,
            logging: Logging::Low,
            rules: Vec::new(),
            applications: BTreeMap::new(),
            forward_interfaces: Vec::new(),
        }
    }
}

/// Bans of addresses that fail to log in.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Fail2ban {
    /// Whether addresses are banned.
    pub enable: bool,
    /// Failures before a ban.
    #[schemars(range(min = 1, max = 1000))]
    pub max_retry: u32,
    /// Time in which the failures are counted.
    pub find_time: String,
    /// Time of the first ban; each further one lasts longer.
    pub ban_time: String,
    /// The longest ban.
    pub ban_time_max: String,
    /// Addresses or networks never banned; `operator.addresses` are added.
    pub ignore: Vec<String>,
}

impl Default for Fail2ban {
    fn default() -> Self {
        Self {
            enable: true,
            max_retry: 5,
            find_time: "10m".into(),
            ban_time: "1h".into(),
            ban_time_max: "7d".into(),
            ignore: Vec::new(),
        }
    }
}

/// Swap in a file, in compressed memory (zram), or both.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Swap {
    /// Size of the swap file, such as `"4GiB"`; none by default.
    pub file: Option<String>,
    /// Path of the swap file; `/var/lib/swapfile` by default.
    pub file_path: Option<String>,
    /// Part of the memory that zram may hold, in percent; none by default.
    #[schemars(range(min = 0, max = 1000))]
    pub zram_percent: Option<u32>,
    /// How eagerly the kernel swaps, 0 to 200; by default 10 with a file
    /// alone, 100 with zram.
    #[schemars(range(min = 0, max = 200))]
    pub swappiness: Option<u32>,
    /// Priority of the file, -1 to 32767; by default below zram's.
    #[schemars(range(min = -1, max = 32767))]
    pub file_priority: Option<i32>,
    /// Priority of zram, -1 to 32767.
    #[schemars(range(min = -1, max = 32767))]
    pub zram_priority: Option<i32>,
}

/// Addresses, interfaces and private networks.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Network {
    /// Whether the host has IPv6; by default yes where the provider offers it
    /// to custom images.
    pub ipv6: Option<bool>,
    /// Resolvers; by default those that the provider announces.
    pub name_servers: Vec<String>,
    /// Private networks of the provider that the host is attached to, by name.
    pub private: BTreeMap<String, PrivateNetwork>,
    /// Further interfaces, by a name of your own.
    pub interfaces: BTreeMap<String, Interface>,
}

/// A private network of the provider.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrivateNetwork {
    /// The whole network, such as `"10.0.0.0/16"`.
    #[schemars(example = &"10.0.0.0/16")]
    pub cidr: String,
}

/// An interface that is found by its hardware address or its role, never by a
/// guessed name.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Interface {
    /// Hardware address, such as `"86:00:00:12:34:56"`.
    pub mac: Option<String>,
    /// Part that the interface plays.
    pub role: Option<InterfaceRole>,
    /// Whether addresses come by DHCP; the default where none is listed.
    pub dhcp: Option<bool>,
    /// Static addresses with prefix length.
    pub addresses: Vec<String>,
    /// Gateway, where this interface has the default route.
    pub gateway: Option<String>,
    /// Largest packet in bytes.
    #[schemars(range(min = 576, max = 9216))]
    pub mtu: Option<u32>,
}

/// Part that an interface plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum InterfaceRole {
    /// The one with the public address.
    Public,
    /// One of the provider's private network.
    Private,
}

/// Block storage that survives the server.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Volume {
    /// Hetzner: the volume's number. It is in the volume's path,
    /// `/dev/disk/by-id/scsi-0HC_Volume_ID`.
    #[serde(default)]
    pub id: Option<u64>,
    /// DigitalOcean: the volume's name, if it differs from this table's.
    #[serde(default)]
    pub volume_name: Option<String>,
    /// Size, such as `"100GiB"`.
    #[schemars(example = &"100GiB")]
    pub size: String,
    /// Absolute path where it is mounted.
    #[schemars(example = &"/srv/data")]
    pub mount: String,
    /// File system on it.
    #[serde(default)]
    pub file_system: VolumeFileSystem,
}

/// File system on a volume.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum VolumeFileSystem {
    /// ext4.
    #[default]
    Ext4,
    /// XFS.
    Xfs,
}

/// Anything that NixOS can do and this format cannot say.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Nixos {
    /// Further NixOS modules, by path relative to this file.
    pub modules: Vec<String>,
    /// NixOS options, written as TOML tables: strings, numbers, booleans,
    /// lists and tables.
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub options: toml::Table,
}

/// A rule that this host breaks on purpose.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// Id of the rule.
    pub rule: String,
    /// Key that it is broken at, such as `firewall.rules[3]`; by default everywhere.
    #[serde(default)]
    pub key: Option<String>,
    /// Why. Whoever reads `hostwright plan` sees it.
    pub reason: String,
}

fn default_time_zone() -> String {
    "UTC".into()
}

fn default_locale() -> String {
    "en_US.UTF-8".into()
}
