//! Tests of the whole folder: grammar, verdicts, analysis, nftables text, and
//! laws that hold for any list.

/// A snapshot of the text alone, without the expression that made it.
macro_rules! snapshot {
    ($text:expr) => {
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!($text) })
    };
}

mod analysis;
mod grammar;
mod laws;
mod nft;
mod verdict;

use super::{Policy, Profiles, Rule, RuleSet};

fn rule(text: &str) -> Rule {
    match Rule::parse(text, &Profiles::default()) {
        Ok(rule) => rule,
        Err(error) => panic!("{text}: {error}; {}", error.help),
    }
}

fn rules(texts: &[&str]) -> Vec<Rule> {
    texts.iter().map(|text| rule(text)).collect()
}

fn set(texts: &[&str]) -> RuleSet {
    RuleSet::new(rules(texts), Policy::default())
}
