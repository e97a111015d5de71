//! Whether a description is one that we would put on a server: a table of
//! rules, each with an id, a severity, one line of purpose and a function.

mod catalogue;
mod check;
mod exposure;
mod fail2ban;
mod firewall;
mod network;
mod nixos;
mod nixos_network;
mod options;
mod overrides;
mod rule;
mod secrets;
mod ssh;
mod structural;
mod swap;
mod system;
mod table;
mod users;
mod volumes;
mod words;

pub use check::{Checked, CheckedHost, check};
pub use nixos::missing_module;
pub use overrides::AppliedOverride;
pub use rule::{Check, Context, Rule};
pub use table::rules;
