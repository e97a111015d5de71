//! Rules as nftables lines. Which packets a rule matches is said here once,
//! for both tables.

use ipnet::IpNet;

use super::matching::{Condition, Protocols, conditions};
use super::{
    Action, DefaultPolicy, Direction, Family, Interface, Logging, Ports, Protocol, Rule, RuleLog,
    RuleSet,
};

/// Longest comment in bytes: `NFTNL_UDATA_COMMENT_MAXLEN` is 128, NUL included.
const LONGEST_COMMENT: usize = 120;

/// UFW's limit for log lines.
pub(super) const LOG_RATE: &str = "limit rate 3/minute burst 10 packets";

/// Where a line stands: what it may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Our own table: logs, counts and limits.
    Guard,
    /// NixOS's input chain: decides only, what the guard has let through.
    Input,
}

impl RuleSet {
    /// The rules for `networking.firewall.extraInputRules`: the same verdicts
    /// as the guard table, for what reaches the host itself. `limit` accepts,
    /// since the guard has counted; nothing is logged twice. Ends with the
    /// default policy, unless it is deny, which the chain itself does.
    #[must_use]
    pub fn input_rules(&self) -> String {
        let mut lines = self.rule_lines(Direction::In, Place::Input);
        match self.policy.default_incoming {
            DefaultPolicy::Deny => {}
            DefaultPolicy::Reject => lines.push("reject comment \"default: reject\"".to_owned()),
            DefaultPolicy::Allow => lines.push("accept comment \"default: allow\"".to_owned()),
        }
        if lines.is_empty() {
            return String::new();
        }
        lines.join("\n") + "\n"
    }

    /// One or more lines for every rule of a direction, in order.
    pub(super) fn rule_lines(&self, direction: Direction, place: Place) -> Vec<String> {
        self.rules
            .iter()
            .enumerate()
            .filter(|(_, rule)| rule.direction == direction)
            .flat_map(|(index, rule)| self.lines(index, rule, place))
            .collect()
    }

    fn lines(&self, index: usize, rule: &Rule, place: Place) -> Vec<String> {
        let comment = comment(index, rule);
        let mut lines = Vec::new();
        for condition in conditions(rule).iter().flat_map(|c| split(c, rule.action)) {
            let mut matching = matching(rule, &condition);
            if !matching.is_empty() {
                matching.push(' ');
            }
            if place == Place::Guard
                && self.policy.logging != Logging::Off
                && let Some(log) = rule_log(rule)
            {
                lines.push(format!("{matching}{log} comment \"{comment}\""));
            }
            let verdict = verdict(rule.action, &condition, place);
            lines.push(format!("{matching}{verdict} comment \"{comment}\""));
        }
        lines
    }
}

/// A rejected condition on TCP and UDP is two: TCP is answered with a reset.
fn split<'a>(condition: &Condition<'a>, action: Action) -> Vec<Condition<'a>> {
    if action == Action::Reject && condition.protocols == Protocols::TcpAndUdp {
        return [Protocol::Tcp, Protocol::Udp]
            .map(|protocol| Condition {
                protocols: Protocols::One(protocol),
                ..*condition
            })
            .to_vec();
    }
    vec![*condition]
}

