//! `limit` over time: which attempts of a source are refused, in UFW and ours.

use hostwright::firewall::{Policy, Profiles, Rule, RuleSet};

use crate::agent::{Probe, Seen, Transport};
use crate::bench::Bench;

/// When a source connects, in seconds; half seconds keep clear of the 30.
const SCHEDULES: [(&str, &str, &[u64]); 4] = [
    ("six in 25 s", "203.0.113.7", &[0, 5, 10, 15, 20, 25, 34]),
    ("one in 7 s", "203.0.113.130", &[0, 7, 14, 21, 28, 35, 42]),
    (
        "hammering keeps it shut",
        "2001:db8:a::7",
        &[0, 0, 0, 0, 0, 0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40],
    ),
    (
        "silence opens it",
        "fd01::2",
        &[0, 0, 0, 0, 0, 0, 0, 32, 32],
    ),
];

/// Both firewalls refuse the same attempts of every schedule.
pub(crate) fn compare(bench: &mut Bench) {
    let rule = Rule::parse("limit 22/tcp", &Profiles::default()).expect("a rule");
    let set = RuleSet::new(vec![rule], Policy::default());
    let probe = |(index, (_, source, at)): (usize, &(_, &str, &[u64]))| Probe {
        source: source.parse().expect("an address"),
        source_port: 20000 + u16::try_from(index * 100).expect("few"),
        destination: if source.contains(':') {
            "fd01::1"
        } else {
            "10.1.0.1"
        }
        .parse()
        .expect("an address"),
        port: 22,
        transport: Transport::Tcp,
        at_ms: at.iter().map(|second| second * 1000).collect(),
        timeout_ms: 2000,
    };
    let probes: Vec<Probe> = SCHEDULES.iter().enumerate().map(probe).collect();
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
