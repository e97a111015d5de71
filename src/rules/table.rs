//! The table of all rules: what `--list-rules` and docs/reference/rules.md print.

use super::rule::Rule;
use super::{
    catalogue, exposure, fail2ban, firewall, network, nixos, nixos_network, overrides, secrets,
    ssh, structural, swap, system, users, volumes,
};

/// All rules, in the order of the concerns.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    [
        structural::RULES,
        catalogue::RULES,
        system::RULES,
        users::RULES,
        ssh::RULES,
        firewall::RULES,
        exposure::RULES,
        fail2ban::RULES,
        swap::RULES,
        network::RULES,
        volumes::RULES,
        secrets::RULES,
        nixos::RULES,
        nixos_network::RULES,
        overrides::RULES,
    ]
    .into_iter()
    .flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::rules;

    #[test]
    fn ids_are_unique_and_kebab_case_and_docs_are_one_line() {
        let mut seen = BTreeSet::new();
        for rule in rules() {
            assert!(seen.insert(rule.id), "{} is there twice", rule.id);
            let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(rule.id.chars().all(word), "{}", rule.id);
            assert!(
                !rule.doc.is_empty() && !rule.doc.contains('\n'),
                "{}",
                rule.id
            );
            assert!(!rule.doc.ends_with('.'), "{}", rule.id);
        }
    }
}
