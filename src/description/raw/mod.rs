//! What the file says, key by key. The doc comments are the schema's
//! descriptions and the reference's text; the defaults are the safe ones.

mod access;
mod machine;
mod network;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

pub use access::{Fail2ban, Firewall, Kex, Operator, RootLogin, Ssh, Sudo, User};
pub use machine::{Machine, ProviderName, Swap, System, Volume, VolumeFileSystem};
pub use network::{Interface, InterfaceRole, Network, PrivateNetwork};

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

/// Anything that NixOS can do and this format cannot say.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Nixos {
    /// Further NixOS modules, by path relative to this file, in a folder beside
    /// it: `web/extra.nix`.
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
