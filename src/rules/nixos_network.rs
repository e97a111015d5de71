//! Options of the escape hatch that would get past the firewall or break it.

use toml::Value;

use crate::diagnostics::Finding;
use crate::host::Host;

use super::options::{self, Leaf};
use super::rule::{Context, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule::error(
        "nftables-owned",
        "the firewall is one list: a second owner of nftables wipes the tables of containers and of fail2ban, or closes nothing",
        &["nixos"],
        owned,
    )
    .without_override(),
    Rule::error(
        "firewall-bypassed",
        "ports are opened by firewall.rules alone: what NixOS opens elsewhere comes before every deny",
        &["nixos"],
        bypassed,
    )
    .without_override(),
    Rule::error(
        "forwarding-undeclared",
        "interfaces that the host forwards for are declared: what is routed past it elsewhere is dropped",
        &["nixos", "firewall"],
        forwarding,
    ),
];

/// When an option breaks the firewall.
#[derive(Clone, Copy)]
enum When {
    /// Whatever its value is.
    Set,
    /// If it is this truth.
    Is(bool),
}

/// Option, when it is refused, why, and the way out.
const OWNED: [(&str, When, &str, &str); 11] = [
    (
        "networking.firewall.enable",
        When::Is(false),
        "switches the firewall off",
        "delete the line; to let everything in, write default_incoming = \"allow\" in [firewall]",
    ),
    (
        "networking.firewall.backend",
        When::Set,
        "the rules are written for nftables",
        "delete the line",
    ),
    (
        "networking.firewall.package",
        When::Set,
        "the rules are written for nftables",
        "delete the line",
    ),
    (
        "networking.firewall.filterForward",
        When::Is(true),
        "cuts containers off, and still lets published ports in",
        "delete the line: published ports obey firewall.rules already",
    ),
    (
        "networking.nftables.enable",
        When::Is(false),
        "the rules are written for nftables",
        "delete the line",
    ),
    (
        "networking.nftables.flushRuleset",
        When::Is(true),
        "wipes the tables of containers and of fail2ban at each reload",
        "delete the line",
    ),
    (
        "networking.nftables.ruleset",
        When::Set,
        "wipes all other tables at each reload",
        "write firewall.rules, or a table of your own: [nixos.options.networking.nftables.tables.NAME]",
    ),
    (
        "networking.nftables.rulesetFile",
        When::Set,
        "wipes all other tables at each reload",
        "write firewall.rules, or a table of your own: [nixos.options.networking.nftables.tables.NAME]",
    ),
    (
        "networking.nftables.tables.hostwright",
        When::Set,
        "the table that firewall.rules are in",
        "choose another name for the table",
    ),
    (
        "virtualisation.docker.daemon.settings.iptables",
        When::Is(false),
        "takes the network away from containers",
        "delete the line: published ports obey firewall.rules already",
    ),
    (
        "virtualisation.docker.daemon.settings.ip6tables",
        When::Is(false),
        "takes the network away from containers",
        "delete the line: published ports obey firewall.rules already",
    ),
];

fn owned(context: &Context<'_>) -> Vec<Finding> {
    let options = &context.host.nixos.options;
    let broken = OWNED.iter().filter(|(option, when, ..)| {
        let value = options::get(options, option);
        match when {
            When::Set => value.is_some(),
            When::Is(truth) => value == Some(&Value::Boolean(*truth)),
        }
    });
    broken
        .map(|(option, _, why, help)| {
            Finding::error("nftables-owned", options::path_of(option, &[]))
                .on_key()
                .message(format!("`{option}` works against firewall.rules"))
                .label(*why)
                .help(*help)
        })
        .collect()
}

/// Options of `networking.firewall` that open something, with the protocol of
/// the ports that they list.
const OPENERS: [(&str, &str); 6] = [
    ("allowedTCPPorts", "tcp"),
    ("allowedUDPPorts", "udp"),
    ("allowedTCPPortRanges", "tcp"),
    ("allowedUDPPortRanges", "udp"),
    ("trustedInterfaces", ""),
    ("extraInputRules", ""),
];

