//! A login that works, as somebody who can become root.

use std::collections::BTreeSet;

use crate::description::raw::{Kex, RootLogin, Sudo};
use crate::diagnostics::{Finding, closest, key_path};
use crate::host::{AccountName, Host, User};

use super::rule::{Context, Rule};
use super::words::list;

pub(super) const RULES: &[Rule] = &[
    Rule::error(
        "ssh-ports",
        "sshd listens on at least one port, and on none twice",
        &["ssh"],
        ports,
    )
    .without_override(),
    Rule::error(
        "ssh-no-login",
        "somebody can log in: a user with a key whom `ssh` admits; passwords are never accepted",
        &["users", "ssh"],
        no_login,
    ),
    Rule::error(
        "ssh-no-root-path",
        "somebody who logs in can become root: otherwise the host can never be changed again",
        &["users", "ssh"],
        no_root_path,
    ),
    Rule::error(
        "ssh-allow-unknown",
        "each of `ssh.allow_users` is a user of this description",
        &["users", "ssh"],
        allow_unknown,
    ),
    Rule::warning(
        "ssh-root-login",
        "`ssh.root_login`, root's keys and `ssh.allow_users` say the same about root",
        &["users", "ssh"],
        root_login,
    ),
    Rule::warning(
        "ssh-key-unused",
        "a user with a key is among `ssh.allow_users`, where that list is given",
        &["users", "ssh"],
        key_unused,
    ),
    Rule::warning(
        "ssh-pq-only",
        "clients without post-quantum key exchange can log in: OpenSSH before 8.5, PuTTY before 0.78 and many libraries cannot otherwise",
        &["ssh"],
        pq_only,
    ),
    Rule::warning(
        "ssh-max-auth-tries",
        "a client may offer 3 keys: an agent offers all that it holds, and each one counts as a try",
        &["ssh"],
        max_auth_tries,
    ),
    Rule::error(
        "ssh-login-grace-time",
        "there is time to log in, and it ends: 0 means for ever, so that idle connections fill the server",
        &["ssh"],
        grace_time,
    ),
];

fn ports(context: &Context<'_>) -> Vec<Finding> {
    let ports = &context.host.ssh.ports;
    if ports.is_empty() {
        return vec![
            Finding::error("ssh-ports", "ssh.ports")
                .message("sshd listens on no port")
                .label("an empty list")
                .help("write ports = [22], or leave the line out"),
        ];
    }
    let mut seen = BTreeSet::new();
    ports
        .iter()
        .enumerate()
        .filter(|(_, port)| !seen.insert(**port))
        .map(|(index, port)| {
            Finding::error("ssh-ports", format!("ssh.ports[{index}]"))
                .message(format!("port {port} is listed twice"))
                .label("sshd would fail to listen on it again")
                .help("delete one of them")
        })
        .collect()
}

/// Whether root may log in at all.
fn root_may(host: &Host) -> bool {
    host.ssh.root_login != RootLogin::No
}

/// Users that can log in: with a key, admitted, and if root, then with leave.
fn logins(host: &Host) -> impl Iterator<Item = (&AccountName, &User)> {
    host.users.iter().filter(|(name, user)| {
        !user.keys.is_empty()
            && host.ssh.allow_users.contains(name)
            && (name.as_str() != "root" || root_may(host))
    })
}

fn user_path(name: &AccountName) -> String {
    key_path("users", name.as_str())
}

fn no_login(context: &Context<'_>) -> Vec<Finding> {
    let host = context.host;
    if logins(host).next().is_some() {
        return Vec::new();
    }
    let with_key = host.users.iter().filter(|(_, user)| !user.keys.is_empty());
    let with_key = with_key.map(|(name, _)| name).collect::<Vec<_>>();
    let finding =
        |path: &str| Finding::error("ssh-no-login", path).message("nobody can log in over SSH");
    let found = match with_key.as_slice() {
        [] if host.users.is_empty() => finding("users")
            .on_key()
            .label("there are no users")
            .help("add [users.NAME] with keys = [\"…\"], one line of ~/.ssh/id_ed25519.pub, and sudo = \"passwordless\""),
        [] => finding(&host.users.keys().next().map_or("users".into(), user_path))
            .on_key()
            .label("no user has a key")
            .help("add keys = [\"…\"], one line of ~/.ssh/id_ed25519.pub; passwords are never accepted"),
        [root] if root.as_str() == "root" && !root_may(host) => finding("users.root.keys")
            .label("only root has a key, and root may not log in")
            .help("add another user with a key and sudo = \"passwordless\" (better), or write root_login = \"prohibit-password\" in [ssh]"),
        [name, ..] => finding("ssh.allow_users")
            .label("no user with a key is listed")
            .help(format!("add \"{name}\", or leave the line out: everybody with a key may then log in")),
    };
    vec![found]
}

