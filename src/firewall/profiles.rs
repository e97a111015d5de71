//! Application profiles: names for sets of ports, as in
//! /etc/ufw/applications.d.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::endpoint::port_spec;
use super::error::{ParseError, did_you_mean};
use super::token::KEYWORDS;
use super::{Ports, Protocol, services};

const BUILT_IN: &str = include_str!("profiles.txt");

/// Ports of a profile with one protocol; `None` is TCP and UDP.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProfilePorts {
    ports: Ports,
    protocol: Option<Protocol>,
}

impl ProfilePorts {
    /// The ports.
    #[must_use]
    pub fn ports(&self) -> &Ports {
        &self.ports
    }

    /// TCP or UDP; `None` is both.
    #[must_use]
    pub fn protocol(&self) -> Option<Protocol> {
        self.protocol
    }
}

/// The application profiles that rules may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profiles(BTreeMap<String, Vec<ProfilePorts>>);

static DEBIAN: LazyLock<Profiles> = LazyLock::new(|| {
    let mut profiles = Profiles(BTreeMap::new());
    for (name, ports) in built_in() {
        // A wrong line would be a defect of the table; a test reads all.
        let _ = profiles.insert(name, ports);
    }
    profiles
});

impl Default for Profiles {
    /// The profiles of Debian's ufw and of the servers it packages.
    fn default() -> Self {
        DEBIAN.clone()
    }
}

fn built_in() -> impl Iterator<Item = (&'static str, &'static str)> {
    BUILT_IN
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(" = "))
}

impl Profiles {
    /// Adds or replaces a profile; `ports` as in a profile file, such as
    /// `80,443/tcp|5353/udp`.
    ///
    /// # Errors
    /// The place (within `ports`, or empty for the name) and the rule that is
    /// broken.
    pub fn insert(&mut self, name: &str, ports: &str) -> Result<(), ParseError> {
        if let Some(fault) = name_fault(name) {
            return Err(ParseError::new(
                0..0,
                format!("application name '{name}' {fault}"),
                "begin with a letter or digit; letters, digits, spaces and _-.+ may follow",
            ));
        }
        let mut entries = Vec::new();
        let mut start = 0;
        for part in ports.split('|') {
            let (ports, protocol) = port_spec(part, start)?;
            if ports.is_multiple() && protocol.is_none() {
                return Err(ParseError::new(
                    start..start + part.len(),
                    format!("ports '{part}' have no protocol"),
                    format!("write '{part}/tcp' or '{part}/udp'"),
                ));
            }
            entries.push(ProfilePorts { ports, protocol });
            start += part.len() + 1;
        }
        self.0.insert(name.to_owned(), entries);
        Ok(())
    }

    /// The profile with this name; letter case is ignored if that is unambiguous.
    pub(super) fn find(&self, name: &str) -> Option<(&str, &[ProfilePorts])> {
        if let Some((name, entries)) = self.0.get_key_value(name) {
            return Some((name, entries));
        }
        let mut same = self.0.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
        match (same.next(), same.next()) {
            (Some((name, entries)), None) => Some((name, entries)),
            _ => None,
        }
    }

    /// The profile whose name is most like `name`.
    pub(super) fn similar(&self, name: &str) -> Option<&str> {
        did_you_mean(name, self.names())
    }

    /// The names in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// UFW's rule for names of profiles; names of services are services.
fn name_fault(name: &str) -> Option<&'static str> {
    let first = name.chars().next();
    if !first.is_some_and(|c| c.is_ascii_alphanumeric()) {
        return Some("does not begin with a letter or digit");
    }
    if name.len() > 64 {
        return Some("is longer than 64 characters");
    }
    if !name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || " _-.+".contains(c))
    {
        return Some("has characters that UFW does not allow");
    }
    // One space between words, so that a name can be written without quotes.
    if name.ends_with(' ') || name.contains("  ") {
        return Some("has more than one space between words");
    }
    if name == "all" || KEYWORDS.contains(&name) || name.parse::<i64>().is_ok() {
        return Some("is reserved");
    }
    services::find(name).map(|_| "is the name of a service in /etc/services")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_profile_is_read() {
        let profiles = Profiles::default();
        let mut rebuilt = Profiles(BTreeMap::new());
        for (name, ports) in built_in() {
            rebuilt.insert(name, ports).unwrap();
        }
        assert_eq!(profiles, rebuilt);
        assert_eq!(profiles.names().count(), built_in().count());
        assert_eq!(profiles.names().count(), 62);
    }

    #[test]
    fn a_profile_is_found_whatever_its_letter_case() {
        let profiles = Profiles::default();
        assert_eq!(profiles.find("openssh").unwrap().0, "OpenSSH");
        assert_eq!(profiles.find("nginx full").unwrap().0, "Nginx Full");
        assert!(profiles.find("Caddy").is_none());
        assert_eq!(profiles.similar("OpenSHS"), Some("OpenSSH"));
    }

    #[test]
    fn wrong_profiles_are_refused_with_their_place() {
        let mut profiles = Profiles::default();
        let error = profiles.insert("Game", "80/tcp|70,71").unwrap_err();
        assert_eq!(error.range, 7..12);
        assert_eq!(error.message, "ports '70,71' have no protocol");
        for name in ["", "-x", "all", "22", "ssh", "a/b", "a  b", "log"] {
            assert!(profiles.insert(name, "80/tcp").is_err(), "{name}");
        }
    }
}
