//! The hardening items, from the one table that the NixOS module reads too.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How far the kernel and the system are hardened.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum HardeningLevel {
    /// NixOS's own defaults.
    None,
    /// What costs nothing on a server.
    #[default]
    Standard,
    /// Also what may cost speed, debugging or rare programs.
    Strict,
}

/// One item.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The lowest level that switches it on.
    pub level: HardeningLevel,
    /// Who is stopped from what.
    pub threat: String,
    /// What it costs while it works.
    pub cost: String,
    /// What stops working.
    pub breaks: String,
    /// Kernel parameters and their values.
    #[serde(default)]
    pub sysctl: BTreeMap<String, i64>,
    /// NixOS options and their values.
    #[serde(default)]
    pub options: toml::Table,
}

/// All items, by name.
#[must_use]
pub fn items() -> &'static BTreeMap<String, Item> {
    #[expect(clippy::expect_used, reason = "embedded data; a unit test reads it")]
    static ITEMS: LazyLock<BTreeMap<String, Item>> = LazyLock::new(|| {
        toml::from_str(include_str!("../../modules/hardening.toml"))
            .expect("the embedded table of hardening items is valid")
    });
    &ITEMS
}

/// The items that a host has: those of its level, but for those switched by name.
pub fn enabled(
    level: HardeningLevel,
    switched: &BTreeMap<String, bool>,
) -> impl Iterator<Item = (&'static str, &'static Item)> + '_ {
    items()
        .iter()
        .filter(move |(name, item)| {
            let by_level = item.level <= level;
            switched.get(*name).copied().unwrap_or(by_level)
        })
        .map(|(name, item)| (name.as_str(), item))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{HardeningLevel, enabled, items};

    #[test]
    fn levels_contain_each_other_and_names_win() {
        let count = |level| enabled(level, &BTreeMap::new()).count();
        assert_eq!(count(HardeningLevel::None), 0);
        assert!(count(HardeningLevel::Standard) < count(HardeningLevel::Strict));
        assert_eq!(count(HardeningLevel::Strict), items().len());
        let switched = [("ptrace".to_owned(), false), ("io_uring".to_owned(), true)].into();
        let names: Vec<_> = enabled(HardeningLevel::Standard, &switched)
            .map(|(name, _)| name)
            .collect();
        assert!(!names.contains(&"ptrace") && names.contains(&"io_uring"));
    }

    #[test]
    fn every_item_is_read_and_does_something() {
        assert!(!items().is_empty());
        for (name, item) in items() {
            assert_ne!(item.level, HardeningLevel::None, "{name}");
            assert!(
                !item.sysctl.is_empty() || !item.options.is_empty(),
                "{name}"
            );
            assert!(!item.threat.is_empty() && !item.breaks.is_empty(), "{name}");
        }
    }
}
