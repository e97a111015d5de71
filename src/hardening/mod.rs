//! The hardening items, from the one table that the NixOS module reads too.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::description::raw::HardeningLevel;

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

#[cfg(test)]
mod tests {
    use super::items;
    use crate::description::raw::HardeningLevel;

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
