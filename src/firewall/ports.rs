//! Port ranges and lists of them.

use std::fmt;

/// One port or an inclusive range of ports, 1 to 65535.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PortRange {
    first: u16,
    last: u16,
}

impl PortRange {
    /// The range from `first` to `last`; `None` unless 1 <= first <= last.
    #[must_use]
    pub fn new(first: u16, last: u16) -> Option<Self> {
        (first >= 1 && first <= last).then_some(Self { first, last })
    }

    /// The lowest port.
    #[must_use]
    pub fn first(self) -> u16 {
        self.first
    }

    /// The highest port.
    #[must_use]
    pub fn last(self) -> u16 {
        self.last
    }

    /// Whether `port` is in the range.
    #[must_use]
    pub fn contains(self, port: u16) -> bool {
        (self.first..=self.last).contains(&port)
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(f, "{}", self.first)
        } else {
            write!(f, "{}:{}", self.first, self.last)
        }
    }
}

/// A list of ports: sorted, no two ranges overlap; never empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ports(Vec<PortRange>);

impl Ports {
    /// The list of `ranges`, sorted and with overlaps joined; `None` if empty.
    pub(super) fn new(mut ranges: Vec<PortRange>) -> Option<Self> {
        ranges.sort_unstable();
        let mut joined: Vec<PortRange> = Vec::new();
        for range in ranges {
            match joined.last_mut() {
                Some(last) if range.first <= last.last => last.last = last.last.max(range.last),
                _ => joined.push(range),
            }
        }
        (!joined.is_empty()).then_some(Self(joined))
    }

    /// The ranges in ascending order.
    #[must_use]
    pub fn ranges(&self) -> &[PortRange] {
        &self.0
    }

    /// Whether `port` is in the list.
    #[must_use]
    pub fn contains(&self, port: u16) -> bool {
        self.0.iter().any(|range| range.contains(port))
    }

    /// Whether the list is more than a single port, so that UFW wants a
    /// protocol with it.
    #[must_use]
    pub fn is_multiple(&self) -> bool {
        !matches!(self.0.as_slice(), [one] if one.first == one.last)
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, range) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            write!(f, "{range}")?;
        }
        Ok(())
    }
}
