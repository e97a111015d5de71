//! The oracle must be able to fail: each of these breaks our text, and must be
//! noticed within a few lists.

use crate::bench::Bench;
use crate::hosts::Break;
use crate::lists::Case;

/// Lists within which a break must be noticed.
const LISTS: u64 = 40;

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
    for (name, broken) in BREAKS {
        let found = (seed..seed + LISTS).find_map(|seed| {
            bench
                .difference(&Case::new(seed), Some(broken))
                .map(|_| seed)
        });
        match found {
            Some(seed) => println!("broken on purpose ({name}): noticed at seed {seed}"),
            None => panic!("broken on purpose ({name}): not noticed within {LISTS} lists"),
        }
    }
}

/// The lines of the chain `incoming`, last first.
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
