//! Who logs in, how, and what they may do as root.

use crate::description::raw::{Kex, RootLogin, Sudo};
use crate::firewall::{Packet, Protocol};
use crate::hardening;
use crate::host::{AccountName, Host, PublicKey, User};

use super::check::{Check, Grant, Method};
use super::fact::Stage;
use super::list::List;
use super::sources::{Source, operators, sources};

/// What modules/ssh.nix sets on every host, as `sshd -T` prints it.
const POLICY: [(&str, &str); 14] = [
    ("passwordauthentication", "no"),
    ("kbdinteractiveauthentication", "no"),
    ("authenticationmethods", "publickey"),
    ("authorizedkeysfile", "/etc/ssh/authorized_keys.d/%u"),
    ("x11forwarding", "no"),
    ("allowagentforwarding", "no"),
    ("permittunnel", "no"),
    ("permituserenvironment", "no"),
    ("clientaliveinterval", "60"),
    ("clientalivecountmax", "3"),
    ("maxsessions", "10"),
    ("maxstartups", "10:30:60"),
    ("loglevel", "VERBOSE"),
    ("requiredrsasize", "3072"),
];

/// `ssh.kex`: post-quantum algorithms, and with `default` Curve25519 too.
const PQ_KEX: &str =
    "mlkem768x25519-sha256,sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com";
const CURVE_KEX: &str = "curve25519-sha256,curve25519-sha256@libssh.org";

pub(super) fn facts(host: &Host, list: &mut List) {
    settings(host, list);
    for (name, user) in &host.users {
        account(name, user, list);
    }
    let Some((source, port)) = way_in(host) else {
        return;
    };
    for (name, user) in &host.users {
        logins(host, (name, user), (&source, port), list);
    }
    if !host.users.keys().any(|name| name.as_str() == "root") {
        login(list, ("root", Method::Key), (&source, port), false);
        login(list, ("root", Method::Password), (&source, port), false);
    }
}

fn settings(host: &Host, list: &mut List) {
    for (setting, value) in POLICY {
        sshd(list, [] as [&str; 0], setting, vec![value.into()]);
    }
    let ssh = &host.ssh;
    let mut ports: Vec<String> = ssh.ports.iter().map(ToString::to_string).collect();
    ports.sort();
    sshd(list, ["ssh.ports"], "port", ports);
    let users = ssh.allow_users.iter().map(ToString::to_string).collect();
    sshd(list, ["ssh.allow_users"], "allowusers", users);
    let root = match ssh.root_login {
        RootLogin::No => "no",
        // Some releases print its older name, without-password.
        RootLogin::ProhibitPassword => "prohibit-password",
    };
    sshd(
        list,
        ["ssh.root_login"],
        "permitrootlogin",
        vec![root.into()],
    );
    let tries = ssh.max_auth_tries.to_string();
    sshd(list, ["ssh.max_auth_tries"], "maxauthtries", vec![tries]);
    let grace = ssh.login_grace_time.get().to_string();
    sshd(
        list,
        ["ssh.login_grace_time"],
        "logingracetime",
        vec![grace],
    );
    let kex = match ssh.kex {
        Kex::Default => format!("{PQ_KEX},{CURVE_KEX}"),
        Kex::PqOnly => PQ_KEX.into(),
    };
    sshd(list, ["ssh.kex"], "kexalgorithms", vec![kex]);
    let hardening = &host.system.hardening;
    let mut items = hardening::enabled(hardening.level, &hardening.items);
    let closed = items.any(|(name, _)| name == "ssh_forwarding");
    let tunnels = if ssh.tcp_forwarding && !closed {
        "yes"
    } else {
        "no"
    };
    sshd(
        list,
        ["ssh.tcp_forwarding"],
        "allowtcpforwarding",
        vec![tunnels.into()],
    );
}

