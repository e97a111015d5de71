//! The environment variables that are read, each with its meaning.

use std::env;
use std::path::PathBuf;

/// Whether `NO_COLOR` asks for output without colours (no-color.org).
#[must_use]
pub fn no_color() -> bool {
    env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// The user's public keys that exist, the best kind first, as `ssh` tries them.
#[must_use]
pub fn default_public_keys() -> Vec<PathBuf> {
    let Some(home) = env::var_os("HOME").filter(|home| !home.is_empty()) else {
        return Vec::new();
    };
    let folder = PathBuf::from(home).join(".ssh");
    [
        "id_ed25519.pub",
        "id_ed25519_sk.pub",
        "id_ecdsa.pub",
        "id_rsa.pub",
    ]
    .into_iter()
    .map(|name| folder.join(name))
    .filter(|path| path.is_file())
    .collect()
}
