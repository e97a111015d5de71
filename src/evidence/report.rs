//! What was proven of a host, and what could not be.

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
    /// Ids of those that only other stages can prove.
    pub elsewhere: Vec<&'a str>,
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
        Self {
            facts: here.into_iter().map(outcome).collect(),
            elsewhere: elsewhere.iter().map(|fact| fact.id.as_str()).collect(),
        }
    }

    /// Whether no fact fails.
    #[must_use]
    pub fn holds(&self) -> bool {
        !self
            .facts
            .iter()
            .any(|it| matches!(it.verdict, Verdict::Fails(_)))
    }

    /// Every fact that fails with what was seen, every one that cannot be
    /// proven with the reason, and a summary.
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
        text + &self.summary()
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
