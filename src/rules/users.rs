//! Accounts: who is who, and who is root without saying so.

use crate::description::raw::Sudo;
use crate::diagnostics::{Finding, key_path};
use crate::host::{AccountName, Host, User};

use super::rule::{Context, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule::error(
        "user-reserved",
        "users have names of their own: accounts of the system and its services are not for people",
        &["users"],
        reserved,
    )
    .without_override(),
    Rule::warning(
        "user-without-key",
        "each user has a key: without one nobody can log in as that user",
        &["users"],
        without_key,
    ),
    Rule::warning(
        "user-group",
        "groups that amount to root are not given in passing: `sudo` says it openly",
        &["users"],
        group,
    ),
    Rule::error(
        "user-password-missing",
        "who needs a password for sudo has one: NixOS accepts such a user and sudo then refuses",
        &["users"],
        password_missing,
    ),
    Rule::warning(
        "password-file-unused",
        "a password file is for a user with sudo = \"password\": SSH never asks for passwords",
        &["users"],
        password_file_unused,
    ),
    Rule::warning(
        "password-file-late",
        "the password file is there when the system starts, and somebody can put it there",
        &["users", "ssh", "volumes"],
        password_file_late,
    ),
];

/// Accounts of NixOS itself and of services that its modules create
/// (nixos/modules/misc/ids.nix and `users.users` of the modules).
const RESERVED: [&str; 38] = [
    "acme",
    "adm",
    "avahi",
    "backup",
    "bin",
    "caddy",
    "chrony",
    "clamav",
    "daemon",
    "dhcpcd",
    "fwupd-refresh",
    "gitea",
    "grafana",
    "http",
    "lp",
    "mail",
    "messagebus",
    "mysql",
    "nginx",
    "nobody",
    "nscd",
    "ntp",
    "operator",
    "polkituser",
    "postfix",
    "postgres",
    "prometheus",
    "redis",
    "rtkit",
    "sshd",
    "sys",
    "sync",
    "tss",
    "unbound",
    "uucp",
    "uuidd",
    "wheel",
    "www-data",
];

/// Beginnings of names that belong to the system.
const RESERVED_PREFIXES: [&str; 2] = ["nixbld", "systemd-"];

fn path(name: &AccountName, key: &str) -> String {
    format!("{}.{key}", key_path("users", name.as_str()))
}

fn is_root(name: &AccountName) -> bool {
    name.as_str() == "root"
}

fn reserved(context: &Context<'_>) -> Vec<Finding> {
    let names = context.host.users.keys();
    names
        .filter(|name| {
            let name = name.as_str();
            RESERVED.contains(&name) || RESERVED_PREFIXES.iter().any(|it| name.starts_with(it))
        })
        .map(|name| {
            Finding::error("user-reserved", key_path("users", name.as_str()))
                .on_key()
                .message(format!("`{name}` is an account of the system"))
                .label("not a name for a person")
                .help("choose another name, such as deploy or your own")
        })
        .collect()
}

fn without_key(context: &Context<'_>) -> Vec<Finding> {
    let users = context.host.users.iter();
    users
        .filter(|(name, user)| user.keys.is_empty() && !is_root(name))
        .map(|(name, _)| {
            Finding::warning("user-without-key", path(name, "keys"))
                .on_key()
                .message(format!("nobody can log in as `{name}`"))
                .label("no key")
                .help("add keys = [\"…\"], one line of the person's ~/.ssh/id_ed25519.pub, or delete the user")
        })
        .collect()
}

/// Groups whose members can become root, and how.
const ROOT_GROUPS: [(&str, &str); 9] = [
    (
        "docker",
        "its members start containers that own the whole disk",
    ),
    (
        "podman",
        "its members use the system's container socket, which runs as root",
    ),
    ("disk", "its members write to the disk past all permissions"),
    (
        "incus-admin",
        "its members start containers that own the whole disk",
    ),
    ("kmem", "its members read the kernel's memory"),
    (
        "libvirtd",
        "its members start machines that own the whole disk",
    ),
    (
        "lxd",
        "its members start containers that own the whole disk",
    ),
    ("root", "its members read what belongs to root"),
    ("shadow", "its members read the password hashes"),
];

