//! The list of firewall rules itself: order, words, policy.

use crate::diagnostics::Finding;
use crate::firewall::{
    Action, DefaultPolicy, Direction, PortMatch, Protocol, Rule as FirewallRule, Shadow,
};
use crate::host::Host;

use super::options;
use super::rule::{Context, Rule};
use super::words::{list, word_in};

pub(super) const RULES: &[Rule] = &[
    Rule::warning(
        "firewall-shadowed",
        "every firewall rule can decide something: the first that matches wins, so a rule below a wider one does nothing",
        &["firewall"],
        shadowed,
    ),
    Rule::warning(
        "firewall-limit-web",
        "web ports are not limited: a browser opens more than 5 connections, and an office shares one address",
        &["firewall"],
        limit_web,
    ),
    Rule::warning(
        "firewall-default-allow",
        "what no rule names is refused: otherwise each new service is open to the world from its first second",
        &["firewall"],
        default_allow,
    ),
    Rule::warning(
        "firewall-interface",
        "rules name interfaces that the description declares: the kernel's own names differ between machine types",
        &["firewall", "network", "nixos"],
        interface,
    ),
    Rule::warning(
        "outgoing-blocked",
        "a host that refuses its own connections still reaches DNS, time and HTTPS, or it says why not",
        &["firewall"],
        outgoing_blocked,
    ),
];

/// The text of rule `index`, as the author wrote it.
pub(super) fn text<'a>(context: &Context<'a>, index: usize) -> &'a str {
    let rules = &context.description.firewall.rules;
    rules.get(index).map_or("", String::as_str)
}

/// A finding at rule `index`, at `word` of it where that is there.
pub(super) fn at_rule(
    context: &Context<'_>,
    finding: Finding,
    index: usize,
    word: &str,
) -> Finding {
    match word_in(text(context, index), word) {
        Some(range) => finding.part(range),
        None => finding,
    }
}

/// The path of rule `index`.
pub(super) fn path(index: usize) -> String {
    format!("firewall.rules[{index}]")
}

fn shadowed(context: &Context<'_>) -> Vec<Finding> {
    let shadows = context.host.firewall.shadowed();
    shadows.iter().map(|it| shadow(context, it)).collect()
}

fn shadow(context: &Context<'_>, shadow: &Shadow) -> Finding {
    let rules = context.host.firewall.rules();
    let action = |index: usize| rules.get(index).map(FirewallRule::action);
    let quoted = |index: &usize| format!("{:?}", text(context, *index));
    let by = list(&shadow.by.iter().map(quoted).collect::<Vec<_>>());
    let same = shadow
        .by
        .iter()
        .all(|it| action(*it) == action(shadow.rule));
    let help = if same {
        "delete it: the list does the same without it".to_owned()
    } else {
        format!("move it above {by}, or delete it")
    };
    Finding::warning("firewall-shadowed", path(shadow.rule))
        .message(format!(
            "the rule {:?} never decides anything",
            text(context, shadow.rule)
        ))
        .label(format!("{by} above it matches first"))
        .help(help)
}

/// Whether the ports at the destination of `rule` include `port`.
pub(super) fn names_port(rule: &FirewallRule, port: u16, protocol: Protocol) -> bool {
    let fits = |own: Option<Protocol>| own.is_none_or(|own| own == protocol);
    match rule.destination().ports() {
        PortMatch::Any => fits(rule.protocol()),
        PortMatch::Ports(ports) => fits(rule.protocol()) && ports.contains(port),
        PortMatch::Application { entries, .. } => entries
            .iter()
            .any(|entry| fits(entry.protocol()) && entry.ports().contains(port)),
    }
}

/// Whether `rule` names ports at all.
fn has_ports(rule: &FirewallRule) -> bool {
    *rule.destination().ports() != PortMatch::Any
}

fn limit_web(context: &Context<'_>) -> Vec<Finding> {
    let rules = context.host.firewall.rules().iter().enumerate();
    rules
        .filter(|(_, rule)| rule.action() == Action::Limit && rule.direction() == Direction::In)
        .filter(|(_, rule)| has_ports(rule))
        .filter_map(|(index, rule)| {
            let web = [80, 443];
            if !web
                .iter()
                .any(|port| names_port(rule, *port, Protocol::Tcp))
            {
                return None;
            }
            let finding = Finding::warning("firewall-limit-web", path(index))
                .message(format!("{:?} turns visitors away", text(context, index)))
                .label("refuses the 6th connection of an address within 30 seconds")
                .help(format!(
                    "write {:?}: one browser opens more connections than that; `limit` is for SSH",
                    text(context, index).replacen("limit", "allow", 1)
                ));
            Some(at_rule(context, finding, index, "limit"))
        })
        .collect()
}

