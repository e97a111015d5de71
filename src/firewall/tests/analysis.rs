use super::super::{DefaultPolicy, Family, Policy, Protocol, RuleSet};
use super::{rules, set};

fn shadows(texts: &[&str]) -> Vec<(usize, Vec<usize>)> {
    set(texts)
        .shadowed()
        .into_iter()
        .map(|shadow| (shadow.rule, shadow.by))
        .collect()
}

#[test]
fn a_rule_behind_a_wider_one_is_never_reached() {
    assert_eq!(
        shadows(&["allow 22", "deny from 10.0.0.1 to any port 22 proto tcp"]),
        [(1, vec![0])]
    );
    assert_eq!(shadows(&["allow 22/tcp", "limit 22/tcp"]), [(1, vec![0])]);
    assert_eq!(shadows(&["allow 22/tcp", "allow 22"]), []);
    assert_eq!(shadows(&["allow 22/tcp", "allow out 22/tcp"]), []);
    assert_eq!(shadows(&["allow in on eth0", "allow 22/tcp"]), []);
    assert_eq!(
        shadows(&["allow in on eth+", "deny in on eth0"]),
        [(1, vec![0])]
    );
    assert_eq!(shadows(&["allow in on eth0", "deny in on eth+"]), []);
    assert_eq!(shadows(&["allow from 0.0.0.0/0", "allow 22"]), []);
}

#[test]
fn rules_can_shadow_together() {
    assert_eq!(
        shadows(&[
            "allow from 10.0.0.0/9 to any port 22",
            "deny 80",
            "deny from 10.128.0.0/9 to any port 20:25 proto tcp",
            "allow from 10.128.0.0/9 to any port 22 proto udp",
            "reject from 10.0.0.0/8 to any port 22",
        ]),
        [(4, vec![0, 2, 3])]
    );
    assert_eq!(
        shadows(&["allow from 0.0.0.0/0", "allow from ::/0", "deny 22/tcp"]),
        [(2, vec![0, 1])]
    );
}

fn reach(set: &RuleSet, port: u16) -> String {
    let reach = set.opens(port, Protocol::Tcp);
    let networks: Vec<String> = reach.networks().iter().map(ToString::to_string).collect();
    networks.join(" ")
}

#[test]
fn the_sources_of_a_port_are_exact() {
    let set = set(&[
        "deny from 10.0.0.0/9",
        "allow from 10.0.0.0/8 to any port 22 proto tcp",
        "allow from 2001:db8::/32 to any port 22",
        "allow in on wg0 to any port 5432 proto tcp",
        "allow 80/tcp",
    ]);
    assert_eq!(reach(&set, 22), "10.128.0.0/9 2001:db8::/32");
    assert_eq!(reach(&set, 25), "");
    assert!(set.opens(5432, Protocol::Tcp).is_any(Family::V6));
    assert!(!set.opens(80, Protocol::Tcp).is_any(Family::V4));
    assert!(
        set.opens(80, Protocol::Tcp)
            .contains("192.0.2.1".parse().unwrap())
    );
    assert!(set.opens(80, Protocol::Udp).is_empty());
}

#[test]
fn an_open_default_opens_what_no_rule_closes() {
    let policy = Policy {
        default_incoming: DefaultPolicy::Allow,
        ..Policy::default()
    };
    let set = RuleSet::new(rules(&["deny from 128.0.0.0/1", "deny from ::/0"]), policy);
    assert_eq!(reach(&set, 22), "0.0.0.0/1");
}