fn bypassed(context: &Context<'_>) -> Vec<Finding> {
    let leaves = options::leaves(&context.host.nixos.options);
    leaves.iter().filter_map(bypass).collect()
}

fn bypass(leaf: &Leaf<'_>) -> Option<Finding> {
    let finding = Finding::error("firewall-bypassed", &leaf.path);
    if leaf.keys.last() == Some(&"openFirewall") && leaf.value == &Value::Boolean(true) {
        return Some(
            finding
                .message(format!("`{}` opens ports past firewall.rules", leaf.option()))
                .label("no deny could close them again")
                .help("write false, and the ports of the service in firewall.rules, such as \"allow 8080/tcp\""),
        );
    }
    let ["networking", "firewall", inner @ ..] = leaf.keys.as_slice() else {
        return None;
    };
    let (interface, key) = match inner {
        ["interfaces", name, key, ..] => (Some(*name), *key),
        [key, ..] => (None, *key),
        [] => return None,
    };
    let (_, protocol) = OPENERS.iter().find(|(opener, _)| *opener == key)?;
    let on = interface.map_or(String::new(), |name| format!("in on {name} to any port "));
    let help = match leaf.value {
        Value::Integer(port) if interface.is_none() => {
            format!("write \"allow {port}/{protocol}\" in firewall.rules instead")
        }
        Value::Integer(port) => {
            format!("write \"allow {on}{port} proto {protocol}\" in firewall.rules instead")
        }
        Value::String(name) if key == "trustedInterfaces" => {
            format!("write \"allow in on {name}\" in firewall.rules instead")
        }
        _ => "write it in firewall.rules instead, such as \"allow 60000:61000/udp\"".to_owned(),
    };
    Some(
        finding
            .message(format!(
                "`networking.firewall.{key}` opens ports past firewall.rules"
            ))
            .label("no deny could close this again")
            .help(help),
    )
}

/// Switches of programs that forward, and the interfaces that they make.
const FORWARDERS: [(&str, &str); 5] = [
    ("services.tailscale.enable", "tailscale0"),
    ("services.zerotierone.enable", "zt*"),
    ("services.netbird.enable", "wt0"),
    ("virtualisation.libvirtd.enable", "virbr0"),
    ("virtualisation.incus.enable", "incusbr0"),
];

/// Options whose names are interfaces that are forwarded between.
const FORWARDED: [&str; 3] = [
    "networking.wireguard.interfaces",
    "networking.wg-quick.interfaces",
    "networking.bridges",
];

fn forwarding(context: &Context<'_>) -> Vec<Finding> {
    let host = context.host;
    let options = &host.nixos.options;
    let switched = FORWARDERS.iter();
    let switched = switched
        .filter(|(switch, _)| options::is_true(options, switch))
        .map(|(switch, name)| (options::path_of(switch, &[]), *name));
    let named = FORWARDED.iter().flat_map(|option| {
        let names = options::names(options, option).into_iter();
        names.map(move |name| (options::path_of(option, &[name]), name))
    });
    switched
        .chain(named)
        .filter(|(_, name)| !is_declared(host, name))
        .map(|(path, name)| {
            Finding::error("forwarding-undeclared", path)
                .on_key()
                .message(format!(
                    "what comes in on {name} and goes past this host is dropped"
                ))
                .label(format!("{name} is not among firewall.forward_interfaces"))
                .help(format!(
                    "add forward_interfaces = [\"{name}\"] to [firewall]"
                ))
        })
        .collect()
}

fn is_declared(host: &Host, name: &str) -> bool {
    let plain = name.trim_end_matches('*');
    let mut declared = host.firewall.forward_interfaces().iter();
    declared.any(|it| it.matches(plain))
}
