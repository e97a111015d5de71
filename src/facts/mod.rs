//! What must be true of a host, from its description: one list, read by the VM
//! test, the boot test of an image, the gate after a deploy and `verify`.
//!
//! Pure: nothing is looked at here, and each fact carries what its prover
//! needs. What a description says and no fact proves is in [`unprovable`],
//! with the reason.

mod access;
mod bans;
mod check;
mod fact;
mod firewall;
mod kernel;
mod list;
mod sources;
mod storage;
mod system;
mod unprovable;

pub use check::{Answer, Check, Grant, IpFamily, Method, PortSpan, Transport};
pub use fact::{Fact, Stage};
pub use sources::Source;
pub use unprovable::{Unprovable, unprovable};

use crate::rules::CheckedHost;
use list::List;

/// Version of the document that `hostwright facts --json` prints.
pub const SCHEMA: u32 = 1;

/// Everything that must be true of `host`, in a fixed order, ids unique.
#[must_use]
pub fn facts(host: &CheckedHost) -> Vec<Fact> {
    let mut list = List::default();
    system::facts(host, &mut list);
    access::facts(host, &mut list);
    firewall::facts(host, &mut list);
    bans::facts(host, &mut list);
    kernel::facts(host, &mut list);
    storage::facts(host, &mut list);
    list.into_facts()
}
