//! Rules that never decide anything.

use std::collections::BTreeSet;

use super::region::{Cover, Region, regions};
use super::{Interface, Rule, RuleSet};

/// A rule that no packet reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shadow {
    /// Index of the rule.
    pub rule: usize,
    /// Indices of the earlier rules that decide its packets, ascending; a rule
    /// that covers it alone is named alone.
    pub by: Vec<usize>,
}

impl RuleSet {
    /// The rules that no packet reaches, since earlier rules of the same
    /// direction decide all of theirs, alone or together.
    ///
    /// Exact, except that a search of more than 20,000 steps (hundreds of
    /// rules that overlap) counts as reached.
    #[must_use]
    pub fn shadowed(&self) -> Vec<Shadow> {
        let covered = |index| {
            Some(Shadow {
                rule: index,
                by: self.cover_of(index)?,
            })
        };
        (0..self.rules.len()).filter_map(covered).collect()
    }

    /// The earlier rules that take all packets of rule `index`.
    fn cover_of(&self, index: usize) -> Option<Vec<usize>> {
        let rule = self.rules.get(index)?;
        let earlier: Vec<(usize, &Rule)> = self
            .rules
            .iter()
            .take(index)
            .enumerate()
            .filter(|(_, other)| other.direction == rule.direction)
            .collect();
        let alone = earlier
            .iter()
            .find_map(|other| cover(rule, std::slice::from_ref(other)));
        alone.or_else(|| cover(rule, &earlier))
    }
}

fn cover(rule: &Rule, earlier: &[(usize, &Rule)]) -> Option<Vec<usize>> {
    let mut used = BTreeSet::new();
    for name in sample_interfaces(rule, earlier) {
        let boxes: Vec<(usize, Region)> = earlier
            .iter()
            .filter(|(_, other)| other.interface.as_ref().is_none_or(|i| i.matches(&name)))
            .flat_map(|(index, other)| regions(other).into_iter().map(|region| (*index, region)))
            .collect();
        for region in regions(rule) {
            let mut cover = Cover::new(&boxes);
            if !cover.covers(region, 0) {
                return None;
            }
            used.extend(cover.used);
        }
    }
    Some(used.into_iter().collect())
}

/// Names of interfaces that stand for all that the rules can tell apart.
fn sample_interfaces(rule: &Rule, earlier: &[(usize, &Rule)]) -> BTreeSet<String> {
    let named = earlier
        .iter()
        .filter_map(|(_, other)| other.interface.as_ref());
    let mut samples: BTreeSet<String> = named.map(sample).collect();
    match &rule.interface {
        None => samples.insert(sample_of("")),
        Some(own) => {
            samples.retain(|name| own.matches(name));
            samples.insert(sample(own))
        }
    };
    samples
}

fn sample(interface: &Interface) -> String {
    match interface.as_str().strip_suffix('+') {
        Some(prefix) => sample_of(prefix),
        None => interface.as_str().to_owned(),
    }
}

/// A name with this prefix that no rule can name.
fn sample_of(prefix: &str) -> String {
    format!("{prefix}/")
}
