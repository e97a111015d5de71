//! The table `inet hostwright`: the rules, enforced before destination NAT.
//!
//! Its prerouting chain runs after connection tracking (-200) and the
//! reverse-path filter (-140), and before every destination NAT (-100), so
//! that a rule sees the port that the sender asked for, whether a daemon or a
//! published container port answers. A drop here is final. An accept is final
//! for this table only: NixOS's input chain decides again, from the same list
//! ([`RuleSet::input_rules`]).

use super::limit::limit_text;
use super::nft::{LOG_RATE, Place, accept_from, chain};
use super::{Action, DefaultPolicy, Direction, Logging, RuleSet};

const DHCP: &str = "DHCP renews its lease";

impl RuleSet {
    /// The content of `table inet hostwright`, for
    /// `networking.nftables.tables.hostwright.content`.
    #[must_use]
    pub fn guard_table(&self) -> String {
        let mut text = String::new();
        if self.rules.iter().any(|rule| rule.action == Action::Limit) {
            text.push_str(&limit_text(self.policy.logging));
        }
        text.push_str(&chain(
            "incoming",
            &self.rule_lines(Direction::In, Place::Guard),
        ));
        text.push_str(&chain("transit", &self.transit()));
        text.push_str(&chain("prerouting", &self.prerouting()));
        let outgoing = self.rule_lines(Direction::Out, Place::Guard);
        if !outgoing.is_empty() || self.policy.default_outgoing != DefaultPolicy::Allow {
            text.push_str(&chain("outgoing", &outgoing));
            text.push_str(&chain("output", &self.output()));
        }
        text.trim_end().to_owned() + "\n"
    }

    fn prerouting(&self) -> Vec<String> {
        let mut lines =
            vec!["type filter hook prerouting priority dstnat - 5; policy accept;".to_owned()];
        lines.extend(audit(self.policy.logging));
        lines.push("iifname \"lo\" accept".to_owned());
        lines.extend(
            self.container_interfaces
                .iter()
                .map(|name| accept_from(name, "leaves a container")),
        );
        lines.extend([
            "ct state established,related accept".to_owned(),
            "icmpv6 type { echo-reply, nd-router-solicit, nd-router-advert, \
             nd-neighbor-solicit, nd-neighbor-advert } accept \
             comment \"may have no connection\""
                .to_owned(),
        ]);
        if self.policy.logging >= Logging::Medium {
            let rate = rate_below(self.policy.logging, Logging::High);
            lines.push(format!(
                "ct state invalid {rate}log prefix \"[UFW AUDIT INVALID] \""
            ));
        }
        lines.extend([
            "ct state invalid drop".to_owned(),
            "meta l4proto { icmp, ipv6-icmp } accept comment \"the input chain decides\""
                .to_owned(),
            format!("udp sport 67 udp dport 68 accept comment \"{DHCP}\""),
            format!("ip6 daddr fe80::/10 udp sport 547 udp dport 546 accept comment \"{DHCP}\""),
            "fib daddr type { broadcast, multicast } accept comment \"the input chain decides\""
                .to_owned(),
            "fib daddr type != { local, anycast } goto transit".to_owned(),
            "jump incoming".to_owned(),
        ]);
        lines.extend(default_lines(
            self.policy.default_incoming,
            self.policy.logging,
            true,
        ));
        lines
    }

    /// Packets for other machines.
    fn transit(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .forward_interfaces
            .iter()
            .map(|name| accept_from(name, "the host routes for it"))
            .collect();
        lines.extend(default_lines(
            DefaultPolicy::Deny,
            self.policy.logging,
            false,
        ));
        lines
    }

    fn output(&self) -> Vec<String> {
        let mut lines = vec!["type filter hook output priority filter; policy accept;".to_owned()];
        lines.extend(audit(self.policy.logging));
        lines.extend([
            "oifname \"lo\" accept".to_owned(),
            "ct state established,related accept".to_owned(),
            "meta l4proto ipv6-icmp accept comment \"neighbour discovery, path MTU\"".to_owned(),
            format!("udp sport 68 udp dport 67 accept comment \"{DHCP}\""),
            format!("udp sport 546 udp dport 547 accept comment \"{DHCP}\""),
            "jump outgoing".to_owned(),
        ]);
        lines.extend(default_lines(
            self.policy.default_outgoing,
            self.policy.logging,
            false,
        ));
        lines
    }
}

/// What happens to packets that no rule decided, with UFW's log line.
fn default_lines(policy: DefaultPolicy, logging: Logging, quiet_noise: bool) -> Vec<String> {
    let (verdict, prefix, from) = match policy {
        DefaultPolicy::Deny => ("drop", "BLOCK", Logging::Low),
        DefaultPolicy::Reject => ("reject", "BLOCK", Logging::Low),
        DefaultPolicy::Allow => ("accept", "ALLOW", Logging::Medium),
    };
    let mut lines = Vec::new();
    if logging >= from {
        if quiet_noise && policy != DefaultPolicy::Allow {
            // UFW's after.rules: refused, but not worth a line of the log.
            lines.push(format!(
                "tcp dport {{ 139, 445 }} {verdict} comment \"noise, not logged\""
            ));
            lines.push(format!(
                "udp dport {{ 67, 68, 137, 138, 546, 547 }} {verdict} comment \"noise, not logged\""
            ));
        }
        let rate = rate_below(logging, Logging::High);
        lines.push(format!("{rate}log prefix \"[UFW {prefix}] \""));
    }
    let name = match policy {
        DefaultPolicy::Deny => "deny",
        DefaultPolicy::Reject => "reject",
        DefaultPolicy::Allow => "allow",
    };
    lines.push(format!("counter {verdict} comment \"default: {name}\""));
    lines
}

/// UFW logs new connections from `medium` on, every packet from `high` on.
fn audit(logging: Logging) -> Option<String> {
    let which = match logging {
        Logging::Off | Logging::Low => return None,
        Logging::Medium => format!("ct state new {LOG_RATE} "),
        Logging::High => format!("{LOG_RATE} "),
        Logging::Full => String::new(),
    };
    Some(format!("{which}log prefix \"[UFW AUDIT] \""))
}

/// The limit for log lines, which levels from `unlimited` on do not have.
fn rate_below(logging: Logging, unlimited: Logging) -> String {
    if logging < unlimited {
        format!("{LOG_RATE} ")
    } else {
        String::new()
    }
}
