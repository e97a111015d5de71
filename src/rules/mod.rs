//! Whether a description is one that we would put on a server: a table of
//! rules, each with an id, a severity, one line of purpose and a function.

mod check;
mod overrides;
mod structural;
mod table;

pub use check::{AppliedOverride, Checked, CheckedHost, check};
pub use table::{Rule, rules};
