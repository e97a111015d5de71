//! Bans: of attackers, not of you.

use crate::diagnostics::Finding;

use super::exposure::{is_public, ssh_reach};
use super::rule::{Context, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule::error(
        "fail2ban-self-ban",
        "your own address is exempt where two failures are enough for a ban: a wrong key in the agent counts",
        &["fail2ban", "operator"],
        self_ban,
    ),
    Rule::warning(
        "fail2ban-useless",
        "fail2ban is asked for where strangers reach SSH: elsewhere it costs memory and bans only colleagues",
        &["fail2ban", "ssh", "firewall"],
        useless,
    ),
    Rule::warning(
        "fail2ban-off",
        "addresses that attack an SSH server open to everybody are banned",
        &["fail2ban", "ssh", "firewall"],
        off,
    ),
    Rule::error(
        "fail2ban-times",
        "times are longer than nothing, and the longest ban is not shorter than the first",
        &["fail2ban"],
        times,
    ),
];

/// Failures that a person makes without noticing.
const CARELESS: u32 = 2;

fn self_ban(context: &Context<'_>) -> Vec<Finding> {
    let fail2ban = &context.host.fail2ban;
    if !fail2ban.enable || fail2ban.max_retry > CARELESS || !fail2ban.ignore.is_empty() {
        return Vec::new();
    }
    let failures = match fail2ban.max_retry {
        1 => "1 failure".to_owned(),
        count => format!("{count} failures"),
    };
    vec![
        Finding::error("fail2ban-self-ban", "fail2ban.max_retry")
            .message(format!("{failures} would ban you too"))
            .label("no address is exempt")
            .help("write max_retry = 5, or name your address in operator.addresses, which is never banned"),
    ]
}

/// Where nobody asked for it, the default is a second line of defence.
fn useless(context: &Context<'_>) -> Vec<Finding> {
    let host = context.host;
    let reach = ssh_reach(host);
    let open = reach.iter().any(|it| !it.is_empty());
    let asked_for = host.fail2ban.enable && context.written.has("fail2ban.enable");
    if !asked_for || !open || reach.iter().any(is_public) {
        return Vec::new();
    }
    vec![
        Finding::warning("fail2ban-useless", "fail2ban.enable")
            .message("fail2ban has nobody to ban: strangers do not reach SSH")
            .label("firewall.rules let in known addresses alone")
            .help("write enable = false; the firewall alone keeps strangers out"),
    ]
}

fn off(context: &Context<'_>) -> Vec<Finding> {
    let host = context.host;
    if host.fail2ban.enable || !ssh_reach(host).iter().any(is_public) {
        return Vec::new();
    }
    vec![
        Finding::warning("fail2ban-off", "fail2ban.enable")
            .message("SSH is open to everybody, and nobody is banned")
            .label("attackers may try for ever")
            .help("write enable = true, or open SSH to your own addresses alone, such as \"allow from 203.0.113.7 to any port 22 proto tcp\""),
    ]
}

fn times(context: &Context<'_>) -> Vec<Finding> {
    let fail2ban = &context.host.fail2ban;
    if !fail2ban.enable {
        return Vec::new();
    }
    let zero = [
        (
            "find_time",
            fail2ban.find_time,
            "10m",
            "no failure would ever count",
        ),
        (
            "ban_time",
            fail2ban.ban_time,
            "1h",
            "a ban would end at once",
        ),
    ];
    let mut findings = zero
        .into_iter()
        .filter(|(_, time, ..)| time.get() == 0)
        .map(|(key, _, usual, effect)| {
            Finding::error("fail2ban-times", format!("fail2ban.{key}"))
                .message(format!("`fail2ban.{key}` is no time at all"))
                .label(effect)
                .help(format!("write {key} = \"{usual}\""))
        })
        .collect::<Vec<_>>();
    if fail2ban.ban_time_max < fail2ban.ban_time {
        let (first, longest) = (fail2ban.ban_time, fail2ban.ban_time_max);
        findings.push(
            Finding::error("fail2ban-times", "fail2ban.ban_time_max")
                .message(format!(
                    "the longest ban, {longest}, is shorter than the first, {first}"
                ))
                .label("bans grow from ban_time to this")
                .help(format!(
                    "write ban_time_max = \"7d\", or anything from {first} on"
                )),
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::is_public;
    use crate::firewall::{Policy, Profiles, Protocol, Reach, Rule, RuleSet};
    use crate::rules::check;

    fn public(rules: &[&str]) -> bool {
        let profiles = Profiles::default();
        let rules = rules.iter().map(|it| Rule::parse(it, &profiles).unwrap());
        let set = RuleSet::new(rules.collect(), Policy::default());
        let reach: Reach = set.opens(22, Protocol::Tcp);
        is_public(&reach)
    }

    #[test]
    fn strangers_are_told_from_an_organisation() {
        assert!(public(&["limit 22/tcp"]));
        assert!(public(&["deny from 203.0.113.0/24", "allow 22/tcp"]));
        assert!(public(&["allow from 2000::/3 to any port 22 proto tcp"]));
        assert!(!public(&["allow from 10.0.0.0/8 to any port 22 proto tcp"]));
        assert!(!public(&[
            "allow from 2001:db8::/32 to any port 22 proto tcp"
        ]));
    }

    #[test]
    fn only_who_asked_for_bans_hears_that_they_are_useless() {
        let bastion = include_str!("../../tests/hosts/valid/bastion.toml");
        let found = |fail2ban: &str| {
            let text = bastion.replace("enable = false", fail2ban);
            assert_ne!(text, bastion);
            let findings = check(text.as_bytes()).findings;
            findings.iter().map(|it| it.rule).collect::<Vec<_>>()
        };
        assert_eq!(found("enable = true"), ["fail2ban-useless"]);
        assert_eq!(found(""), [""; 0]);
    }
}
