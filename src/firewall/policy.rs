//! What happens to packets that no rule decides, and what is logged.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `ufw default`: what happens to a packet that no rule decides.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum DefaultPolicy {
    /// Dropped without an answer.
    Deny,
    /// Refused with an ICMP answer.
    Reject,
    /// Let through.
    Allow,
}

/// `ufw logging`: each level logs what the one before it logs, and more.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Logging {
    /// Nothing, not even rules with `log`.
    Off,
    /// Packets that the default policy refuses, and rules with `log`; at most
    /// 3 lines a minute after the first 10.
    Low,
    /// Also invalid packets, new connections and what the policy allows.
    Medium,
    /// Every packet; refused packets without the limit.
    High,
    /// Every packet without any limit.
    Full,
}

/// The two default policies and the log level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// For packets to this host and to published container ports.
    pub default_incoming: DefaultPolicy,
    /// For packets that this host itself sends.
    pub default_outgoing: DefaultPolicy,
    /// What the kernel logs.
    pub logging: Logging,
}

impl Default for Policy {
    /// UFW's own defaults: deny incoming, allow outgoing, log low.
    fn default() -> Self {
        Self {
            default_incoming: DefaultPolicy::Deny,
            default_outgoing: DefaultPolicy::Allow,
            logging: Logging::Low,
        }
    }
}
