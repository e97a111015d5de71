//! `limit` over time: which attempts of a source are refused, in UFW and ours.

use hostwright::firewall::{Policy, Profiles, Rule, RuleSet};

use crate::agent::{Probe, Seen, Transport};
use crate::bench::Bench;
use crate::hosts::{Break, ruleset};
use crate::net::SOURCES;

/// When a source connects, in seconds. Where it matters, 30 s ago is seconds
/// away from every attempt: a busy machine makes attempts late.
const SCHEDULES: [(&str, &str, &[u64]); 4] = [
    ("six in 25 s", "203.0.113.7", &[0, 5, 10, 15, 20, 25, 32]),
    ("one in 7 s", "203.0.113.130", &[0, 7, 14, 21, 28, 35, 42]),
    (
        "hammering keeps it shut",
        "2001:db8:a::7",
        &[0, 0, 0, 0, 0, 0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40],
    ),
    (
        "silence opens it",
        "fd01::2",
        &[0, 0, 0, 0, 0, 0, 0, 40, 40],
    ),
];

/// Both firewalls refuse the same attempts of every schedule.
pub(crate) fn compare(bench: &mut Bench) {
    let set = limit_ssh();
    let probe = |(index, (_, source, at)): (u16, &(_, &str, &[u64]))| {
        let at_ms: Vec<u64> = at.iter().map(|second| second * 1000).collect();
        probe(source, 20000 + index * 100, &at_ms)
    };
    let probes: Vec<Probe> = (0..).zip(&SCHEDULES).map(probe).collect();
    let sights = bench.look(&set, &probes, None);
    for ((name, source, _), sight) in SCHEDULES.iter().zip(sights) {
        assert_eq!(sight.ufw, sight.ours, "{name}, from {source}: ufw, ours");
        println!(
            "limit, {name}: ufw and ours agree: {}",
            letters(&sight.ours)
        );
        let refused = sight.ours.contains(&Seen::Refused);
        assert_eq!(refused, *name != "one in 7 s", "{name}: {sight:?}");
    }
    overflow(bench);
}

/// Which sets have room for four sources only, and what a fifth sees. The
/// kernel sweeps expired elements out of each set in its own time, so one may
/// be full alone. Half a minute and a sweep later nobody is remembered.
const FULL: [(&str, Break, &[u64], &str); 3] = [
    // Its first attempt is not remembered, the next four are.
    (
        "attempts",
        |text| small(text, |line| !line.contains("_next")),
        &[1000; 7],
        "oooooox",
    ),
    (
        "slots",
        |text| small(text, |line| line.contains("_next")),
        &[1000; 7],
        "ooooooo",
    ),
    (
        "attempts and slots",
        |text| small(text, |_| true),
        &[
            1000, 1000, 1000, 1000, 1000, 1000, 1000, 35_000, 35_000, 35_000, 35_000, 35_000,
            35_000,
        ],
        "oooooooooooox",
    ),
];

/// The text with sets for four sources.
fn small(text: &str, wanted: fn(&str) -> bool) -> String {
    let line = |line: &str| {
        if line.trim_start().starts_with("set limit") && wanted(line) {
            line.replace("size 16384", "size 4")
        } else {
            line.to_owned()
        }
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n") + "\n"
}

/// Four sources fill the sets. One of them stays limited; a fifth is let in
/// uncounted, neither refused early nor locked out, and counted again when the
/// others are forgotten.
fn overflow(bench: &mut Bench) {
    for (run, (name, full, at, fifth)) in (0..).zip(FULL) {
        let text = ruleset(&limit_ssh(), Some(full));
        assert!(text.contains("size 4;"), "the sets are as large as ever");
        bench.ours.nft(&text);
        let port = 30000 + run * 1000;
        let seen = bench.ours.probe(&[
            probe("10.1.0.2", port, &[0, 3000, 3000, 3000, 3000, 3000]),
            probe("203.0.113.7", port, &[0]),
            probe("203.0.113.130", port, &[0]),
            probe("10.2.0.2", port, &[0]),
            probe("198.51.100.5", port, at),
        ]);
        let seen: Vec<String> = seen.iter().map(|seen| letters(seen)).collect();
        assert_eq!(seen, ["ooooox", "o", "o", "o", fifth], "full: {name}");
        println!("limit, full sets of {name}: {}", seen.join(" "));
    }
}

fn limit_ssh() -> RuleSet {
    let rule = Rule::parse("limit 22/tcp", &Profiles::default()).expect("a rule");
    RuleSet::new(vec![rule], Policy::default())
}

/// Connections to SSH, on the address of the link that the source is behind.
fn probe(source: &str, source_port: u16, at_ms: &[u64]) -> Probe {
    let link = SOURCES.iter().find(|it| it.address == source);
    Probe {
        source: source.parse().expect("an address"),
        source_port,
        destination: link.expect("a source").targets[0]
            .parse()
            .expect("an address"),
        port: 22,
        transport: Transport::Tcp,
        at_ms: at_ms.to_owned(),
        timeout_ms: 2000,
    }
}

fn letters(seen: &[Seen]) -> String {
    seen.iter()
        .map(|seen| match seen {
            Seen::Open => 'o',
            Seen::Refused => 'x',
            Seen::Silent => '-',
        })
        .collect()
}
