//! A port that a container publishes: the host translates it, so ufw never
//! sees it; ours must follow the list, which is the oracle here.

use hostwright::firewall::{Direction, Policy, Profiles, Rule, RuleSet};

use crate::agent::{Probe, Seen, Transport};
use crate::bench::{Bench, Sight};
use crate::hosts::{ruleset, with_container};
use crate::lists::Case;
use crate::net::{PUBLISHED, SOURCES, run};

const LISTS: [&[&str]; 4] = [
    &[],
    &["allow from 203.0.113.7 to any port 8080 proto tcp"],
    &["deny from 203.0.113.0/24", "allow 8080/tcp"],
    &["reject in on eth1", "limit 8080/tcp"],
];

/// Random lists beside the fixed ones.
const RANDOM_LISTS: u64 = 20;

pub(crate) fn compare(bench: &mut Bench) {
    forward_as_an_engine_does(bench);
    let mut lists: Vec<RuleSet> = LISTS.iter().map(|texts| list(texts)).collect();
    lists.extend((1..=RANDOM_LISTS).map(|seed| Case::new(seed, Direction::In).set));
    let (mut ufw_fails, mut closed) = (0, 0);
    for (index, set) in lists.into_iter().enumerate() {
        let set = with_container(set);
        let probes = probes(index);
        for (probe, sight) in probes.iter().zip(bench.look(&set, &probes, None)) {
            let Sight {
                ufw,
                ours,
                expected,
            } = sight;
            assert_eq!(
                ours,
                expected,
                "published port, {:?}: {probe:?}",
                set.rules()
            );
            closed += usize::from(expected != [Seen::Open]);
            ufw_fails += usize::from(ufw != expected);
        }
    }
    println!(
        "published port: ours follows the list; of {closed} probes that it closes, ufw lets {ufw_fails} in"
    );
    assert!(ufw_fails > 0, "ufw is expected to miss published ports");
    routed_past_the_host(bench);
}

fn list(texts: &[&str]) -> RuleSet {
    let rules = texts
        .iter()
        .map(|text| Rule::parse(text, &Profiles::default()).expect("a rule"));
    RuleSet::new(rules.collect(), Policy::default())
}

/// Docker and Podman accept their own bridge before anything of ufw.
fn forward_as_an_engine_does(bench: &Bench) {
    for program in ["iptables", "ip6tables"] {
        for direction in ["-i", "-o"] {
            let accept = ["-I", "FORWARD", direction, "podman0", "-j", "ACCEPT"];
            run(bench.theirs.host(program).args(accept), "");
        }
    }
}

fn probes(list: usize) -> Vec<Probe> {
    let probe = |index: usize, source: &str, target: &str| Probe {
        source: source.parse().expect("an address"),
        source_port: 30000 + u16::try_from(list * 100 + index * 10).expect("few"),
        destination: target.parse().expect("an address"),
        port: PUBLISHED,
        transport: Transport::Tcp,
        at_ms: vec![0],
        timeout_ms: 500,
    };
    SOURCES
        .iter()
        .enumerate()
        .map(|(index, source)| probe(index, source.address, source.targets[0]))
        .collect()
}

/// A neighbour that routes to the container itself does not get in.
fn routed_past_the_host(bench: &mut Bench) {
    let route = ["route", "add", "172.30.0.0/24", "via", "10.1.0.1"];
    run(bench.ours.client("ip").args(route), "");
    let probe = |port| Probe {
        destination: "172.30.0.2".parse().expect("an address"),
        port: 80,
        source_port: port,
        ..probes(0).remove(0)
    };
    bench.ours.nft("delete table inet hostwright\n");
    assert_eq!(
        bench.ours.probe(&[probe(50000)]),
        [[Seen::Open]],
        "positive control"
    );
    bench
        .ours
        .nft(&ruleset(&with_container(list(&["allow 80/tcp"])), None));
    assert_eq!(
        bench.ours.probe(&[probe(50001)]),
        [[Seen::Silent]],
        "routed to the container"
    );
    println!("routed to the container past the host: closed");
}
