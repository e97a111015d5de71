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
    network(check)
        .or_else(|| settings(check))
        .unwrap_or_else(|| fixed(check).iter().map(|it| (*it).to_owned()).collect())
}

/// Commands without a value in them.
fn fixed(check: &Check) -> &'static [&'static str] {
    match check {
        Check::HostName { domain: None, .. } => &["uname -n"],
        Check::HostName { .. } => &["uname -n", "hostname --fqdn"],
        Check::Architecture { .. } => &["uname -m"],
        Check::Processors { .. } => &["nproc"],
        Check::Memory { .. } => &["cat /proc/meminfo"],
        Check::TimeZone { .. } => &[
            "readlink /etc/localtime",
            "stat --dereference --format=%F /etc/localtime",
        ],
        Check::Locale { .. } => &["cat /etc/locale.conf"],
        Check::Package { .. } => &[PACKAGES],
        Check::NoFailedUnits {} => &["systemctl list-units --failed --plain --no-legend"],
        Check::ListeningSockets { .. } => &["ss -Hlntu"],
        Check::SshdSetting { .. } => &[SSHD],
        Check::SudoWheelOnly {} => &["stat -L -c '%G %A' /run/wrappers/bin/sudo"],
        Check::ModuleBlacklisted { .. } => &["modprobe --showconfig | grep ^blacklist"],
        Check::KernelParameter { .. } => &["cat /proc/cmdline"],
        Check::NixSetting { .. } => &["cat /etc/nix/nix.conf"],
        Check::NoCoreDumps {} => &[
            "sysctl -n kernel.core_pattern",
            "find /var/lib/systemd/coredump -type f 2>/dev/null | head -n 1; true",
        ],
        Check::SwapFile { .. } | Check::NoSwap {} => &[SWAPS],
        Check::Zram { .. } => &[SWAPS, "cat /proc/meminfo"],
        Check::Resolver { .. } => &["resolvectl dns"],
        Check::Fail2banIgnores { .. } => &[SSHD, IGNORED],
        Check::AddressIn { .. } => &[ADDRESSES],
        Check::PublicIpv6 { .. } => &[ADDRESSES, "ip -6 route show default"],
        _ => &[],
    }
}

/// Commands about a thing that the fact names.
fn settings(check: &Check) -> Option<Vec<String>> {
    let commands = match check {
        Check::Account { user, .. } => {
            let user = word(user);
            vec![format!("id -nG {user}"), format!("getent passwd {user}")]
        }
        Check::AuthorizedKeys { user, .. } => {
            let file = word(&format!("/etc/ssh/authorized_keys.d/{user}"));
            vec![format!("test ! -s {file} || ssh-keygen -lf {file}")]
        }
        Check::Sudo { user, .. } => {
            let sudo = "/run/wrappers/bin/sudo";
            let user = word(user);
            vec![format!(
                "runuser -u {user} -- sh -c '{sudo} -k; {sudo} -n id -u'"
            )]
        }
        Check::UnitActive { unit } => vec![format!("systemctl is-active {}", word(unit))],
        Check::Sysctl { name, .. } => vec![format!("sysctl -n {}", word(name))],
        Check::Fail2banSetting { setting, .. } => {
            vec![fail2ban(setting)]
        }
        _ => return None,
    };
    Some(commands)
}

fn network(check: &Check) -> Option<Vec<String>> {
    let commands = match check {
        Check::Mount { path, device, .. } => vec![
            format!("findmnt -rno SOURCE,FSTYPE {}", word(path)),
            format!("readlink -f {}", word(device)),
        ],
        Check::Link { name, .. } => {
            let name = word(name);
            vec![
                format!("ip -o link show dev {name}"),
                format!("ip -o addr show dev {name}"),
                format!("ip route show default dev {name}; ip -6 route show default dev {name}"),
            ]
        }
        _ => return None,
    };
    Some(commands)
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn a_value_is_one_word() {
        assert_eq!(word("it's $HOME"), r"'it'\''s $HOME'");
    }
}
