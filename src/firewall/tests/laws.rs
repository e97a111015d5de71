//! Laws that hold for every list, checked on random ones.

use std::net::IpAddr;

use proptest::prelude::*;
use proptest::sample::select;

use super::super::{DefaultPolicy, Outcome, Packet, Policy, Profiles, Protocol, Rule, RuleSet};

/// Ends that rules and packets share, so that they meet often.
const V4: [&str; 5] = ["10.0.0.1", "10.0.0.2", "10.0.1.1", "192.0.2.7", "8.8.8.8"];
const V6: [&str; 3] = ["2001:db8::1", "2001:db8:1::1", "fd00::1"];
const PORTS: [u16; 6] = [22, 53, 80, 443, 6003, 137];
const INTERFACES: [&str; 3] = ["eth0", "eth1", "wg0"];

fn action() -> impl Strategy<Value = &'static str> {
    select(vec!["allow", "deny", "reject", "limit"])
}

fn simple_rule() -> impl Strategy<Value = String> {
    let what = select(vec![
        "22/tcp",
        "53",
        "80,443/tcp",
        "6000:6007/udp",
        "ssh",
        "domain",
        "'Nginx Full'",
        "Samba",
        "DNS",
        "137:443/tcp",
    ]);
    let direction = select(vec!["", "in ", "out "]);
    let log = select(vec!["", "log ", "log-all "]);
    (action(), direction, log, what).prop_map(|(a, d, l, w)| format!("{a} {d}{l}{w}"))
}

fn full_rule() -> impl Strategy<Value = String> {
    let on = select(vec![
        "",
        "in on eth0 ",
        "in on eth+ ",
        "out on wg0 ",
        "in on wg0 ",
    ]);
    let proto = select(vec![
        "",
        "proto tcp ",
        "proto udp ",
        "proto tcp ",
        "proto esp ",
    ]);
    let addresses = select(vec![
        ("any", "any"),
        ("10.0.0.0/24", "any"),
        ("10.0.0.1", "10.0.1.1"),
        ("any", "192.0.2.0/24"),
        ("2001:db8::/32", "any"),
        ("2001:db8::1", "fd00::/8"),
        ("0.0.0.0/0", "any"),
        ("10.0.0.0/8", "0.0.0.0/0"),
    ]);
    let from_port = select(vec!["", "", "", "port 53 ", "port 1024:65535 "]);
    let to_port = select(vec![
        "",
        "port 22 ",
        "port 80,443 ",
        "app DNS ",
        "app 'Nginx Full' ",
    ]);
    let comment = select(vec!["", "", "comment 'it is \"so\"'", "comment ä"]);
    (action(), on, proto, addresses, from_port, to_port, comment).prop_map(
        |(a, on, p, (from, to), fp, tp, c)| format!("{a} {on}{p}from {from} {fp}to {to} {tp}{c}"),
    )
}

fn rule() -> impl Strategy<Value = Rule> {
    prop_oneof![simple_rule(), full_rule()].prop_filter_map("not a rule", |text| {
        Rule::parse(&text, &Profiles::default()).ok()
    })
}

fn rule_set() -> impl Strategy<Value = RuleSet> {
    let default = select(vec![
        DefaultPolicy::Deny,
        DefaultPolicy::Reject,
        DefaultPolicy::Allow,
    ]);
    (prop::collection::vec(rule(), 0..12), default).prop_map(|(rules, default_incoming)| {
        let policy = Policy {
            default_incoming,
            ..Policy::default()
        };
        RuleSet::new(rules, policy)
    })
}

fn packet() -> impl Strategy<Value = Packet<'static>> {
    let addresses = (0..8usize, 0..8usize, any::<bool>()).prop_map(|(s, d, v6)| {
        let list: &[&str] = if v6 { &V6 } else { &V4 };
        let pick = |n: usize| list[n % list.len()].parse::<IpAddr>().unwrap();
        (pick(s), pick(d))
    });
    let protocol = select(vec![Protocol::Tcp, Protocol::Udp, Protocol::Esp]);
    let source_port = select(vec![53u16, 1000, 40000]);
    (
        addresses,
        protocol,
        source_port,
        select(PORTS.to_vec()),
        select(INTERFACES.to_vec()),
    )
        .prop_map(
            |((source, destination), protocol, source_port, port, interface)| Packet {
                source,
                source_port: protocol.has_ports().then_some(source_port),
                destination: Some(destination),
                port: protocol.has_ports().then_some(port),
                protocol,
                interface: Some(interface),
            },
        )
}

/// Reads nftables lines as nftables does: word by word, first verdict wins.
fn naive(text: &str, packet: &Packet<'_>) -> Outcome {
    let decided = text.lines().find_map(|line| naive_line(line, packet));
    decided.unwrap_or(Outcome::Deny)
}

