//! UFW's `limit`: the sixth new connection of a source within 30 s is refused,
//! and refused connections count too.
//!
//! nftables has no list of times, but elements of a set expire. So a source
//! has a ring of five slots for each port, each a set: to be in it is to have
//! connected less than 30 s ago. A connection looks at the oldest slot, which
//! is the next in the ring: if it is in it, five connections were made since,
//! within 30 s, and it is refused. Either way it takes the slot and moves on.

use super::Logging;
use super::nft::chain;

/// The sixth is refused, so five are remembered.
const SLOTS: usize = 5;

/// Sources that one set remembers; beyond it connections are let in uncounted:
/// a flood must not lock everybody out.
const SOURCES: usize = 16384;

/// One source and one port of the host, in each family's words.
const KEYS: [(char, &str); 2] = [
    ('4', "ip saddr . meta l4proto . th dport"),
    ('6', "ip6 saddr . meta l4proto . th dport"),
];

/// Sets and chains; rules go to chain `limited`, which always decides.
pub(super) fn limit_text(logging: Logging) -> String {
    let mut text = sets().join("\n") + "\n\n";
    text.push_str(&chain("refused", &refused(logging)));
    for slot in 1..=SLOTS {
        text.push_str(&chain(&format!("slot{slot}"), &slot_lines(slot)));
    }
    text.push_str(&chain("limited", &limited()));
    text
}

fn sets() -> Vec<String> {
    let mut lines =
        vec!["# limit: connections of the last 30 s, and which slot is next".to_owned()];
    for (family, key) in KEYS {
        let hits = (1..=SLOTS).map(|slot| format!("limit{family}_{slot}"));
        let next = (2..=SLOTS).map(|slot| format!("limit{family}_next{slot}"));
        lines.extend(hits.chain(next).map(|name| {
            format!(
                "set {name} {{ typeof {key}; size {SOURCES}; flags dynamic,timeout; timeout 30s; }}"
            )
        }));
    }
    lines
}

fn limited() -> Vec<String> {
    let mut lines = Vec::new();
    for (family, key) in KEYS {
        lines.extend(
            (2..=SLOTS).map(|slot| format!("{key} @limit{family}_next{slot} goto slot{slot}")),
        );
    }
    lines.push("goto slot1".to_owned());
    lines
}

/// In a full set nothing is added, and the rest of its line is passed over.
/// So the next slot is entered before this one is left, and a connection is
/// remembered only by a source that went on: one that stays would look at its
/// own last connection as if it were its oldest.
fn slot_lines(slot: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for (family, key) in KEYS {
        let this = format!("@limit{family}_next{slot} {{ {key} }}");
        let next = format!("@limit{family}_next{}", slot + 1);
        // To be in none of these sets is to have the first slot next.
        lines.push(match slot {
            1 => format!("add {next} {{ {key} }}"),
            SLOTS => format!("delete {this}"),
            _ => format!("add {next} {{ {key} }} delete {this}"),
        });
    }
    for (family, key) in KEYS {
        let set = format!("@limit{family}_{slot}");
        let went_on = match slot {
            SLOTS => String::new(),
            _ => format!("{key} @limit{family}_next{} ", slot + 1),
        };
        lines.push(format!("{key} {set} update {set} {{ {key} }} goto refused"));
        lines.push(format!("{went_on}add {set} {{ {key} }} accept"));
    }
    lines.push("accept comment \"a set is full\"".to_owned());
    lines
}

fn refused(logging: Logging) -> Vec<String> {
    let mut lines = Vec::new();
    if logging != Logging::Off {
        lines.push("limit rate 3/minute log prefix \"[UFW LIMIT BLOCK] \"".to_owned());
    }
    lines.push("counter reject".to_owned());
    lines
}