fn verdict(action: Action, condition: &Condition<'_>, place: Place) -> &'static str {
    let tcp = condition.protocols == Protocols::One(Protocol::Tcp);
    match (place, action) {
        (Place::Guard, Action::Allow) => "counter accept",
        (Place::Guard, Action::Deny) => "counter drop",
        (Place::Guard, Action::Reject) if tcp => "counter reject with tcp reset",
        (Place::Guard, Action::Reject) => "counter reject",
        (Place::Guard, Action::Limit) => "counter goto limited",
        (Place::Input, Action::Allow | Action::Limit) => "accept",
        (Place::Input, Action::Deny) => "drop",
        (Place::Input, Action::Reject) if tcp => "reject with tcp reset",
        (Place::Input, Action::Reject) => "reject",
    }
}

/// UFW's log line for a rule with `log` or `log-all`.
fn rule_log(rule: &Rule) -> Option<String> {
    let new = match rule.log {
        RuleLog::None => return None,
        RuleLog::New => "ct state new ",
        RuleLog::All => "",
    };
    let prefix = match rule.action {
        Action::Allow => "ALLOW",
        Action::Limit => "LIMIT",
        Action::Deny | Action::Reject => "BLOCK",
    };
    Some(format!("{new}{LOG_RATE} log prefix \"[UFW {prefix}] \""))
}

/// The rule's own text, numbered as by `ufw status numbered`. nftables has no
/// escape for `"` and takes 127 bytes.
fn comment(index: usize, rule: &Rule) -> String {
    let text = format!("{}: {rule}", index + 1).replace('"', "'");
    if text.len() <= LONGEST_COMMENT {
        return text;
    }
    let room = LONGEST_COMMENT - '…'.len_utf8();
    let fits = |(at, c): &(usize, char)| at + c.len_utf8() <= room;
    let head: String = text
        .char_indices()
        .take_while(fits)
        .map(|(_, c)| c)
        .collect();
    head + "…"
}

/// The part of a line that says which packets; empty for all.
fn matching(rule: &Rule, condition: &Condition<'_>) -> String {
    let mut parts = Vec::new();
    if let Some(interface) = &rule.interface {
        let key = match rule.direction {
            Direction::In => "iifname",
            Direction::Out => "oifname",
        };
        parts.push(format!("{key} {}", interface.nft()));
    }
    parts.extend(addresses(condition));
    parts.extend(protocol_and_ports(condition));
    parts.join(" ")
}

fn addresses(condition: &Condition<'_>) -> Vec<String> {
    let ends = [
        ("saddr", condition.source),
        ("daddr", condition.destination),
    ];
    let mut parts: Vec<String> = ends
        .into_iter()
        .filter_map(|(key, network)| network.map(|network| (key, network)))
        .filter(|(_, network)| network.prefix_len() > 0)
        .map(|(key, network)| address(key, network))
        .collect();
    // An address says its family by itself.
    if parts.is_empty() {
        parts.extend(condition.family.map(|family| {
            match family {
                Family::V4 => "meta nfproto ipv4",
                Family::V6 => "meta nfproto ipv6",
            }
            .to_owned()
        }));
    }
    parts
}

fn address(key: &str, network: IpNet) -> String {
    let family = match Family::of(network) {
        Family::V4 => "ip",
        Family::V6 => "ip6",
    };
    if network.prefix_len() == network.max_prefix_len() {
        format!("{family} {key} {}", network.addr())
    } else {
        format!("{family} {key} {network}")
    }
}

fn protocol_and_ports(condition: &Condition<'_>) -> Vec<String> {
    let ends = [
        ("sport", condition.source_ports),
        ("dport", condition.destination_ports),
    ];
    let ports = |header: &str| -> Vec<String> {
        ends.into_iter()
            .filter_map(|(key, ports)| ports.map(|ports| (key, ports)))
            .map(|(key, ports)| format!("{header} {key} {}", port_set(ports)))
            .collect()
    };
    let has_ports = ends.iter().any(|(_, ports)| ports.is_some());
    match condition.protocols {
        Protocols::Every => Vec::new(),
        Protocols::TcpAndUdp => {
            let mut both = vec!["meta l4proto { tcp, udp }".to_owned()];
            both.extend(ports("th"));
            both
        }
        Protocols::One(protocol) if has_ports => ports(protocol.name()),
        Protocols::One(protocol) => vec![format!("meta l4proto {}", nft_protocol(protocol))],
    }
}

/// nftables knows these names by itself; others it would look up in
/// /etc/protocols, which a build may not have.
fn nft_protocol(protocol: Protocol) -> String {
    match protocol {
        Protocol::Ipv6 | Protocol::Vrrp => protocol.number().to_string(),
        _ => protocol.name().to_owned(),
    }
}

fn port_set(ports: &Ports) -> String {
    let ranges: Vec<String> = ports
        .ranges()
        .iter()
        .map(|range| {
            if range.first() == range.last() {
                range.first().to_string()
            } else {
                format!("{}-{}", range.first(), range.last())
            }
        })
        .collect();
    match ranges.as_slice() {
        [one] => one.clone(),
        many => format!("{{ {} }}", many.join(", ")),
    }
}

/// Interface names for a rule that accepts what comes in on them.
pub(super) fn accept_from(interface: &Interface, why: &str) -> String {
    format!("iifname {} accept comment \"{why}\"", interface.nft())
}

/// A chain with its lines, and a blank line after it.
pub(super) fn chain(name: &str, lines: &[String]) -> String {
    let mut all = vec![format!("chain {name} {{")];
    all.extend(lines.iter().map(|line| format!("  {line}")));
    all.join("\n") + "\n}\n\n"
}
