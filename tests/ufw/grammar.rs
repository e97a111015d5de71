//! ufw's own parser as the oracle of ours: the same texts are rules, and have
//! the same canonical form.

use hostwright::firewall::{Direction, Profiles, Rule};

use crate::hosts::Ufw;
use crate::lists;
use crate::random::Random;

/// Texts that are compared.
const TEXTS: usize = 3000;

/// Words that make wrong rules out of right ones.
const WORDS: [&str; 34] = [
    "allow",
    "deny",
    "in",
    "out",
    "on",
    "eth0",
    "eth0:1",
    "log",
    "log-all",
    "from",
    "to",
    "any",
    "port",
    "proto",
    "app",
    "tcp",
    "udp",
    "esp",
    "igmp",
    "ipv6",
    "sctp",
    "22",
    "0",
    "65536",
    "80,443",
    "90:80",
    "http",
    "10.0.0.1",
    "10.0.0.0/33",
    "2001:db8::/32",
    "fd00::1",
    "SSH",
    "comment note",
    "example.org",
];

/// Compares parser and canonical form on rules of the grammar and on broken ones.
pub(crate) fn compare(ufw: &mut Ufw, seed: u64) {
    let profiles = Profiles::default();
    let mut random = Random::new(seed);
    let (mut accepted, mut refused, mut deliberate) = (0, 0, 0);
    for _ in 0..TEXTS {
        let text = text(&mut random);
        let ours = Rule::parse(&text, &profiles);
        let theirs = ufw.parse(&text);
        match (&ours, &theirs) {
            (Ok(rule), Ok(canonical)) => {
                assert_eq!(&rule.to_string(), canonical, "'{text}': canonical form");
                accepted += 1;
            }
            (Err(_), Err(_)) => refused += 1,
            (Ok(rule), Err(_)) if wider(rule) => deliberate += 1,
            (Ok(rule), Err(error)) => panic!("'{text}': ufw refuses ({error}), ours is {rule}"),
            (Err(error), Ok(_)) if stricter(&error.message) => deliberate += 1,
            (Err(error), Ok(canonical)) => {
                panic!("'{text}': ours refuses ({error}), ufw's is {canonical}")
            }
        }
    }
    println!(
        "grammar: {TEXTS} texts, ufw and ours accept {accepted} and refuse {refused}; they differ on purpose on {deliberate}"
    );
    assert!(
        accepted > TEXTS / 5 && refused > TEXTS / 5,
        "both must happen often"
    );
}

/// What ours refuses on purpose (docs/decisions/0002): the same thing said
/// twice, of which ufw takes the last; words of the grammar as names; a
/// second direction or interface.
fn stricter(message: &str) -> bool {
    [
        "stands twice",
        "names no interface",
        "has no value",
        "second direction",
        "wrong place",
    ]
    .iter()
    .any(|part| message.contains(part))
}

/// What ours accepts on purpose: interfaces are called after what they are
/// for, and `app` is such a name.
fn wider(rule: &Rule) -> bool {
    let words = ["app", "port", "proto", "any", "log", "log-all"];
    rule.interface()
        .is_some_and(|name| words.contains(&name.as_str()))
}

/// A rule of the grammar, often with a word exchanged, added or left out.
fn text(random: &mut Random) -> String {
    let direction = random.pick(&[Direction::In, Direction::Out]);
    let rule = lists::rule(random, direction);
    let mut words: Vec<&str> = rule.split_whitespace().collect();
    for _ in 0..random.below(3) {
        let at = random.below(words.len());
        match random.below(3) {
            0 => words[at] = random.pick(&WORDS),
            1 => words.insert(at, random.pick(&WORDS)),
            _ if words.len() > 1 => {
                words.remove(at);
            }
            _ => {}
        }
    }
    words.join(" ")
}