fn group(context: &Context<'_>) -> Vec<Finding> {
    let users = context.host.users.iter();
    let users = users.filter(|(name, user)| !is_root(name) && user.sudo != Sudo::Passwordless);
    users
        .flat_map(|(name, user)| {
            let groups = user.groups.iter().enumerate();
            groups.filter_map(move |(index, group)| {
                let finding =
                    Finding::warning("user-group", path(name, &format!("groups[{index}]")));
                group_finding(finding, name, user, group.as_str())
            })
        })
        .collect()
}

fn group_finding(
    finding: Finding,
    name: &AccountName,
    user: &User,
    group: &str,
) -> Option<Finding> {
    if group == "wheel" {
        return (user.sudo == Sudo::None).then(|| {
            finding
                .message(format!(
                    "the group wheel alone gives `{name}` nothing that works"
                ))
                .label("sudo would ask for a password that is not there")
                .help("write sudo = \"passwordless\" instead")
        });
    }
    let (_, how) = ROOT_GROUPS.iter().find(|(it, _)| *it == group)?;
    Some(
        finding
            .message(format!(
                "the group {group} makes `{name}` root without sudo"
            ))
            .label(*how)
            .help("take the group out, or write sudo = \"passwordless\", which says so openly"),
    )
}

fn password_missing(context: &Context<'_>) -> Vec<Finding> {
    let users = context.host.users.iter();
    users
        .filter(|(_, user)| user.sudo == Sudo::Password && user.hashed_password_file.is_none())
        .map(|(name, _)| {
            Finding::error("user-password-missing", path(name, "sudo"))
                .message(format!("`{name}` needs a password for sudo and has none"))
                .label("sudo would refuse every answer")
                .help("write sudo = \"passwordless\": the SSH key is the proof; or name a hashed_password_file on the server")
        })
        .collect()
}

fn password_file_unused(context: &Context<'_>) -> Vec<Finding> {
    let users = context.host.users.iter();
    users
        .filter(|(_, user)| user.sudo != Sudo::Password && user.hashed_password_file.is_some())
        .map(|(name, _)| {
            Finding::warning("password-file-unused", path(name, "hashed_password_file"))
                .message(format!("nothing asks for the password of `{name}`"))
                .label("read, and never used")
                .help("write sudo = \"password\", or delete the line")
        })
        .collect()
}

/// Folders that are empty at each boot.
const VOLATILE: [&str; 5] = ["/run", "/tmp", "/var/run", "/dev", "/proc"];

fn lies_below(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder);
    rest.is_some_and(|rest| rest.starts_with('/'))
}

fn password_file_late(context: &Context<'_>) -> Vec<Finding> {
    let host = context.host;
    let users = host.users.iter();
    users
        .filter(|(_, user)| user.sudo == Sudo::Password)
        .filter_map(|(name, user)| {
            let file = user.hashed_password_file.as_ref()?.as_str();
            let finding =
                Finding::warning("password-file-late", path(name, "hashed_password_file"));
            late(host, finding, file)
        })
        .collect()
}

fn late(host: &Host, finding: Finding, file: &str) -> Option<Finding> {
    if VOLATILE.iter().any(|folder| lies_below(file, folder)) {
        return Some(
            finding
                .message("the password file is gone after each start")
                .label("a folder in memory")
                .help("put it on the disk, such as /var/lib/secrets/NAME.hash"),
        );
    }
    if host
        .volumes
        .values()
        .any(|it| lies_below(file, it.mount.as_str()))
    {
        return Some(
            finding
                .message("the password file is not there yet when accounts are made")
                .label("on a volume, which is mounted later")
                .help("put it on the root disk, such as /var/lib/secrets/NAME.hash"),
        );
    }
    let other_way = host.users.iter().any(|(name, user)| {
        let without_password = user.sudo == Sudo::Passwordless || is_root(name);
        without_password && !user.keys.is_empty() && host.ssh.allow_users.contains(name)
    });
    (!other_way).then(|| {
        finding
            .message("only root can put the password file there, and nobody becomes root without it")
            .label("not there at the first boot")
            .help("write sudo = \"passwordless\" for one user with a key, at least until the file is in place")
    })
}
