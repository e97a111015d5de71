//! Names of network interfaces.

use std::fmt;

/// Longest name of an interface: IFNAMSIZ of the kernel without its NUL.
const LONGEST: usize = 15;

/// The name of a network interface, or with a final `+` every name that
/// begins so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interface(String);

impl Interface {
    /// Reads a name as UFW accepts it (`eth0`, `wg+`); a final `*` is read as `+`.
    ///
    /// # Errors
    /// Says which of UFW's rules for names is broken.
    pub fn parse(name: &str) -> Result<Self, String> {
        let fault = |rule: &str| Err(format!("interface name '{name}' {rule}"));
        if name.is_empty() {
            return fault("is empty");
        }
        if name.len() > LONGEST {
            return fault("is longer than 15 characters");
        }
        if name.contains('!') {
            return fault("contains '!', which UFW reserves");
        }
        if name.contains(':') {
            return fault("is an alias; rules name the interface itself");
        }
        let name = match name.strip_suffix('*') {
            Some(prefix) => format!("{prefix}+"),
            None => name.to_owned(),
        };
        if matches!(name.as_str(), "." | ".." | "+") {
            return fault("names no interface");
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_-.+,=%@".contains(c);
        if !name.chars().all(allowed) {
            return fault("has characters other than letters, digits and _-.+,=%@");
        }
        Ok(Self(name))
    }

    /// The name in UFW's form, a wildcard as a final `+`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the interface called `name` is meant.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        match self.0.strip_suffix('+') {
            Some(prefix) => name.starts_with(prefix),
            None => name == self.0,
        }
    }

    /// The name as an nftables string, a wildcard as a final `*`.
    pub(super) fn nft(&self) -> String {
        match self.0.strip_suffix('+') {
            Some(prefix) => format!("\"{prefix}*\""),
            None => format!("\"{}\"", self.0),
        }
    }
}

impl fmt::Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
