//! sshd does what the configuration means: effective settings, and real logins.

use std::collections::BTreeMap;

use crate::cables::{ATTACKER, OPERATOR};
use crate::machine::{HERE, Machine};
use crate::server::{CONFIG, Method, Server};

/// What sshd must do for a user of hetzner-cpx31, in the words of `sshd -T`.
const POLICY: [(&str, &str); 32] = [
    ("allowagentforwarding", "no"),
    ("allowtcpforwarding", "yes"),
    ("allowusers", "deploy"),
    ("authenticationmethods", "publickey"),
    ("authorizedkeyscommand", "none"),
    ("authorizedkeysfile", "/etc/ssh/authorized_keys.d/%u"),
    (
        "ciphers",
        "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr",
    ),
    ("clientalivecountmax", "3"),
    ("clientaliveinterval", "60"),
    ("gatewayports", "no"),
    ("hostbasedauthentication", "no"),
    ("hostkey", "/etc/ssh/ssh_host_ed25519_key"),
    ("kbdinteractiveauthentication", "no"),
    (
        "kexalgorithms",
        "mlkem768x25519-sha256,sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,curve25519-sha256,curve25519-sha256@libssh.org",
    ),
    ("logingracetime", "30"),
    ("loglevel", "VERBOSE"),
    (
        "macs",
        "hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com,umac-128-etm@openssh.com",
    ),
    ("maxauthtries", "4"),
    ("maxsessions", "10"),
    ("maxstartups", "10:30:60"),
    ("passwordauthentication", "no"),
    ("permitemptypasswords", "no"),
    ("permitrootlogin", "no"),
    ("permittunnel", "no"),
    ("permituserenvironment", "no"),
    ("persourcepenaltyexemptlist", "203.0.113.7,2001:db8:7::/64"),
    ("port", "22"),
    ("pubkeyauthentication", "yes"),
    ("requiredrsasize", "3072"),
    ("strictmodes", "yes"),
    ("usedns", "no"),
    ("x11forwarding", "no"),
];

/// Keys whose effective value is not the policy's, with both.
fn departures(config: &str) -> Vec<String> {
    let server = Server::prepare(config);
    let effective = server
        .machine
        .run("/usr/sbin/sshd -T -C user=deploy,host=peer,addr=198.51.100.66");
    // A key that is there more than once has all its values, in order.
    let mut values: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for line in effective.lines() {
        let (key, value) = line.split_once(' ').unwrap_or((line, ""));
        // Newer OpenSSH writes keys as its manual does.
        values
            .entry(key.to_ascii_lowercase())
            .or_default()
            .push(value);
    }
    POLICY
        .iter()
        .filter_map(|(key, wanted)| {
            let found = values.get(*key).map(|v| v.join(" ")).unwrap_or_default();
            (found != *wanted).then(|| format!("{key}: {found}, not {wanted}"))
        })
        .collect()
}

#[test]
fn the_policy_is_in_effect() {
    assert_eq!(departures(CONFIG), [""; 0]);
}

#[test]
fn another_value_departs_from_the_policy() {
    let weak = CONFIG
        .replace("PasswordAuthentication no", "PasswordAuthentication yes")
        .replace("MaxAuthTries 4\n", "")
        + "Match User deploy\nX11Forwarding yes\n";
    assert_eq!(
        departures(&weak),
        [
            "maxauthtries: 6, not 4",
            "passwordauthentication: yes, not no",
            "x11forwarding: yes, not no"
        ]
    );
}

/// Who gets in by which method: what `id -un` says, or the last line of ssh.
fn logins(config: &str) -> Vec<String> {
    let server = Server::start(config);
    let operator = Machine::start("operator");
    server.machine.connect(&operator, &OPERATOR);
    let mut found = Vec::new();
    for address in ["203.0.113.1", "2001:db8:7::1"] {
        for user in ["deploy", "root", "mallory"] {
            for (method, name) in [(Method::Key, "key"), (Method::Password, "password")] {
                let tried = server.login(&operator, user, address, method);
                let said = if tried.status.success() {
                    tried.stdout
                } else {
                    tried.stderr
                };
                let said = String::from_utf8(said).unwrap();
                let last = said.trim().lines().last().unwrap_or_default();
                found.push(format!("{user} {name} {last}"));
            }
        }
    }
    let (ipv4, ipv6) = found.split_at(found.len() / 2);
    assert_eq!(
        ipv4,
        ipv6.iter()
            .map(|l| l.replace("2001:db8:7::1", "203.0.113.1"))
            .collect::<Vec<_>>(),
        "IPv6 differs from IPv4"
    );
    ipv4.to_vec()
}

#[test]
fn only_the_declared_user_logs_in_and_only_with_a_key() {
    let refused = "203.0.113.1: Permission denied (publickey).";
    assert_eq!(
        logins(CONFIG),
        [
            "deploy key deploy".to_owned(),
            format!("deploy password deploy@{refused}"),
            format!("root key root@{refused}"),
            format!("root password root@{refused}"),
            format!("mallory key mallory@{refused}"),
            format!("mallory password mallory@{refused}"),
        ]
    );
}

#[test]
fn without_the_policy_everybody_would_log_in() {
    let open = CONFIG
        .replace("AllowUsers deploy\n", "")
        .replace("AuthenticationMethods publickey\n", "")
        .replace("PasswordAuthentication no", "PasswordAuthentication yes")
        .replace("PermitRootLogin no", "PermitRootLogin yes");
    assert_eq!(
        logins(&open),
        [
            "deploy key deploy",
            "deploy password deploy",
            "root key root",
            "root password root",
            "mallory key mallory",
            "mallory password mallory",
        ]
    );
}

/// How many of forty connections in a row sshd does not answer: each leaves
/// without a login, which earns a penalty of a second.
fn refused_connections(peer: &Machine, address: &str) -> usize {
    let probe = format!("/usr/bin/python3 {HERE}/peer.py probe tcp {address} 22");
    let answers = peer.shell(&format!("for i in $(seq 40); do {probe}; done"));
    answers
        .lines()
        .filter(|l| !l.starts_with("SSH-2.0-"))
        .count()
}

#[test]
fn the_operator_earns_no_penalty() {
    let server = Server::start(CONFIG);
    let (operator, attacker) = (Machine::start("operator"), Machine::start("attacker"));
    server.machine.connect(&operator, &OPERATOR);
    server.machine.connect(&attacker, &ATTACKER);
    assert_eq!(refused_connections(&operator, "203.0.113.1"), 0);
    assert_eq!(refused_connections(&operator, "2001:db8:7::1"), 0);
    assert_ne!(refused_connections(&attacker, "198.51.100.1"), 0);
}
