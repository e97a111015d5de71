//! Who may reach the host: operator, users, SSH, firewall, bans.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::firewall::{DefaultPolicy, Logging};

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