fn no_root_path(context: &Context<'_>) -> Vec<Finding> {
    let host = context.host;
    let logins = logins(host).collect::<Vec<_>>();
    let becomes_root = |(name, user): &(&AccountName, &User)| {
        name.as_str() == "root"
            || match user.sudo {
                Sudo::None => false,
                // Without a password file, "user-password-missing" tells.
                Sudo::Password | Sudo::Passwordless => true,
            }
    };
    let Some((first, user)) = logins.first() else {
        return Vec::new();
    };
    if logins.iter().any(becomes_root) {
        return Vec::new();
    }
    let names = logins.iter().map(|(name, _)| format!("`{name}`"));
    let names = list(&names.collect::<Vec<_>>());
    let wheel = user.groups.iter().any(|group| group.as_str() == "wheel");
    let help = if wheel {
        "write sudo = \"passwordless\": the group wheel alone needs a password that the user does not have"
    } else {
        "write sudo = \"passwordless\" for an administrator: holding the SSH key is then enough"
    };
    vec![
        Finding::error("ssh-no-root-path", format!("{}.sudo", user_path(first)))
            .on_key()
            .message(match logins.len() {
                1 => format!("only {names} can log in, and cannot become root"),
                _ => format!("none of those who log in can become root: {names}"),
            })
            .label("no sudo")
            .help(help),
    ]
}

fn allow_unknown(context: &Context<'_>) -> Vec<Finding> {
    let Some(names) = &context.description.ssh.allow_users else {
        return Vec::new();
    };
    let users = &context.host.users;
    let unknown = names.iter().enumerate();
    unknown
        .filter(|(_, name)| !users.keys().any(|user| user.as_str() == *name))
        .map(|(index, name)| {
            Finding::error("ssh-allow-unknown", format!("ssh.allow_users[{index}]"))
                .message(format!("there is no user {name:?}"))
                .label("not in [users]")
                .help(match closest(name, users.keys().map(AccountName::as_str)) {
                    Some(near) => format!("did you mean {near:?}?"),
                    None => format!("add [users.{name}] with its keys, or delete the name"),
                })
        })
        .collect()
}

fn root_login(context: &Context<'_>) -> Vec<Finding> {
    let host = context.host;
    let root = host.users.iter().find(|(name, _)| name.as_str() == "root");
    let has_key = root.is_some_and(|(_, user)| !user.keys.is_empty());
    let listed = context.description.ssh.allow_users.as_ref();
    let listed = listed.map(|names| names.iter().position(|name| name == "root"));
    let finding = |path: String| Finding::warning("ssh-root-login", path);
    let found = match (root_may(host), has_key, listed) {
        (false, _, Some(Some(index))) => finding(format!("ssh.allow_users[{index}]"))
            .message("root is listed and may not log in")
            .label("root_login is \"no\"")
            .help("take root out of the list, or write root_login = \"prohibit-password\""),
        (false, true, _) => finding("users.root.keys".into())
            .message("root's keys open nothing: root may not log in")
            .label("root_login is \"no\"")
            .help("delete the keys, or write root_login = \"prohibit-password\" in [ssh]"),
        (true, false, _) => finding("ssh.root_login".into())
            .message("root may log in and has no key")
            .label("admits nobody")
            .help("write root_login = \"no\", or give root a key in [users.root]"),
        (true, true, Some(None)) => finding("ssh.allow_users".into())
            .message("root has a key, may log in, and is not listed")
            .label("root is missing here")
            .help("add \"root\", or write root_login = \"no\""),
        _ => return Vec::new(),
    };
    vec![found]
}

fn key_unused(context: &Context<'_>) -> Vec<Finding> {
    if context.description.ssh.allow_users.is_none() {
        return Vec::new();
    }
    let host = context.host;
    let users = host.users.iter();
    users
        .filter(|(name, user)| {
            name.as_str() != "root" && !user.keys.is_empty() && !host.ssh.allow_users.contains(name)
        })
        .map(|(name, _)| {
            Finding::warning("ssh-key-unused", format!("{}.keys", user_path(name)))
                .message(format!("the keys of `{name}` open nothing"))
                .label("not in ssh.allow_users")
                .help(format!(
                    "add \"{name}\" to ssh.allow_users, or delete the keys"
                ))
        })
        .collect()
}

fn pq_only(context: &Context<'_>) -> Vec<Finding> {
    if context.host.ssh.kex != Kex::PqOnly {
        return Vec::new();
    }
    vec![
        Finding::warning("ssh-pq-only", "ssh.kex")
            .message("older SSH clients cannot log in")
            .label("refuses OpenSSH before 8.5, PuTTY before 0.78 and many libraries")
            .help("write kex = \"default\", which prefers post-quantum algorithms too, or say in [[overrides]] that your clients are new"),
    ]
}

fn max_auth_tries(context: &Context<'_>) -> Vec<Finding> {
    let tries = context.host.ssh.max_auth_tries;
    if tries > 2 {
        return Vec::new();
    }
    vec![
        Finding::warning("ssh-max-auth-tries", "ssh.max_auth_tries")
            .message(format!("a client may offer only {tries} of its keys"))
            .label("locks out whoever has more keys in the agent")
            .help(
                "write max_auth_tries = 4: guessing keys is hopeless anyway, and passwords are off",
            ),
    ]
}

/// Seconds within which a person cannot even touch a hardware key, and above
/// which a slow attacker holds all connections.
const GRACE: std::ops::RangeInclusive<u64> = 5..=600;

fn grace_time(context: &Context<'_>) -> Vec<Finding> {
    let grace = context.host.ssh.login_grace_time;
    let label = match grace.get() {
        0 => "for sshd, 0 means no limit",
        seconds if seconds < *GRACE.start() => "too short for a hardware key",
        seconds if seconds > *GRACE.end() => "idle connections would fill the server",
        _ => return Vec::new(),
    };
    vec![
        Finding::error("ssh-login-grace-time", "ssh.login_grace_time")
            .message(format!("{grace} is no sensible time to log in"))
            .label(label)
            .help("write login_grace_time = \"30s\"; 5s to 10m are accepted"),
    ]
}
