//! What was proven of a host, and what could not be.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use crate::facts::{Fact, Stage};

/// What a report says of a fact that nothing looked at.
const NO_PROVER: &str = "no prover looks at this kind of fact; this is a defect of hostwright";

/// What became of a fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", content = "reason", rename_all = "kebab-case")]
pub enum Verdict {
    /// It was seen to be true.
    Holds,
    /// Something else was seen.
    Fails(String),
    /// This place cannot show it, and why.
    NotProvable(String),
    /// Nothing here looked at it: a defect, and a failure.
    NoProver,
}

/// A fact and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome<'a> {
    /// Id of the fact.
    pub id: &'a str,
    /// Its sentence.
    pub what: &'a str,
    /// Its verdict.
    #[serde(flatten)]
    pub verdict: Verdict,
    #[serde(skip)]
    fact: &'a Fact,
}

/// All facts of a host.
#[derive(Clone, Debug, Serialize)]
pub struct Report<'a> {
    /// Those that were to be proven here, in the order of the list.
    pub facts: Vec<Outcome<'a>>,
    /// Ids of those among them that this place cannot show.
    pub not_provable: Vec<&'a str>,
    /// Those that only other stages can prove.
    pub elsewhere: Vec<Elsewhere<'a>>,
}

/// A fact that was not to be proven here.
#[derive(Clone, Debug, Serialize)]
pub struct Elsewhere<'a> {
    /// Its id.
    pub id: &'a str,
    /// Where it can be proven.
    pub stages: &'a [Stage],
}

