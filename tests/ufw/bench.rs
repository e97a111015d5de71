//! Two sites side by side, and the comparison of what their clients see.

use std::fmt;
use std::thread;

use hostwright::firewall::{DefaultPolicy, Direction, Outcome, Policy, RuleSet};

use crate::agent::{Probe, Seen};
use crate::hosts::{Break, Ufw, ruleset};
use crate::lists::{self, Case, every_probe};
use crate::net::Site;

/// How often a difference is seen before it counts: a probe can be late on a
/// busy machine, but not this often.
const CONFIRMATIONS: usize = 3;

/// One host with ufw, one with our tables.
pub(crate) struct Bench {
    pub(crate) theirs: Site,
    pub(crate) ours: Site,
    pub(crate) ufw: Ufw,
    /// Probes that differed once and agreed when they were repeated.
    pub(crate) repeated: usize,
}

/// What the two clients saw, and what the list says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sight {
    pub(crate) ufw: Vec<Seen>,
    pub(crate) ours: Vec<Seen>,
    pub(crate) expected: Vec<Seen>,
}

impl Sight {
    fn agrees(&self) -> bool {
        self.ufw == self.ours && self.ours == self.expected
    }
}

/// A list and a probe on which the firewalls differ.
pub(crate) struct Disagreement {
    pub(crate) seed: u64,
    /// Only the rules that are needed to see it.
    set: RuleSet,
    rules: usize,
    probe: Probe,
    sight: Sight,
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            seed,
            set,
            probe,
            sight,
            ..
        } = self;
        writeln!(f, "seed {seed}: the verdicts differ")?;
        writeln!(
            f,
            "  default {:?} in, {:?} out; of {} rules these are needed:",
            set.policy().default_incoming,
            set.policy().default_outgoing,
            self.rules
        )?;
        for rule in set.rules() {
            writeln!(f, "    {rule}")?;
        }
        let Probe {
            source,
            source_port,
            destination,
            port,
            transport,
            ..
        } = probe;
        let interface = lists::interface(probe);
        writeln!(
            f,
            "  probe: {transport:?} from {source} port {source_port} over {interface} to {destination} port {port}, {} attempts",
            probe.at_ms.len()
        )?;
        writeln!(f, "  ufw:    {:?}", sight.ufw)?;
        writeln!(f, "  ours:   {:?}", sight.ours)?;
        writeln!(f, "  list:   {:?}", sight.expected)?;
        writeln!(
            f,
            "  again:  cargo test --features tier1 --test ufw_oracle -- --seed {seed} --cases 1"
        )
    }
}

impl Bench {
    pub(crate) fn new(name: &str) -> Self {
        let theirs = Site::new(&format!("{name}-ufw"));
        let ours = Site::new(&format!("{name}-our"));
        let ufw = Ufw::new(&theirs, name);
        Self {
            theirs,
            ours,
            ufw,
            repeated: 0,
        }
    }

    /// Without rules, every probe must be answered on both hosts: a closed
    /// port is then closed by a rule and by nothing else.
    pub(crate) fn positive_control(&mut self) -> usize {
        let policy = Policy {
            default_incoming: DefaultPolicy::Allow,
            ..Policy::default()
        };
        let open = RuleSet::new(Vec::new(), policy);
        self.ufw.load(&open);
        self.ours.nft("table inet hostwright\ndelete table inet hostwright\ntable inet nixos-fw\ndelete table inet nixos-fw\n");
        let mut open = 0;
        for probes in [Direction::In, Direction::Out].map(every_probe) {
            for (name, site) in [("ufw", &mut self.theirs), ("ours", &mut self.ours)] {
                let seen = site.probe(&probes);
                for (probe, seen) in probes.iter().zip(seen) {
                    assert_eq!(seen, [Seen::Open], "positive control, {name}: {probe:?}");
                    open += 1;
                }
            }
        }
        open
    }

    /// Loads the list on both hosts and sends the probes to both.
    pub(crate) fn look(
        &mut self,
        set: &RuleSet,
        probes: &[Probe],
        broken: Option<Break>,
    ) -> Vec<Sight> {
        let Self {
            theirs, ours, ufw, ..
        } = self;
        let (ufw, ours) = thread::scope(|scope| {
            let theirs = scope.spawn(|| {
                ufw.load(set);
                theirs.probe(probes)
            });
            let ours = scope.spawn(|| {
                ours.nft(&ruleset(set, broken));
                ours.probe(probes)
            });
            (theirs.join().expect("ufw"), ours.join().expect("ours"))
        });
        let seen = probes.iter().zip(ufw).zip(ours);
        seen.map(|((probe, ufw), ours)| Sight {
            ufw,
            ours,
            expected: expected(set, probe),
        })
        .collect()
    }

    /// The first probe of a case on which the verdicts differ.
    pub(crate) fn difference(&mut self, case: &Case, broken: Option<Break>) -> Option<Probe> {
        let sights = self.look(&case.set, &case.probes, broken);
        let differing = case
            .probes
            .iter()
            .zip(sights)
            .filter(|(_, sight)| !sight.agrees());
        for (probe, _) in differing {
            if self.confirm(&case.set, probe, broken).is_some() {
                return Some(probe.clone());
            }
            self.repeated += 1;
        }
        None
    }

    /// The first difference of a case, with the rules that are needed for it.
    pub(crate) fn check(&mut self, case: &Case) -> Option<Disagreement> {
        let probe = self.difference(case, None)?;
        Some(self.minimal(case, &probe))
    }

    /// Repeats one probe alone; the last sight if they all differ.
    fn confirm(&mut self, set: &RuleSet, probe: &Probe, broken: Option<Break>) -> Option<Sight> {
        let mut last = None;
        for time in 1..=CONFIRMATIONS {
            let port = probe.source_port + 8 * u16::try_from(time).expect("few");
            let probe = Probe {
                source_port: port,
                timeout_ms: 700,
                ..probe.clone()
            };
            let sight = self.look(set, &[probe], broken).pop()?;
            if sight.agrees() {
                return None;
            }
            last = Some(sight);
        }
        last
    }

    /// Leaves out every rule without which the difference is still there.
    fn minimal(&mut self, case: &Case, probe: &Probe) -> Disagreement {
        let mut rules = case.set.rules().to_vec();
        let mut at = 0;
        while at < rules.len() {
            let mut fewer = rules.clone();
            fewer.remove(at);
            let smaller = RuleSet::new(fewer.clone(), case.set.policy());
            if self.confirm(&smaller, probe, None).is_some() {
                rules = fewer;
            } else {
                at += 1;
            }
        }
        let set = RuleSet::new(rules, case.set.policy());
        let sight = self.look(&set, std::slice::from_ref(probe), None).remove(0);
        Disagreement {
            seed: case.seed,
            set,
            rules: case.set.rules().len(),
            probe: probe.clone(),
            sight,
        }
    }
}

/// What a client must see according to the list itself.
pub(crate) fn expected(set: &RuleSet, probe: &Probe) -> Vec<Seen> {
    let attempt = |index: usize| {
        let port = probe.source_port + u16::try_from(index).expect("few attempts");
        let probe = Probe {
            source_port: port,
            ..probe.clone()
        };
        match lists::outcome(set, &probe) {
            Outcome::Allow => Seen::Open,
            Outcome::Limit if index < 5 => Seen::Open,
            Outcome::Limit | Outcome::Reject => Seen::Refused,
            Outcome::Deny => Seen::Silent,
        }
    };
    (0..probe.at_ms.len()).map(attempt).collect()
}
