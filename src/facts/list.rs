//! Collects facts; an id that is said twice is kept once, with all its keys.

use std::collections::BTreeMap;

use super::{Check, Fact, Stage};

#[derive(Default)]
pub(super) struct List {
    facts: Vec<Fact>,
    places: BTreeMap<String, usize>,
}

impl List {
    /// Adds a fact; `what` is one sentence without a final period.
    pub(super) fn add<K: Into<String>>(
        &mut self,
        keys: impl IntoIterator<Item = K>,
        stages: &'static [Stage],
        check: Check,
        what: String,
    ) {
        let keys = keys.into_iter().map(Into::into);
        let id = check.id();
        if let Some(fact) = self.places.get(&id).and_then(|at| self.facts.get_mut(*at)) {
            debug_assert_eq!(fact.check, check, "one id is one check");
            fact.keys.extend(keys);
            return;
        }
        self.places.insert(id.clone(), self.facts.len());
        self.facts.push(Fact {
            id,
            what,
            keys: keys.collect(),
            stages,
            check,
        });
    }

    pub(super) fn into_facts(self) -> Vec<Fact> {
        self.facts
    }
}
