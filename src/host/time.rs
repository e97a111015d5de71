//! Spans of time.

use std::fmt;
use std::str::FromStr;

/// A span of time in whole seconds, written with a unit: `"30s"`, `"10m"`,
/// `"1h"`, `"7d"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seconds(u64);

const UNITS: [(&str, u64); 5] = [
    ("w", 7 * 86_400),
    ("d", 86_400),
    ("h", 3_600),
    ("m", 60),
    ("s", 1),
];

/// Longest time that is accepted: a hundred years.
const MAX: u64 = 100 * 365 * 86_400;

impl Seconds {
    /// As a number of seconds.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// The text is no span of time.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected digits and one of s, m, h, d, w, at most a hundred years")]
pub struct SecondsError;

impl FromStr for Seconds {
    type Err = SecondsError;

    fn from_str(text: &str) -> Result<Self, SecondsError> {
        let (unit, factor) = UNITS
            .iter()
            .find(|(unit, _)| text.ends_with(unit))
            .ok_or(SecondsError)?;
        let number = &text[..text.len() - unit.len()];
        if !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(SecondsError);
        }
        number
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(*factor))
            .filter(|seconds| *seconds <= MAX)
            .map(Self)
            .ok_or(SecondsError)
    }
}

impl fmt::Display for Seconds {
    /// The largest unit that gives a whole number; OpenSSH, fail2ban and
    /// systemd read all of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, factor) = UNITS
            .iter()
            .find(|(_, factor)| self.0 >= *factor && self.0.is_multiple_of(*factor))
            .unwrap_or(&("s", 1));
        write!(f, "{}{unit}", self.0 / factor)
    }
}

#[cfg(test)]
mod tests {
    use super::{Seconds, SecondsError};

    #[test]
    fn units_are_read() {
        assert_eq!("10m".parse::<Seconds>().unwrap().get(), 600);
        assert_eq!("7d".parse::<Seconds>().unwrap().to_string(), "1w");
        for wrong in [
            "",
            "10",
            "m",
            "-1s",
            "1.5h",
            "10 minutes",
            "9999999999999w",
            "+5s",
        ] {
            assert_eq!(wrong.parse::<Seconds>(), Err(SecondsError), "{wrong}");
        }
    }
}
