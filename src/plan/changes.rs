//! How a module's options differ from those of the one on disk.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::render::{Module, written_options};

/// An option that changes.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct OptionChange {
    /// Its path.
    pub option: String,
    /// Its value now; absent if it is new.
    pub old: Option<String>,
    /// Its value then; absent if it goes.
    pub new: Option<String>,
}

/// The differences, sorted by option. A module on disk that is no Nix counts
/// as empty.
#[must_use]
pub fn option_changes(on_disk: Option<&[u8]>, module: &Module) -> Vec<OptionChange> {
    let on_disk = on_disk.map(String::from_utf8_lossy).unwrap_or_default();
    let old = written_options(&on_disk)
        .into_iter()
        .collect::<BTreeMap<_, _>>();
    let new = written_options(&module.text)
        .into_iter()
        .collect::<BTreeMap<_, _>>();
    let names = old.keys().chain(new.keys()).collect::<BTreeSet<_>>();
    names
        .into_iter()
        .filter(|name| old.get(*name) != new.get(*name))
        .map(|name| OptionChange {
            option: name.clone(),
            old: old.get(name).cloned(),
            new: new.get(name).cloned(),
        })
        .collect()
}
