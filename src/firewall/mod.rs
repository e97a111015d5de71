//! UFW's grammar, its verdicts, and the nftables text that gives the same
//! verdicts, for published container ports too.
//!
//! A text becomes a [`Rule`]; rules and a [`Policy`] become a [`RuleSet`],
//! which is rendered twice ([`RuleSet::guard_table`], [`RuleSet::input_rules`])
//! and can be asked what it does ([`RuleSet::verdict`], [`RuleSet::opens`],
//! [`RuleSet::shadowed`]). Pure: text in, text out.

mod analysis;
mod clauses;
mod endpoint;
mod error;
mod grammar;
mod guard;
mod interface;
mod limit;
mod matching;
mod nft;
mod policy;
mod ports;
mod profiles;
mod protocol;
mod reach;
mod region;
mod rule;
mod ruleset;
mod services;
mod token;
mod verdict;

#[cfg(test)]
mod tests;

pub use analysis::Shadow;
pub use error::ParseError;
pub use interface::Interface;
pub use policy::{DefaultPolicy, Logging, Policy};
pub use ports::{PortRange, Ports};
pub use profiles::{ProfilePorts, Profiles};
pub use protocol::Protocol;
pub use reach::Reach;
pub use rule::{Action, Direction, Endpoint, Family, PortMatch, Rule, RuleLog};
pub use ruleset::RuleSet;
pub use verdict::{Outcome, Packet, Verdict};
