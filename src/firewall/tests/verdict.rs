use std::net::IpAddr;

use super::super::{DefaultPolicy, Outcome, Packet, Policy, Protocol, RuleSet};
use super::{rules, set};

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn tcp(source: &str, port: u16) -> Packet<'static> {
    Packet::new(ip(source), Protocol::Tcp, port)
}

#[test]
fn the_first_rule_that_matches_decides() {
    let set = set(&[
        "deny from 203.0.113.7 to any port 80 proto tcp",
        "allow 80,443/tcp",
        "reject from 203.0.113.0/24",
        "limit 22/tcp",
    ]);
    let outcome = |source, port| {
        let verdict = set.verdict(&tcp(source, port));
        (verdict.outcome, verdict.rule)
    };
    assert_eq!(outcome("203.0.113.7", 80), (Outcome::Deny, Some(0)));
    assert_eq!(outcome("203.0.113.7", 443), (Outcome::Allow, Some(1)));
    assert_eq!(outcome("203.0.113.7", 22), (Outcome::Reject, Some(2)));
    assert_eq!(outcome("2001:db8::1", 22), (Outcome::Limit, Some(3)));
    assert_eq!(outcome("198.51.100.1", 25), (Outcome::Deny, None));
}

#[test]
fn what_a_packet_leaves_open_is_what_no_rule_names() {
    let set = set(&[
        "allow in on wg+ to any port 22 proto tcp",
        "allow from any to 192.0.2.1 port 25 proto tcp",
        "allow from any port 53 to any port 99 proto udp",
        "allow from 0.0.0.0/0 to 0.0.0.0/0 port 7 proto tcp",
    ]);
    let admits = |packet: &Packet<'_>| set.verdict(packet).outcome.admits();
    let ssh = tcp("10.0.0.1", 22);
    assert!(!admits(&ssh));
    let inside = Packet {
        interface: Some("wg0"),
        ..ssh
    };
    assert!(admits(&inside));
    let mail = tcp("10.0.0.1", 25);
    assert!(!admits(&mail));
    let addressed = Packet {
        destination: Some(ip("192.0.2.1")),
        ..mail
    };
    assert!(admits(&addressed));
    assert!(admits(&tcp("10.0.0.1", 7)));
    assert!(!admits(&tcp("2001:db8::1", 7)));
}

#[test]
fn directions_and_defaults_are_separate() {
    let policy = Policy {
        default_incoming: DefaultPolicy::Reject,
        default_outgoing: DefaultPolicy::Deny,
        ..Policy::default()
    };
    let set = RuleSet::new(rules(&["allow out 443/tcp", "allow 22/tcp"]), policy);
    let packet = tcp("10.0.0.1", 443);
    assert_eq!(set.verdict(&packet).outcome, Outcome::Reject);
    assert_eq!(set.outgoing_verdict(&packet).outcome, Outcome::Allow);
    assert_eq!(
        set.outgoing_verdict(&tcp("10.0.0.1", 22)).outcome,
        Outcome::Deny
    );
}

#[test]
fn applications_and_bare_ports_match_their_protocols() {
    let set = set(&["allow Samba", "allow 53"]);
    let admits = |protocol, port| {
        let packet = Packet::new(ip("10.0.0.1"), protocol, port);
        set.verdict(&packet).outcome.admits()
    };
    assert!(admits(Protocol::Udp, 137) && admits(Protocol::Tcp, 445));
    assert!(!admits(Protocol::Tcp, 137) && !admits(Protocol::Udp, 445));
    assert!(admits(Protocol::Tcp, 53) && admits(Protocol::Udp, 53));
    assert!(!admits(Protocol::Gre, 53));
}
