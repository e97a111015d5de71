use super::super::{DefaultPolicy, Interface, Logging, Policy, RuleSet};
use super::rules;

fn both(set: &RuleSet) -> String {
    format!(
        "# table inet hostwright\n{}\n# extraInputRules\n{}",
        set.guard_table(),
        set.input_rules()
    )
}

fn interfaces(names: &[&str]) -> Vec<Interface> {
    names
        .iter()
        .map(|name| Interface::parse(name).unwrap())
        .collect()
}

#[test]
fn a_web_server_with_containers() {
    let set = RuleSet::new(
        rules(&[
            "limit 22/tcp comment 'ssh'",
            "deny from 203.0.113.7",
            "allow Nginx Full",
            "allow from 198.51.100.0/24 to any port 8080 proto tcp",
            "reject 113",
            "allow log from 2001:db8::/32 to any port 5432 proto tcp",
        ]),
        Policy::default(),
    )
    .with_container_interfaces(interfaces(&["podman+", "docker0"]))
    .with_forward_interfaces(interfaces(&["wg0"]));
    snapshot!(both(&set));
}

#[test]
fn denied_outgoing_and_full_logging() {
    let policy = Policy {
        default_incoming: DefaultPolicy::Reject,
        default_outgoing: DefaultPolicy::Deny,
        logging: Logging::Full,
    };
    let set = RuleSet::new(
        rules(&[
            "allow out 53",
            "allow out 80,443/tcp",
            "reject out on eth0 to 192.0.2.0/24",
            "allow in on eth1 proto esp",
            "deny to any proto ipv6",
        ]),
        policy,
    );
    snapshot!(both(&set));
}

#[test]
fn an_open_host_without_logging() {
    let policy = Policy {
        default_incoming: DefaultPolicy::Allow,
        default_outgoing: DefaultPolicy::Allow,
        logging: Logging::Off,
    };
    let set = RuleSet::new(rules(&["deny log 25", "limit Samba"]), policy);
    snapshot!(both(&set));
}

#[test]
fn comments_keep_within_nftables() {
    let text = format!("allow 22/tcp comment 'say \"{}\"'", "ä".repeat(100));
    let set = super::set(&[&text]);
    let rules = set.input_rules();
    let comment = rules.split('"').nth(1).unwrap();
    assert_eq!(comment.len(), 119);
    assert!(comment.starts_with("1: allow 22/tcp comment 'say 'ää") && comment.ends_with('…'));
    assert_eq!(rules.matches('"').count(), 2);
}
