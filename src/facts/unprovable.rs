//! What a description says and no fact proves.

use serde::Serialize;

/// A key without a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Unprovable {
    /// The key; `*` stands for a name.
    pub key: &'static str,
    /// Why nothing on the host shows it.
    pub reason: &'static str,
}

const fn entry(key: &'static str, reason: &'static str) -> Unprovable {
    Unprovable { key, reason }
}

const UNPROVABLE: &[Unprovable] = &[
    entry("schema", "the version of the file's format"),
    entry(
        "machine.provider",
        "decides which modules act; their effects are facts",
    ),
    entry(
        "machine.location",
        "the provider's interface knows it, the host does not",
    ),
    entry(
        "machine.region",
        "the provider's interface knows it, the host does not",
    ),
    entry(
        "system.state_version",
        "a promise about formats on disk, without a trace of its own",
    ),
    entry(
        "users.*.hashed_password_file",
        "the file is the operator's, and its password is not known; that sudo asks for one is a fact",
    ),
    entry(
        "firewall.applications.*",
        "names ports for rules; what the rules do with them are facts",
    ),
    entry(
        "volumes.*.size",
        "of the volume, not of the host: the step that makes the volume reads it",
    ),
    entry(
        "nixos.modules",
        "what hostwright does not know it cannot expect",
    ),
    entry(
        "nixos.options.*",
        "what hostwright does not know it cannot expect",
    ),
    entry(
        "overrides.rule",
        "silences a rule; changes nothing on the host",
    ),
    entry(
        "overrides.key",
        "silences a rule; changes nothing on the host",
    ),
    entry(
        "overrides.reason",
        "silences a rule; changes nothing on the host",
    ),
];

/// The keys of a description that no fact follows from, each with the reason.
#[must_use]
pub fn unprovable() -> &'static [Unprovable] {
    UNPROVABLE
}
