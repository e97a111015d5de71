//! fail2ban on the jail of NixOS, on a server. Filters and actions are those of
//! Debian's package, which are upstream's, as those of nixpkgs.

use crate::machine::{Machine, wait_until};

/// `jail.local` as NixOS makes it.
pub(crate) const JAIL: &str = include_str!("fixtures/hetzner-cpx31/jail.local");

const DAEMON: &str = include_str!("fixtures/hetzner-cpx31/fail2ban.local");
const PATHS: &str = include_str!("fixtures/hetzner-cpx31/paths-nixos.conf");

/// What differs from NixOS, as files that fail2ban reads on top of the jail.
const ADAPTATIONS: [(&str, &str); 2] = [
    // There is no journal in a namespace: the lines of sshd are in syslog's file.
    (
        "jail.d/without-journal.local",
        "[sshd]\nbackend = polling\nlogpath = /run/messages\n",
    ),
    // Debian's filter of 1.0 expects the name that sshd had before OpenSSH 9.8;
    // nixpkgs patches its package in the same words.
    (
        "filter.d/sshd.local",
        "[DEFAULT]\n_daemon = sshd(?:-session)?\n",
    ),
];

/// Starts fail2ban on a machine; its log is in `/run/messages`, as sshd's.
pub(crate) fn start(machine: &Machine, jail: &str) {
    // Debian's own settings of jails, which NixOS does not have.
    machine.shell("rm -r /etc/fail2ban/jail.d; mkdir -p /var/lib/fail2ban");
    for (file, text) in [
        ("jail.local", jail),
        ("fail2ban.local", DAEMON),
        ("paths-nixos.conf", PATHS),
    ]
    .into_iter()
    .chain(ADAPTATIONS)
    {
        machine.write(&format!("/etc/fail2ban/{file}"), text);
    }
    machine.daemon("fail2ban", "fail2ban-server -xf start");
    wait_until("fail2ban watches sshd", || {
        machine
            .shell("fail2ban-client status sshd 2>&1 || :")
            .contains("/run/messages")
    });
}

/// Whether an address is banned, by fail2ban's own account.
pub(crate) fn is_banned(machine: &Machine, address: &str) -> bool {
    machine
        .run("fail2ban-client get sshd banip")
        .split_whitespace()
        .any(|a| a == address)
}
