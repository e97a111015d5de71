//! Hardening items and the NixOS release.

use crate::diagnostics::Finding;
use crate::hardening;

use super::rule::{Context, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule::warning(
        "hardening-item-useless",
        "each hardening item changes what the level says",
        &["system"],
        item_useless,
    ),
    Rule::error(
        "state-version-unknown",
        "the NixOS release exists: a later one has formats on disk that nothing reads yet",
        &["system"],
        state_version_unknown,
    ),
    Rule::warning(
        "state-version-old",
        "a new host starts with a release that still gets security updates",
        &["system"],
        state_version_old,
    ),
];

/// The newest release that the modules were evaluated with, and the oldest
/// one that NixOS supports at that time.
const NEWEST: &str = "26.11";
const OLDEST: &str = "25.11";
/// What a host that starts now has.
const CURRENT: &str = "26.05";

fn item_path(name: &str) -> String {
    crate::diagnostics::key_path("system.hardening_items", name)
}

fn item_useless(context: &Context<'_>) -> Vec<Finding> {
    let hardening = &context.host.system.hardening;
    let items = hardening.items.iter();
    items
        .filter_map(|(name, on)| {
            let item = hardening::items().get(name)?;
            let by_level = hardening.level >= item.level;
            (by_level == *on).then(|| {
                let state = if *on { "on" } else { "off" };
                Finding::warning("hardening-item-useless", item_path(name))
                    .message(format!(
                        "the hardening item `{name}` is {state} at this level anyway"
                    ))
                    .label("changes nothing")
                    .help("delete the line")
            })
        })
        .collect()
}

fn state_version_unknown(context: &Context<'_>) -> Vec<Finding> {
    let release = context.host.system.state_version.as_str();
    if release <= NEWEST {
        return Vec::new();
    }
    vec![
        Finding::error("state-version-unknown", "system.state_version")
            .message(format!("NixOS {release} is not known here"))
            .label(format!("the newest release is {NEWEST}"))
            .help(format!(
                "write the release that the host starts with: \"{CURRENT}\" for a new one"
            )),
    ]
}

fn state_version_old(context: &Context<'_>) -> Vec<Finding> {
    let release = context.host.system.state_version.as_str();
    if release >= OLDEST {
        return Vec::new();
    }
    vec![
        Finding::warning("state-version-old", "system.state_version")
            .message(format!("NixOS {release} gets no updates any more"))
            .label("right only for a host that was made with it")
            .help(format!(
                "write \"{CURRENT}\" for a new host; keep it for an old one, and say so in [[overrides]]"
            )),
    ]
}
