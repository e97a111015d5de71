//! The ordered list of rules with its policy.

use super::{Interface, Policy, Rule};

/// The whole firewall of a host: rules in order, the policy for what no rule
/// decides, and the interfaces that are not guarded.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct RuleSet {
    pub(super) rules: Vec<Rule>,
    pub(super) policy: Policy,
    pub(super) container_interfaces: Vec<Interface>,
    pub(super) forward_interfaces: Vec<Interface>,
}

impl RuleSet {
    /// A list of rules; the first that matches decides.
    #[must_use]
    pub fn new(rules: Vec<Rule>, policy: Policy) -> Self {
        Self {
            rules,
            policy,
            ..Self::default()
        }
    }

    /// Bridges of containers (`podman+`, `docker0`, `br-+`): what comes in on
    /// them has left a container and is not guarded; the host's own input
    /// rules still apply to it.
    #[must_use]
    pub fn with_container_interfaces(mut self, interfaces: Vec<Interface>) -> Self {
        self.container_interfaces = interfaces;
        self
    }

    /// Interfaces that the host routes for (`wg0`, `tailscale0`): what comes in
    /// on them may be routed past the host.
    #[must_use]
    pub fn with_forward_interfaces(mut self, interfaces: Vec<Interface>) -> Self {
        self.forward_interfaces = interfaces;
        self
    }

    /// The rules in order.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What happens to packets that no rule decides, and the log level.
    #[must_use]
    pub fn policy(&self) -> Policy {
        self.policy
    }

    /// Bridges of containers.
    #[must_use]
    pub fn container_interfaces(&self) -> &[Interface] {
        &self.container_interfaces
    }

    /// Interfaces that the host routes for.
    #[must_use]
    pub fn forward_interfaces(&self) -> &[Interface] {
        &self.forward_interfaces
    }
}