impl<'a> Report<'a> {
    /// Asks `verdict` about every fact of a stage.
    #[must_use]
    pub fn new(facts: &'a [Fact], stage: Stage, mut verdict: impl FnMut(&Fact) -> Verdict) -> Self {
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            facts.iter().partition(|fact| fact.stages.contains(&stage));
        let outcome = |fact: &'a Fact| Outcome {
            id: &fact.id,
            what: &fact.what,
            verdict: verdict(fact),
            fact,
        };
        let elsewhere = elsewhere.into_iter().map(|fact| Elsewhere {
            id: &fact.id,
            stages: fact.stages,
        });
        let facts: Vec<Outcome<'a>> = here.into_iter().map(outcome).collect();
        let not_provable = facts
            .iter()
            .filter(|it| matches!(it.verdict, Verdict::NotProvable(_)));
        Self {
            not_provable: not_provable.map(|it| it.id).collect(),
            facts,
            elsewhere: elsewhere.collect(),
        }
    }

    /// Whether facts were proven, none fails and each has a prover. `strict`
    /// also refuses facts of this stage that this place cannot show.
    #[must_use]
    pub fn holds(&self, strict: bool) -> bool {
        let mut proven = self.facts.iter().map(|it| &it.verdict);
        proven.any(|it| *it == Verdict::Holds)
            && self.facts.iter().all(|it| match it.verdict {
                Verdict::Holds => true,
                Verdict::NotProvable(_) => !strict,
                Verdict::Fails(_) | Verdict::NoProver => false,
            })
    }

    /// Every fact that fails with what was seen, every one that cannot be
    /// proven with the reason, what belongs to other stages, and a summary.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for outcome in &self.facts {
            let (word, reason) = match &outcome.verdict {
                Verdict::Holds => continue,
                Verdict::Fails(reason) => ("FAIL", reason.as_str()),
                Verdict::NoProver => ("FAIL", NO_PROVER),
                Verdict::NotProvable(reason) => ("--  ", reason.as_str()),
            };
            // A String takes everything.
            let _ = writeln!(text, "{word} {}: {}: {reason}", outcome.id, outcome.what);
        }
        for (stages, kinds) in self.elsewhere_by_stages() {
            let kinds: Vec<String> = kinds
                .into_iter()
                .map(|(kind, count)| format!("{count} {kind}"))
                .collect();
            let _ = writeln!(text, "--   only at {stages}: {}", kinds.join(", "));
        }
        text + &self.summary()
    }

    /// How many facts of which kinds (the first word of their ids) belong to
    /// which other stages.
    fn elsewhere_by_stages(&self) -> BTreeMap<String, BTreeMap<&'a str, usize>> {
        let mut found: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for fact in &self.elsewhere {
            let stages: Vec<&str> = fact.stages.iter().map(|stage| stage.as_str()).collect();
            let kind = fact.id.split('/').next().unwrap_or(fact.id);
            let kinds = found.entry(stages.join(", ")).or_default();
            *kinds.entry(kind).or_insert(0) += 1;
        }
        found
    }

    fn summary(&self) -> String {
        let proven: Vec<_> = self
            .facts
            .iter()
            .filter(|it| !matches!(it.verdict, Verdict::NotProvable(_)))
            .collect();
        let hold = proven.iter().filter(|it| it.verdict == Verdict::Holds);
        let mut kinds: Vec<_> = Vec::new();
        for outcome in &proven {
            let kind = std::mem::discriminant(&outcome.fact.check);
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        let mut text = format!(
            "{} of {} facts of {} kinds hold",
            hold.count(),
            proven.len(),
            kinds.len()
        );
        let left = &self.not_provable;
        if !left.is_empty() {
            let _ = write!(text, ", {} could not be proven here", left.len());
        }
        let _ = writeln!(text, ", {} belong to other stages", self.elsewhere.len());
        if !left.is_empty() {
            let _ = writeln!(text, "could not be proven here: {}", left.join(", "));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::{Report, Verdict};
    use crate::facts::{Check, Fact, Stage};

    fn fact(id: &str, stages: &'static [Stage]) -> Fact {
        Fact {
            id: id.into(),
            what: format!("what {id} says"),
            keys: Vec::new(),
            stages,
            check: Check::NoSwap {},
        }
    }

    /// The fact `good` holds, the others have this verdict.
    fn one_good<'a>(facts: &'a [Fact], others: &Verdict) -> Report<'a> {
        Report::new(facts, Stage::Image, |fact| match fact.id.as_str() {
            "good" => Verdict::Holds,
            _ => others.clone(),
        })
    }

    #[test]
    fn a_report_says_what_fails_what_is_unknown_and_what_belongs_elsewhere() {
        let facts = [
            fact("good", &[Stage::Image]),
            fact("bad", &[Stage::Image, Stage::Live]),
            fact("unknown", &[Stage::Image]),
            fact("ban/198.51.100.10", &[Stage::Container, Stage::Vm]),
            fact("ban/2001:db8::1", &[Stage::Container, Stage::Vm]),
            fact("memory", &[Stage::Live]),
        ];
        let report = Report::new(&facts, Stage::Image, |fact| match fact.id.as_str() {
            "good" => Verdict::Holds,
            "bad" => Verdict::Fails("it is 1".into()),
            _ => Verdict::NotProvable("nobody listens".into()),
        });
        let expected = "FAIL bad: what bad says: it is 1\n\
            --   unknown: what unknown says: nobody listens\n\
            --   only at container, vm: 2 ban\n\
            --   only at live: 1 memory\n\
            1 of 2 facts of 1 kinds hold, 1 could not be proven here, 3 belong to other stages\n\
            could not be proven here: unknown\n";
        assert_eq!(report.text(), expected);
        assert!(!report.holds(false));
    }

    #[test]
    fn nothing_proven_is_not_everything_proven() {
        let facts = [fact("unknown", &[Stage::Image])];
        let verdict = |_: &Fact| Verdict::NotProvable("nobody listens".into());
        assert!(!Report::new(&facts, Stage::Image, verdict).holds(false));
        assert!(!Report::new(&[], Stage::Image, verdict).holds(false));
        assert!(Report::new(&facts, Stage::Image, |_| Verdict::Holds).holds(true));
    }

    #[test]
    fn a_fact_without_a_prover_fails_beside_one_that_holds() {
        let facts = [
            fact("good", &[Stage::Image]),
            fact("forgotten", &[Stage::Image]),
        ];
        let report = one_good(&facts, &Verdict::NoProver);
        assert!(!report.holds(false));
        let expected = "FAIL forgotten: what forgotten says: no prover looks at this kind of fact; \
            this is a defect of hostwright\n\
            1 of 2 facts of 1 kinds hold, 0 belong to other stages\n";
        assert_eq!(report.text(), expected);
    }

    #[test]
    fn strict_refuses_what_this_place_cannot_show_and_json_lists_it() {
        let facts = [
            fact("good", &[Stage::Image]),
            fact("unknown", &[Stage::Image]),
        ];
        let report = one_good(&facts, &Verdict::NotProvable("nobody listens".into()));
        assert!(report.holds(false));
        assert!(!report.holds(true));
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["not_provable"], serde_json::json!(["unknown"]));
        assert_eq!(json["facts"][1]["reason"], "nobody listens");
    }
}
