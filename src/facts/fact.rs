//! One fact.

use serde::Serialize;

use super::Check;

/// Where a fact can be proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// The NixOS test with containers: the kernel is the builder's.
    Container,
    /// The NixOS test with virtual machines: that of the host has the size, the
    /// volumes and the links of its description.
    Vm,
    /// The boot test of the image: one machine, nobody beside it.
    Image,
    /// The host where it runs, seen by an operator.
    Live,
}

impl Stage {
    /// Wherever the system runs.
    pub(super) const ALL: &'static [Self] = &[Self::Container, Self::Vm, Self::Image, Self::Live];
    /// Where the kernel is the host's own.
    pub(super) const OWN_KERNEL: &'static [Self] = &[Self::Vm, Self::Image, Self::Live];
    /// Where other machines, of our choice, are beside it.
    pub(super) const NETWORK: &'static [Self] = &[Self::Container, Self::Vm];
    /// Where the machine, its disks and its links are those of the description.
    pub(super) const OWN_MACHINE: &'static [Self] = &[Self::Vm, Self::Live];
    /// Where it runs on its disk, not on one that a test put there.
    pub(super) const OWN_DISK: &'static [Self] = &[Self::Image, Self::Live];

    /// Its name in the document.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Vm => "vm",
            Self::Image => "image",
            Self::Live => "live",
        }
    }
}

/// Something that must be true of a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Fact {
    /// Stable and unique on its host: letters, digits, `-`, `.`, `:`, `/`, `_`.
    pub id: String,
    /// One sentence, without a final period.
    pub what: String,
    /// Keys of the description that it follows from; empty for what every host has.
    pub keys: Vec<String>,
    /// Where it can be proven, in the order of [`Stage`].
    pub stages: &'static [Stage],
    /// How it is proven.
    pub check: Check,
}
