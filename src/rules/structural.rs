//! The rules of reading: text, TOML, keys, types and values. Their findings
//! come from `description` and `host`; here they get their line in the table.

use crate::diagnostics::Severity;

use super::rule::Rule;

const fn reading(id: &'static str, doc: &'static str) -> Rule {
    Rule {
        id,
        severity: Severity::Error,
        doc,
        needs: &[],
        check: None,
        overridable: false,
    }
}

pub(super) const RULES: &[Rule] = &[
    reading(
        "file",
        "a description is a readable, regular file of at most 1 MiB",
    ),
    reading("encoding", "a description is UTF-8 text"),
    reading("syntax", "a description is TOML"),
    reading(
        "unknown-key",
        "every key has a meaning: a misspelt one would be silently ignored",
    ),
    reading("missing-key", "the keys without a safe default are there"),
    reading("type", "every value has its key's type"),
    reading(
        "value",
        "every value is one of its key's words or within its range",
    ),
    reading("size", "sizes are whole numbers with a unit"),
    reading("duration", "times are whole numbers with a unit"),
    reading("name", "names have the form that Linux, DNS and Nix accept"),
    reading("path", "paths are absolute and plain"),
    reading(
        "address",
        "addresses and networks are numeric; names would be resolved once, at build time",
    ),
    reading(
        "ssh-key",
        "keys decode, are public, and are of a kind and size that sshd accepts",
    ),
    reading("firewall-rule", "firewall rules follow UFW's grammar"),
    reading(
        "firewall-length",
        "the firewall has at most 1000 rules: the kernel goes through them for each new connection",
    ),
    reading(
        "interface-selector",
        "an interface is found by its hardware address or its role, never by a guessed name",
    ),
    reading("volume-id", "a volume's device has a stable name"),
    reading(
        "machine-type-unknown",
        "the provider sells the machine type",
    ),
    reading(
        "machine-location",
        "the place is named in the provider's own word",
    ),
];