fn naive_line(line: &str, packet: &Packet<'_>) -> Option<Outcome> {
    let (line, _) = line.split_once(" comment ").unwrap_or((line, ""));
    let mut words = line.split(' ').filter(|word| *word != "meta").peekable();
    loop {
        let key = words.next()?;
        let outcome = match key {
            "accept" => Some(Outcome::Allow),
            "drop" => Some(Outcome::Deny),
            "reject" => Some(Outcome::Reject),
            _ => None,
        };
        if outcome.is_some() {
            return outcome;
        }
        let field = match key {
            "iifname" | "nfproto" | "l4proto" => "",
            _ => words.next()?,
        };
        let mut values = vec![words.next()?.trim_end_matches(',')];
        if values == ["{"] {
            values = words.by_ref().take_while(|w| *w != "}").collect();
        }
        let holds = |value: &&str| naive_holds(key, field, value.trim_end_matches(','), packet);
        if !values.iter().any(holds) {
            return None;
        }
    }
}

fn naive_holds(key: &str, field: &str, value: &str, packet: &Packet<'_>) -> bool {
    let v4 = packet.source.is_ipv4();
    let protocol = packet.protocol.name();
    match (key, field) {
        ("iifname", _) => {
            let name = value.trim_matches('"');
            let actual = packet.interface.unwrap();
            match name.strip_suffix('*') {
                Some(prefix) => actual.starts_with(prefix),
                None => actual == name,
            }
        }
        ("nfproto", _) => (value == "ipv4") == v4,
        ("l4proto", _) => value == protocol,
        ("ip" | "ip6", _) => {
            let address = match field {
                "saddr" => packet.source,
                _ => packet.destination.unwrap(),
            };
            let inside = match value.parse::<ipnet::IpNet>() {
                Ok(net) => net.contains(&address),
                Err(_) => value.parse() == Ok(address),
            };
            inside && (key == "ip") == v4
        }
        ("tcp" | "udp" | "th", _) => {
            let port = match field {
                "sport" => packet.source_port,
                _ => packet.port,
            };
            let (first, last) = value.split_once('-').unwrap_or((value, value));
            let range = first.parse::<u16>().unwrap()..=last.parse().unwrap();
            (key == "th" || key == protocol) && port.is_some_and(|port| range.contains(&port))
        }
        other => panic!("unknown words {other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn the_canonical_form_is_the_same_rule(rule in rule()) {
        let text = rule.to_string();
        prop_assert_eq!(Rule::parse(&text, &Profiles::default()), Ok(rule));
    }

    #[test]
    fn any_text_is_a_rule_or_an_error_with_a_place(text in ".{0,80}") {
        check_text(&text);
    }

    #[test]
    fn any_words_are_a_rule_or_an_error_with_a_place(
        words in prop::collection::vec(select(WORDS.to_vec()), 0..12)
    ) {
        check_text(&words.join(" "));
    }

    #[test]
    fn the_rendered_list_gives_the_same_verdicts(set in rule_set(), packet in packet()) {
        let verdict = set.verdict(&packet).outcome;
        let rendered = naive(&set.input_rules(), &packet);
        let limit_accepts = if verdict == Outcome::Limit { Outcome::Allow } else { verdict };
        prop_assert_eq!(rendered, limit_accepts);
    }

    #[test]
    fn a_shadowed_rule_decides_nothing(set in rule_set(), packet in packet()) {
        if let Some(rule) = set.verdict(&packet).rule {
            prop_assert!(set.shadowed().iter().all(|shadow| shadow.rule != rule));
        }
    }

    #[test]
    fn leaving_a_shadowed_rule_out_changes_nothing(set in rule_set(), packet in packet()) {
        let shadowed = set.shadowed();
        let kept = set.rules().iter().enumerate()
            .filter(|(index, _)| shadowed.iter().all(|shadow| shadow.rule != *index))
            .map(|(_, rule)| rule.clone())
            .collect();
        let smaller = RuleSet::new(kept, set.policy());
        prop_assert_eq!(smaller.verdict(&packet).outcome, set.verdict(&packet).outcome);
        prop_assert!(smaller.shadowed().is_empty());
    }

    #[test]
    fn who_gets_in_is_among_the_sources_that_reach(set in rule_set(), packet in packet()) {
        if let Some(port) = packet.port && set.verdict(&packet).outcome.admits() {
            prop_assert!(set.opens(port, packet.protocol).contains(packet.source));
        }
    }
}

const WORDS: &[&str] = &[
    "allow",
    "deny",
    "limit",
    "in",
    "out",
    "on",
    "eth0",
    "log",
    "from",
    "to",
    "any",
    "10.0.0.1",
    "2001:db8::/32",
    "port",
    "22",
    "80,443",
    "1:2",
    "proto",
    "tcp",
    "esp",
    "app",
    "OpenSSH",
    "Nginx",
    "Full",
    "comment",
    "'a b'",
    "'",
    "22/tcp",
    "http",
    "/",
    ":",
    ",",
    "ä",
];

fn check_text(text: &str) {
    let profiles = Profiles::default();
    match Rule::parse(text, &profiles) {
        Ok(rule) => assert_eq!(Rule::parse(&rule.to_string(), &profiles), Ok(rule)),
        Err(error) => assert!(text.get(error.range.clone()).is_some(), "{error:?}"),
    }
}