pub(super) fn sshd<K: Into<String>>(
    list: &mut List,
    keys: impl IntoIterator<Item = K>,
    setting: &str,
    values: Vec<String>,
) {
    let what = format!("sshd has {setting} {}", values.join(" "));
    let setting = setting.to_owned();
    list.add(
        keys,
        Stage::ALL,
        Check::SshdSetting { setting, values },
        what,
    );
}

fn account(name: &AccountName, user: &User, list: &mut List) {
    let key = |field: &str| format!("users.{name}.{field}");
    let mut groups: Vec<String> = user.groups.iter().map(ToString::to_string).collect();
    if user.sudo != Sudo::None && name.as_str() != "root" {
        groups.push("wheel".into());
    }
    groups.sort();
    groups.dedup();
    let description = user.description.clone();
    let check = Check::Account {
        user: name.to_string(),
        groups,
        description,
    };
    let what = format!("the account {name} is there, with its groups");
    list.add([key("groups"), key("description")], Stage::ALL, check, what);
    let mut fingerprints: Vec<String> = user.keys.iter().map(PublicKey::fingerprint).collect();
    fingerprints.sort();
    fingerprints.dedup();
    let what = format!(
        "{} and no others log {name} in",
        plural(fingerprints.len(), "key")
    );
    let check = Check::AuthorizedKeys {
        user: name.to_string(),
        fingerprints,
    };
    list.add([key("keys")], Stage::ALL, check, what);
    if name.as_str() == "root" {
        return;
    }
    let (grant, what) = match user.sudo {
        Sudo::None => (Grant::None, format!("{name} cannot use sudo")),
        Sudo::Password => (Grant::Password, format!("sudo asks {name} for a password")),
        Sudo::Passwordless => (
            Grant::Passwordless,
            format!("{name} uses sudo without a password"),
        ),
    };
    let check = Check::Sudo {
        user: name.to_string(),
        grant,
    };
    list.add([key("sudo")], Stage::ALL, check, what);
}

/// An address from which an SSH port can be reached, the operator's first.
fn way_in(host: &Host) -> Option<(Source, u16)> {
    let candidates = operators(host).into_iter().chain(sources(host));
    let mut ways = candidates.flat_map(|source| {
        let ports = host.ssh.ports.iter();
        ports.map(move |port| (source.clone(), *port))
    });
    ways.find(|(source, port)| {
        let packet = Packet::new(source.address, Protocol::Tcp, *port);
        host.firewall.verdict(&packet).outcome.admits()
    })
}

fn logins(host: &Host, (name, user): (&AccountName, &User), from: (&Source, u16), list: &mut List) {
    let root_may = name.as_str() != "root" || host.ssh.root_login != RootLogin::No;
    let accepted = host.ssh.allow_users.contains(name) && root_may;
    if accepted || !user.keys.is_empty() || name.as_str() == "root" {
        login(list, (name.as_str(), Method::Key), from, accepted);
    }
    login(list, (name.as_str(), Method::Password), from, false);
}

fn login(
    list: &mut List,
    (user, method): (&str, Method),
    (source, port): (&Source, u16),
    accepted: bool,
) {
    let (with, stages): (_, &'static [Stage]) = match method {
        Method::Key => ("a key", Stage::NETWORK),
        Method::Password => ("a password", &[Stage::Container, Stage::Vm, Stage::Live]),
    };
    let verb = if accepted {
        "is accepted"
    } else {
        "is refused"
    };
    let keys: Vec<String> = match (user, method) {
        ("root", Method::Key) => vec!["ssh.root_login".into()],
        (_, Method::Key) => vec![format!("users.{user}.keys"), "ssh.allow_users".into()],
        (_, Method::Password) => Vec::new(),
    };
    let check = Check::SshLogin {
        user: user.to_owned(),
        method,
        port,
        source: source.clone(),
        accepted,
    };
    list.add(keys, stages, check, format!("{user} with {with} {verb}"));
}

fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
