//! Looks into `nixos.options`, the escape hatch.

use toml::{Table, Value};

use crate::diagnostics::key_path;

/// Where the options are in the description.
pub(super) const ROOT: &str = "nixos.options";

/// A value of the escape hatch that is no table.
#[derive(Clone, Debug)]
pub(super) struct Leaf<'a> {
    /// Path in the description.
    pub(super) path: String,
    /// The keys below `nixos.options`; places in lists are not among them.
    pub(super) keys: Vec<&'a str>,
    /// The value: no table, no list.
    pub(super) value: &'a Value,
}

impl Leaf<'_> {
    /// The option as NixOS's manual names it.
    pub(super) fn option(&self) -> String {
        self.keys.join(".")
    }
}

/// Every value, within lists too.
pub(super) fn leaves(options: &Table) -> Vec<Leaf<'_>> {
    let mut found = Vec::new();
    table(options, ROOT, &[], &mut found);
    found
}

fn table<'a>(options: &'a Table, path: &str, keys: &[&'a str], found: &mut Vec<Leaf<'a>>) {
    for (key, value) in options {
        let mut keys = keys.to_vec();
        keys.push(key);
        add(value, key_path(path, key), keys, found);
    }
}

fn add<'a>(value: &'a Value, path: String, keys: Vec<&'a str>, found: &mut Vec<Leaf<'a>>) {
    match value {
        Value::Table(inner) => table(inner, &path, &keys, found),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                add(item, format!("{path}[{index}]"), keys.clone(), found);
            }
        }
        _ => found.push(Leaf { path, keys, value }),
    }
}

/// The value of an option such as `services.tailscale.enable`.
pub(super) fn get<'a>(options: &'a Table, option: &str) -> Option<&'a Value> {
    let (first, rest) = option.split_once('.').unwrap_or((option, ""));
    match (options.get(first)?, rest) {
        (value, "") => Some(value),
        (Value::Table(inner), rest) => get(inner, rest),
        _ => None,
    }
}

/// Whether an option is there and true.
pub(super) fn is_true(options: &Table, option: &str) -> bool {
    get(options, option) == Some(&Value::Boolean(true))
}

/// The names in an option that is a table, such as `networking.bridges`.
pub(super) fn names<'a>(options: &'a Table, option: &str) -> Vec<&'a str> {
    get(options, option)
        .and_then(Value::as_table)
        .map(|table| table.keys().map(String::as_str).collect())
        .unwrap_or_default()
}

/// The path in the description of an option with these keys.
pub(super) fn path_of(option: &str, last: &[&str]) -> String {
    let keys = option.split('.').chain(last.iter().copied());
    keys.fold(ROOT.to_owned(), |path, key| key_path(&path, key))
}

/// Options whose names are interfaces that NixOS makes.
const NAMED_BY: [&str; 5] = [
    "networking.bridges",
    "networking.wireguard.interfaces",
    "networking.wg-quick.interfaces",
    "networking.vlans",
    "networking.bonds",
];

/// Every interface that the options make, as far as that can be seen.
pub(super) fn made_interfaces(options: &Table) -> Vec<String> {
    let named = NAMED_BY.iter().flat_map(|option| names(options, option));
    let mut made = named.map(str::to_owned).collect::<Vec<_>>();
    for key in names(options, "systemd.network.netdevs") {
        let device = get(options, "systemd.network.netdevs").and_then(|it| it.get(key));
        let name = device.and_then(|it| it.get("netdevConfig")?.get("Name")?.as_str());
        made.extend(name.map(str::to_owned));
    }
    made
}
