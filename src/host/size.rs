//! Amounts of memory and disk.

use std::fmt;
use std::str::FromStr;

/// An amount of bytes, written with a unit: `"4GiB"`, `"512MiB"`, `"20GB"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(u64);

/// Units, binary ones by powers of 1024 (IEC 80000-13), decimal by 1000.
const UNITS: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("B", 1),
];

impl Size {
    /// So many bytes.
    #[must_use]
    pub const fn from_bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// So many GiB.
    #[must_use]
    pub const fn from_gib(gib: u64) -> Self {
        Self(gib << 30)
    }

    /// So many MiB.
    #[must_use]
    pub const fn from_mib(mib: u64) -> Self {
        Self(mib << 20)
    }

    /// In bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.0
    }

    /// In whole MiB, rounded down.
    #[must_use]
    pub const fn mib(self) -> u64 {
        self.0 >> 20
    }
}

/// Why a text is not a size.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    /// There is no number before the unit.
    #[error("expected digits and a unit")]
    NoNumber,
    /// The unit is missing or none of ours.
    #[error("expected one of KiB, MiB, GiB, TiB, kB, MB, GB, TB after the number")]
    Unit,
    /// 2^63 bytes or more.
    #[error("too large")]
    TooLarge,
}

impl FromStr for Size {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Self, SizeError> {
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, unit) = text.split_at(digits);
        if number.is_empty() {
            return Err(SizeError::NoNumber);
        }
        let unit = unit.trim_start();
        let (_, factor) = UNITS
            .iter()
            .find(|(name, _)| *name == unit)
            .ok_or(SizeError::Unit)?;
        number
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(*factor))
            .filter(|bytes| i64::try_from(*bytes).is_ok())
            .map(Self)
            .ok_or(SizeError::TooLarge)
    }
}

impl fmt::Display for Size {
    /// The unit that gives the smallest whole number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = UNITS
            .iter()
            .filter(|(_, factor)| self.0 >= *factor && self.0.is_multiple_of(*factor));
        let (name, factor) = whole.max_by_key(|(_, factor)| *factor).unwrap_or(&("B", 1));
        write!(f, "{}{name}", self.0 / factor)
    }
}

#[cfg(test)]
mod tests {
    use super::{Size, SizeError};

    #[test]
    fn units_are_read() {
        assert_eq!("4GiB".parse(), Ok(Size::from_gib(4)));
        assert_eq!("20 GB".parse(), Ok(Size::from_bytes(20_000_000_000)));
        assert_eq!("4".parse::<Size>(), Err(SizeError::Unit));
        assert_eq!("4G".parse::<Size>(), Err(SizeError::Unit));
        assert_eq!("GiB".parse::<Size>(), Err(SizeError::NoNumber));
        assert_eq!("99999999999TiB".parse::<Size>(), Err(SizeError::TooLarge));
        assert_eq!("9000000TiB".parse::<Size>(), Err(SizeError::TooLarge));
    }

    proptest::proptest! {
        #[test]
        fn what_is_printed_is_read_again(bytes in 0..i64::MAX as u64) {
            let size = Size::from_bytes(bytes);
            proptest::prop_assert_eq!(size.to_string().parse(), Ok(size));
        }
    }
}