fn default_allow(context: &Context<'_>) -> Vec<Finding> {
    if context.host.firewall.policy().default_incoming != DefaultPolicy::Allow {
        return Vec::new();
    }
    vec![
        Finding::warning("firewall-default-allow", "firewall.default_incoming")
            .message("the firewall lets in whatever no rule names")
            .label("every port is open unless a rule closes it")
            .help("write default_incoming = \"deny\", and one \"allow\" for each port that is meant to be open"),
    ]
}

/// Names that programs, not the kernel's guess, give to interfaces.
const VIRTUAL: [&str; 17] = [
    "lo",
    "wg",
    "tailscale",
    "zt",
    "tun",
    "tap",
    "ppp",
    "br",
    "docker",
    "podman",
    "cni",
    "veth",
    "virbr",
    "bond",
    "vlan",
    "dummy",
    "nebula",
];

/// Whether `name` is one that the description declares or a program makes.
pub(super) fn is_known_interface(host: &Host, name: &str) -> bool {
    let bare = name.trim_end_matches('+');
    VIRTUAL.iter().any(|known| bare.starts_with(known))
        || host.network.interfaces.contains_key(name)
        || name.ends_with('+')
            && host
                .network
                .interfaces
                .keys()
                .any(|it| it.starts_with(bare))
        || host
            .firewall
            .forward_interfaces()
            .iter()
            .any(|it| it.as_str() == name || it.matches(name))
        || options::made_interfaces(&host.nixos.options)
            .iter()
            .any(|it| it == name)
}

fn interface(context: &Context<'_>) -> Vec<Finding> {
    let rules = context.host.firewall.rules().iter().enumerate();
    rules
        .filter_map(|(index, rule)| {
            let name = rule.interface()?.as_str();
            if is_known_interface(context.host, name) {
                return None;
            }
            let declared = context.host.network.interfaces.keys().map(String::as_str);
            let help = match crate::diagnostics::closest(name, declared) {
                Some(near) => format!("did you mean {near:?}?"),
                None => format!(
                    "declare it, [network.interfaces.NAME] with `role` or `mac`, and write NAME here: what is {name} on one machine type is called otherwise on the next"
                ),
            };
            let finding = Finding::warning("firewall-interface", path(index))
                .message(format!("no interface `{name}` is declared"))
                .label("a guessed name: the rule may match nothing")
                .help(help);
            Some(at_rule(context, finding, index, name))
        })
        .collect()
}

/// What a server needs to reach, and what fails without it.
const OUTGOING: [(u16, Protocol, &str, &str); 3] = [
    (53, Protocol::Udp, "allow out 53", "no name is resolved"),
    (
        123,
        Protocol::Udp,
        "allow out 123/udp",
        "the clock drifts until certificates seem invalid",
    ),
    (
        443,
        Protocol::Tcp,
        "allow out 443/tcp",
        "no update, container image or certificate is fetched",
    ),
];

fn outgoing_blocked(context: &Context<'_>) -> Vec<Finding> {
    let firewall = &context.host.firewall;
    if firewall.policy().default_outgoing == DefaultPolicy::Allow {
        return Vec::new();
    }
    let admitted = |port, protocol| {
        let mut out = firewall.rules().iter();
        out.any(|rule| {
            rule.direction() == Direction::Out
                && matches!(rule.action(), Action::Allow | Action::Limit)
                && names_port(rule, port, protocol)
        })
    };
    let blocked = OUTGOING.iter();
    let blocked = blocked.filter(|(port, protocol, ..)| !admitted(*port, *protocol));
    let (rules, broken): (Vec<_>, Vec<_>) = blocked
        .map(|(_, _, rule, breaks)| (format!("{rule:?}"), *breaks))
        .unzip();
    if rules.is_empty() {
        return Vec::new();
    }
    vec![
        Finding::warning("outgoing-blocked", "firewall.default_outgoing")
            .message(format!(
                "the host refuses its own connections, so that {}",
                list(&broken)
            ))
            .label("also refuses what the host itself needs")
            .help(format!("add {} to firewall.rules", list(&rules))),
    ]
}
