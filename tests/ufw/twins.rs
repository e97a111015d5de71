//! The oracle must be able to fail: each of these breaks our text, and must be
//! noticed within a few lists.

use hostwright::firewall::{DefaultPolicy, Direction};

use crate::bench::Bench;
use crate::hosts::{Break, ruleset};
use crate::lists::Case;

/// Changed lists within which a break must be noticed.
const LISTS: usize = 40;

const BREAKS: [(&str, Break); 5] = [
    ("denials accept", |text| {
        text.replace("counter drop comment \"", "counter accept comment \"")
            .replace(" drop comment \"", " accept comment \"")
    }),
    ("the guard's rules are in reverse order", reversed),
    ("networks are their first address", |text| {
        text.replace("203.0.113.0/24", "203.0.113.0")
            .replace("10.1.0.0/24", "10.1.0.0")
    }),
    ("limits only accept", |text| {
        text.replace("goto limited", "accept")
    }),
    ("rejections drop", |text| {
        text.replace("reject with tcp reset", "drop")
            .replace("reject", "drop")
    }),
];

pub(crate) fn notice_every_break(bench: &mut Bench, seed: u64) {
    for direction in [Direction::In, Direction::Out] {
        for (name, broken) in BREAKS {
            let found = (seed..)
                .map(|seed| Case::new(seed, direction))
                .filter(|case| changes(case, direction, broken))
                .take(LISTS)
                .find(|case| bench.difference(case, Some(broken)).is_some());
            let name = format!("broken on purpose ({direction:?}, {name})");
            match found {
                Some(case) => println!("{name}: noticed at seed {}", case.seed),
                None => panic!("{name}: not noticed within {LISTS} lists"),
            }
        }
    }
}

/// Whether the break changes the list at all. One policy is enough: another
/// would restart ufw.
fn changes(case: &Case, direction: Direction, broken: Break) -> bool {
    let policy = case.set.policy();
    let default = match direction {
        Direction::In => policy.default_incoming,
        Direction::Out => policy.default_outgoing,
    };
    default == DefaultPolicy::Deny && ruleset(&case.set, Some(broken)) != ruleset(&case.set, None)
}

/// The lines of the rules, last first.
fn reversed(text: &str) -> String {
    let numbered = |line: &&str| {
        line.split("comment \"")
            .nth(1)
            .is_some_and(|c| c.starts_with(|c: char| c.is_ascii_digit()))
    };
    let mut lines: Vec<&str> = text.lines().filter(numbered).collect();
    let swap = |line| {
        if numbered(&line) {
            lines.pop().unwrap_or_default()
        } else {
            line
        }
    };
    text.lines().map(swap).collect::<Vec<_>>().join("\n") + "\n"
}
