//! Whom fail2ban and sshd never punish.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;

use super::output::{Judgement, Output};

/// `sshd -T` has the list in one setting; fail2ban prints a tree of networks,
/// to which it adds the host itself.
pub(super) fn ignores(networks: &[String], sshd: &Output, jail: Option<&Output>) -> Judgement {
    let wanted = parse(networks.iter().map(String::as_str));
    let mut lines = sshd.text()?.lines();
    let exempt = lines.find_map(|line| {
        let (setting, value) = line.split_once(' ')?;
        setting
            .eq_ignore_ascii_case("PerSourcePenaltyExemptList")
            .then_some(value)
    });
    let exempt = parse(exempt.unwrap_or_default().split(','));
    if exempt != wanted {
        return Err(format!("sshd exempts {} from penalties", list(&exempt)));
    }
    let jail = jail.ok_or("fail2ban was not asked")?.text()?;
    let words = jail.split_whitespace();
    let ignored = parse(words.map(|word| word.trim_matches(['`', '|', '-', ','])));
    if wanted.is_subset(&ignored) {
        Ok(())
    } else {
        Err(format!("fail2ban ignores {}", list(&ignored)))
    }
}

/// The networks among the words; an address is a network of its own.
fn parse<'a>(words: impl Iterator<Item = &'a str>) -> BTreeSet<IpNet> {
    let network = |word: &str| {
        let address = || word.parse::<IpAddr>().ok().map(IpNet::from);
        word.parse::<IpNet>().ok().or_else(address)
    };
    words.filter_map(network).map(|it| it.trunc()).collect()
}

fn list(networks: &BTreeSet<IpNet>) -> String {
    if networks.is_empty() {
        return "nobody".into();
    }
    let words: Vec<String> = networks.iter().map(ToString::to_string).collect();
    words.join(", ")
}
