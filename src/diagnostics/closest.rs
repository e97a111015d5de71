//! "Did you mean".

/// The candidate that `word` was probably meant to be: at most two edits away,
/// and at most a third of its letters.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    let allowed = (length / 3).clamp(1, 2);
    candidates
        .into_iter()
        // Each letter more or less is an edit; counting is quicker than comparing.
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= allowed)
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn a_slip_is_found_and_another_word_is_not() {
        assert_eq!(
            closest("hostname", ["host_name", "domain"]),
            Some("host_name")
        );
        assert_eq!(
            closest("fial2ban", ["fail2ban", "firewall"]),
            Some("fail2ban")
        );
        assert_eq!(closest("postgres", ["machine", "system"]), None);
    }
}
