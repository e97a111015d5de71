//! Who is banned, from what, and who never is.

use crate::host::Host;

use super::check::Check;
use super::fact::Stage;
use super::firewall::{described, reached};
use super::list::List;
use super::sources::{operators, outsiders};

pub(super) fn facts(host: &Host, list: &mut List) {
    if !host.fail2ban.enable {
        return;
    }
    let unit = "fail2ban.service".to_owned();
    let what = "fail2ban.service is active".to_owned();
    list.add(
        ["fail2ban.enable"],
        Stage::ALL,
        Check::UnitActive { unit },
        what,
    );
    settings(host, list);
    banned(host, list);
    exempt(host, list);
}

fn settings(host: &Host, list: &mut List) {
    let bans = &host.fail2ban;
    let settings = [
        ("maxretry", u64::from(bans.max_retry), "fail2ban.max_retry"),
        ("findtime", bans.find_time.get(), "fail2ban.find_time"),
        ("bantime", bans.ban_time.get(), "fail2ban.ban_time"),
        (
            "bantime.maxtime",
            bans.ban_time_max.get(),
            "fail2ban.ban_time_max",
        ),
    ];
    for (setting, value, key) in settings {
        let value = value.to_string();
        let what = format!("fail2ban has {setting} {value}");
        list.add(
            [key],
            Stage::ALL,
            Check::Fail2banSetting { setting, value },
            what,
        );
    }
    if bans.ignore.is_empty() {
        return;
    }
    let networks = bans.ignore.iter().map(ToString::to_string).collect();
    let what = "fail2ban and sshd's penalties exempt the declared networks".into();
    let check = Check::Fail2banIgnores { networks };
    list.add(
        ["fail2ban.ignore", "operator.addresses"],
        Stage::ALL,
        check,
        what,
    );
}

fn banned(host: &Host, list: &mut List) {
    for source in outsiders(host) {
        let ports = reached(host, &source);
        // Who does not reach sshd cannot fail there.
        let Some(port) = ports
            .iter()
            .copied()
            .find(|port| host.ssh.ports.contains(port))
        else {
            continue;
        };
        let who = described(&source);
        let failures = host.fail2ban.max_retry;
        let what =
            format!("{failures} failed logins ban {who} from every port, published ones too");
        let check = Check::Ban {
            source: source.clone(),
            failures,
            port,
            ports,
        };
        list.add(["fail2ban.max_retry"], Stage::NETWORK, check, what);
        let what = format!("a reload of the firewall keeps bans of {who} and published ports");
        let check = Check::ReloadKeeps {
            source: source.clone(),
            port,
        };
        list.add(["fail2ban.enable"], Stage::NETWORK, check, what);
        let what = format!("a ban of {who} that is lifted leaves nothing behind");
        let check = Check::BanLifted { source, port };
        list.add(["fail2ban.enable"], Stage::NETWORK, check, what);
    }
}

fn exempt(host: &Host, list: &mut List) {
    for source in operators(host) {
        let ports = reached(host, &source);
        let Some(port) = ports.into_iter().find(|port| host.ssh.ports.contains(port)) else {
            continue;
        };
        let failures = host.fail2ban.max_retry.saturating_add(1);
        let what = format!("{failures} failed logins do not ban {}", described(&source));
        let check = Check::NeverBanned {
            source,
            failures,
            port,
        };
        list.add(["operator.addresses"], Stage::NETWORK, check, what);
    }
}
