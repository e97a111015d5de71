//! Who may reach the host: accounts, SSH, firewall, bans.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use ipnet::IpNet;

use crate::description::raw::{self, RootLogin};
use crate::diagnostics::{Finding, key_path};
use crate::firewall::{Interface, Policy, Profiles, Rule, RuleSet};
use crate::host::{AccountName, Fail2ban, Ssh, User};

use super::reader::Reader;

pub(super) fn users(
    raw: &BTreeMap<String, raw::User>,
    reader: &mut Reader,
) -> BTreeMap<AccountName, User> {
    raw.iter()
        .filter_map(|(name, raw)| {
            let path = key_path("users", name);
            let user = user(&path, raw, reader);
            Some((reader.read_key(&path, name)?, user))
        })
        .collect()
}

fn user(path: &str, raw: &raw::User, reader: &mut Reader) -> User {
    let file = raw.hashed_password_file.as_deref();
    User {
        keys: reader.list("ssh-key", &format!("{path}.keys"), &raw.keys),
        sudo: raw.sudo,
        groups: reader.list("name", &format!("{path}.groups"), &raw.groups),
        description: raw.description.clone().unwrap_or_default(),
        hashed_password_file: file
            .and_then(|text| reader.read("path", &format!("{path}.hashed_password_file"), text)),
    }
}

pub(super) fn ssh(raw: &raw::Ssh, users: &BTreeMap<AccountName, User>, reader: &mut Reader) -> Ssh {
    let mut allow_users = match &raw.allow_users {
        Some(names) => reader.list("name", "ssh.allow_users", names),
        None => with_a_key(users, raw.root_login),
    };
    allow_users.sort();
    allow_users.dedup();
    let grace = "ssh.login_grace_time";
    Ssh {
        ports: raw.ports.clone(),
        root_login: raw.root_login,
        allow_users,
        kex: raw.kex,
        max_auth_tries: raw.max_auth_tries,
        login_grace_time: reader.read_or("duration", grace, &raw.login_grace_time, "30s"),
        tcp_forwarding: raw.tcp_forwarding,
    }
}

fn with_a_key(users: &BTreeMap<AccountName, User>, root: RootLogin) -> Vec<AccountName> {
    let may = |name: &AccountName| name.as_str() != "root" || root != RootLogin::No;
    users
        .iter()
        .filter(|(name, user)| !user.keys.is_empty() && may(name))
        .map(|(name, _)| name.clone())
        .collect()
}

/// The longest list of firewall rules: analysing it grows with its square, and
/// the kernel goes through it for each new connection.
const MAX_RULES: usize = 1000;

/// The profiles that every host knows, read once.
static PROFILES: LazyLock<Profiles> = LazyLock::new(Profiles::default);

pub(super) fn firewall(raw: &raw::Firewall, reader: &mut Reader) -> RuleSet {
    let mut profiles = Cow::Borrowed(&*PROFILES);
    for (name, ports) in &raw.applications {
        if let Err(error) = profiles.to_mut().insert(name, ports) {
            reader.broken(firewall_finding(
                &key_path("firewall.applications", name),
                &error,
            ));
        }
    }
    let mut rules = Vec::new();
    if raw.rules.len() > MAX_RULES {
        reader.broken(too_many_rules(raw.rules.len()));
    }
    for (index, text) in raw.rules.iter().enumerate().take(MAX_RULES) {
        match Rule::parse(text, &profiles) {
            Ok(rule) => rules.push(rule),
            Err(error) => {
                reader.broken(firewall_finding(
                    &format!("firewall.rules[{index}]"),
                    &error,
                ));
            }
        }
    }
    let forward = interfaces(&raw.forward_interfaces, reader);
    let policy = Policy {
        default_incoming: raw.default_incoming,
        default_outgoing: raw.default_outgoing,
        logging: raw.logging,
    };
    RuleSet::new(rules, policy).with_forward_interfaces(forward)
}

fn interfaces(names: &[String], reader: &mut Reader) -> Vec<Interface> {
    let mut interfaces = Vec::new();
    for (index, name) in names.iter().enumerate() {
        match Interface::parse(name) {
            Ok(interface) => interfaces.push(interface),
            Err(fault) => reader.broken(
                Finding::error("name", format!("firewall.forward_interfaces[{index}]"))
                    .message(fault)
                    .label("not an interface")
                    .help("write a name such as \"wg0\" or a pattern such as \"wg*\""),
            ),
        }
    }
    interfaces
}

fn too_many_rules(count: usize) -> Finding {
    Finding::error("firewall-length", "firewall.rules")
        .on_key()
        .message(format!("the firewall has {count} rules"))
        .label(format!("at most {MAX_RULES}"))
        .help("name networks and port ranges instead of single addresses and ports")
}

fn firewall_finding(path: &str, error: &crate::firewall::ParseError) -> Finding {
    Finding::error("firewall-rule", path)
        .part(error.range.clone())
        .message(error.message.clone())
        .label("here")
        .help(error.help.clone())
}

pub(super) fn fail2ban(raw: &raw::Fail2ban, operator: &[IpNet], reader: &mut Reader) -> Fail2ban {
    let mut ignore = reader.networks("fail2ban.ignore", &raw.ignore);
    ignore.extend(operator);
    ignore.sort();
    ignore.dedup();
    let mut time = |key: &str, text: &str, usual: &str| {
        reader.read_or("duration", &format!("fail2ban.{key}"), text, usual)
    };
    Fail2ban {
        enable: raw.enable,
        max_retry: raw.max_retry,
        find_time: time("find_time", &raw.find_time, "10m"),
        ban_time: time("ban_time", &raw.ban_time, "1h"),
        ban_time_max: time("ban_time_max", &raw.ban_time_max, "7d"),
        ignore,
    }
}
