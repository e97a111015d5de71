//! Which commands show a fact. Facts that share one have it run once.

use crate::facts::Check;

/// A value as one word of a shell.
pub(super) fn word(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// `sshd -T` on the configuration in use.
const SSHD: &str = "\"$(command -v sshd)\" -T -f /etc/ssh/sshd_config";
const SWAPS: &str = "swapon --show=NAME,SIZE,PRIO --noheadings --raw --bytes";
const ADDRESSES: &str = "ip -o addr show scope global";
/// Store paths of everything on the system's path.
const PACKAGES: &str = "find /run/current-system/sw/ -maxdepth 3 -type l -printf '%l\\n' \
    | sed -n 's,^\\(/nix/store/[^/]*\\).*,\\1,p' | sort -u";

/// fail2ban answers some seconds after its unit is active.
macro_rules! when_fail2ban_answers {
    () => {
        "for second in $(seq 60); do [ -S /run/fail2ban/fail2ban.sock ] && break; sleep 1; done; "
    };
}
const IGNORED: &str = concat!(
    when_fail2ban_answers!(),
    "fail2ban-client get sshd ignoreip"
);

fn fail2ban(setting: &str) -> String {
    format!(
        concat!(when_fail2ban_answers!(), "fail2ban-client get sshd {}"),
        setting
    )
}

/// The commands, in the order in which their output is judged; none where a
/// look at the host shows nothing of the fact.
pub(super) fn commands(check: &Check) -> Vec<String> {
    let fixed = |commands: &[&str]| commands.iter().map(|it| (*it).to_owned()).collect();
    match check {
        Check::HostName { domain: None, .. } => fixed(&["uname -n"]),
        Check::HostName { .. } => fixed(&["uname -n", "hostname --fqdn"]),
        Check::Architecture { .. } => fixed(&["uname -m"]),
        Check::Processors { .. } => fixed(&["nproc"]),
        Check::Memory { .. } => fixed(&[MEMORY]),
        Check::TimeZone { .. } => fixed(TIME_ZONE),
        Check::Locale { .. } => fixed(&["cat /etc/locale.conf"]),
        Check::Account { user, .. } => account(user),
        Check::AuthorizedKeys { user, .. } => keys(user),
        Check::Package { .. } => fixed(&[PACKAGES]),
        Check::UnitActive { unit } => vec![format!("systemctl is-active {}", word(unit))],
        Check::NoFailedUnits {} => fixed(&["systemctl list-units --failed --plain --no-legend"]),
        Check::ListeningSockets { .. } => fixed(&["ss -Hlntu"]),
        Check::SshdSetting { .. } => fixed(&[SSHD]),
        Check::Sudo { user, .. } => sudo(user),
        Check::SudoWheelOnly {} => fixed(&["stat -L -c '%G %A' /run/wrappers/bin/sudo"]),
        Check::Fail2banSetting { setting, .. } => vec![fail2ban(setting)],
        Check::Fail2banIgnores { .. } => fixed(&[SSHD, IGNORED]),
        Check::Sysctl { name, .. } => vec![format!("sysctl -n {}", word(name))],
        Check::ModuleBlacklisted { .. } => fixed(&["modprobe --showconfig | grep ^blacklist"]),
        Check::KernelParameter { .. } => fixed(&["cat /proc/cmdline"]),
        Check::NixSetting { .. } => fixed(&["cat /etc/nix/nix.conf"]),
        Check::NoCoreDumps {} => fixed(CORE_DUMPS),
        Check::SwapFile { .. } | Check::NoSwap {} => fixed(&[SWAPS]),
        Check::Zram { .. } => fixed(&[SWAPS, MEMORY]),
        Check::Mount { path, device, .. } => mount(path, device),
        Check::Link { name, .. } => link(name),
        Check::AddressIn { .. } => fixed(&[ADDRESSES]),
        Check::PublicIpv6 { .. } => fixed(&[ADDRESSES, "ip -6 route show default"]),
        Check::Resolver { .. } => fixed(&["resolvectl dns"]),
        // Packets and logins show these; no command of the host does.
        Check::SshLogin { .. }
        | Check::Port { .. }
        | Check::PublishedPort { .. }
        | Check::TransitDropped { .. }
        | Check::Limit { .. }
        | Check::Outgoing { .. }
        | Check::BlockLogged { .. }
        | Check::Ban { .. }
        | Check::BanLifted { .. }
        | Check::NeverBanned { .. }
        | Check::ReloadKeeps { .. } => Vec::new(),
    }
}

const MEMORY: &str = "cat /proc/meminfo";
const TIME_ZONE: &[&str] = &[
    "readlink /etc/localtime",
    "stat --dereference --format=%F /etc/localtime",
];
const CORE_DUMPS: &[&str] = &[
    "sysctl -n kernel.core_pattern",
    "find /var/lib/systemd/coredump -type f 2>/dev/null | head -n 1; true",
];

fn account(user: &str) -> Vec<String> {
    let user = word(user);
    vec![format!("id -nG {user}"), format!("getent passwd {user}")]
}

fn keys(user: &str) -> Vec<String> {
    let file = word(&format!("/etc/ssh/authorized_keys.d/{user}"));
    vec![format!("test ! -s {file} || ssh-keygen -lf {file}")]
}

fn sudo(user: &str) -> Vec<String> {
    let sudo = "/run/wrappers/bin/sudo";
    let user = word(user);
    vec![format!(
        "runuser -u {user} -- sh -c '{sudo} -k; {sudo} -n id -u'"
    )]
}

fn mount(path: &str, device: &str) -> Vec<String> {
    vec![
        format!("findmnt -rno SOURCE,FSTYPE {}", word(path)),
        format!("readlink -f {}", word(device)),
    ]
}

fn link(name: &str) -> Vec<String> {
    let name = word(name);
    vec![
        format!("ip -o link show dev {name}"),
        format!("ip -o addr show dev {name}"),
        format!("ip route show default dev {name}; ip -6 route show default dev {name}"),
    ]
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn a_value_is_one_word() {
        assert_eq!(word("it's $HOME"), r"'it'\''s $HOME'");
    }
}
