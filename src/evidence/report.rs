//! What was proven of a host, and what could not be.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use crate::facts::{Fact, Stage};

/// What became of a fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", content = "reason", rename_all = "kebab-case")]
pub enum Verdict {
    /// It was seen to be true.
    Holds,
    /// Something else was seen.
    Fails(String),
    /// It cannot be seen from here, and why.
    NotProvable(String),
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
        Self {
            facts: here.into_iter().map(outcome).collect(),
            elsewhere: elsewhere.collect(),
        }
    }

    /// Whether facts were proven, and none fails.
    #[must_use]
    pub fn holds(&self) -> bool {
        let is = |wanted: fn(&Verdict) -> bool| self.facts.iter().any(|it| wanted(&it.verdict));
        is(|it| *it == Verdict::Holds) && !is(|it| matches!(it, Verdict::Fails(_)))
    }

    /// Every fact that fails with what was seen, every one that cannot be
    /// proven with the reason, what belongs to other stages, and a summary.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for outcome in &self.facts {
            let (word, reason) = match &outcome.verdict {
                Verdict::Holds => continue,
                Verdict::Fails(reason) => ("FAIL", reason),
                Verdict::NotProvable(reason) => ("--  ", reason),
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
        let left = self.facts.len() - proven.len();
        if left > 0 {
            let _ = write!(text, ", {left} could not be proven");
        }
        let _ = writeln!(text, ", {} belong to other stages", self.elsewhere.len());
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
            1 of 2 facts of 1 kinds hold, 1 could not be proven, 3 belong to other stages\n";
        assert_eq!(report.text(), expected);
        assert!(!report.holds());
    }

    #[test]
    fn nothing_proven_is_not_everything_proven() {
        let facts = [fact("unknown", &[Stage::Image])];
        let verdict = |_: &Fact| Verdict::NotProvable("nobody listens".into());
        assert!(!Report::new(&facts, Stage::Image, verdict).holds());
        assert!(!Report::new(&[], Stage::Image, verdict).holds());
        assert!(Report::new(&facts, Stage::Image, |_| Verdict::Holds).holds());
    }
}
