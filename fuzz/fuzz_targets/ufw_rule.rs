//! Any text, line by line, is a rule or an error with a place; a rule's own
//! form is the same rule; and any list is rendered and analysed.
//!
//! `cargo +nightly fuzz run ufw_rule`

#![no_main]

use hostwright::firewall::{Policy, Profiles, Rule, RuleSet};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let profiles = Profiles::default();
    let mut rules = Vec::new();
    for line in text.lines().take(12) {
        match Rule::parse(line, &profiles) {
            Ok(rule) => {
                let canonical = rule.to_string();
                assert_eq!(Rule::parse(&canonical, &profiles), Ok(rule.clone()), "{canonical}");
                rules.push(rule);
            }
            Err(error) => assert!(line.get(error.range.clone()).is_some(), "{error:?}"),
        }
    }
    let set = RuleSet::new(rules, Policy::default());
    let _ = (set.guard_table(), set.input_rules(), set.shadowed());
});
