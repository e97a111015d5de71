//! The environment variables that are read, each with its meaning.

use std::env;

/// Whether `NO_COLOR` asks for output without colours (no-color.org).
#[must_use]
pub fn no_color() -> bool {
    env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}
