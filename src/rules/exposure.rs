//! Who reaches what: SSH for its operator, databases for nobody.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::description::raw::InterfaceRole;
use crate::diagnostics::Finding;
use crate::firewall::{
    Action, Direction, Family, Packet, Protocol, Reach, Rule as FirewallRule, RuleSet,
};
use crate::host::{Host, Selector};

use super::firewall::{at_rule, names_port, path, text};
use super::rule::{Context, Rule};
use super::words::list;

pub(super) const RULES: &[Rule] = &[
    Rule::error(
        "ssh-unreachable",
        "SSH is reachable, from each of `operator.addresses` if there are any: otherwise nobody can log in again",
        &["ssh", "firewall", "operator", "network", "machine"],
        ssh_unreachable,
    ),
    Rule::warning(
        "ssh-port-closed",
        "each port that sshd listens on is opened by a rule",
        &["ssh", "firewall"],
        ssh_port_closed,
    ),
    Rule::error(
        "service-exposed",
        "databases, caches, container APIs and metrics are not open to the whole Internet: most have no password of their own",
        &["firewall", "network", "machine"],
        service_exposed,
    ),
];

/// Ports of services that are made for a trusted network.
/// Source: the services' own documentation; the first eleven are those that
/// scans of the Internet find most.
const SERVICES: [(u16, Protocol, &str); 26] = [
    (5432, Protocol::Tcp, "PostgreSQL"),
    (3306, Protocol::Tcp, "MySQL"),
    (6379, Protocol::Tcp, "Redis"),
    (27017, Protocol::Tcp, "MongoDB"),
    (2375, Protocol::Tcp, "the Docker API"),
    (2376, Protocol::Tcp, "the Docker API"),
    (9100, Protocol::Tcp, "node_exporter's metrics"),
    (9200, Protocol::Tcp, "Elasticsearch"),
    (11211, Protocol::Tcp, "Memcached"),
    (11211, Protocol::Udp, "Memcached"),
    (15672, Protocol::Tcp, "RabbitMQ's administration"),
    (1433, Protocol::Tcp, "SQL Server"),
    (2049, Protocol::Tcp, "NFS"),
    (2379, Protocol::Tcp, "etcd"),
    (4369, Protocol::Tcp, "Erlang's port mapper"),
    (5601, Protocol::Tcp, "Kibana"),
    (5672, Protocol::Tcp, "RabbitMQ"),
    (5984, Protocol::Tcp, "CouchDB"),
    (6432, Protocol::Tcp, "PgBouncer"),
    (7000, Protocol::Tcp, "Cassandra's cluster port"),
    (9042, Protocol::Tcp, "Cassandra"),
    (9300, Protocol::Tcp, "Elasticsearch's cluster port"),
    (10250, Protocol::Tcp, "the Kubernetes kubelet"),
    (111, Protocol::Udp, "rpcbind"),
    (445, Protocol::Tcp, "SMB file shares"),
    (873, Protocol::Tcp, "rsync"),
];

/// Shortest prefixes that are still one organisation's: IPv4 has handed out
/// /8 networks, IPv6 /16 at most (its public space is `2000::/3`).
fn is_broad(network: IpNet) -> bool {
    match network {
        IpNet::V4(network) => network.prefix_len() < 8,
        IpNet::V6(network) => network.prefix_len() < 16,
    }
}

/// Whether strangers are among those who reach the port.
pub(super) fn is_public(reach: &Reach) -> bool {
    reach.networks().iter().any(|network| is_broad(*network))
}

/// Who reaches the SSH ports, port by port.
pub(super) fn ssh_reach(host: &Host) -> Vec<Reach> {
    let ports = host.ssh.ports.iter();
    ports
        .map(|port| host.firewall.opens(*port, Protocol::Tcp))
        .collect()
}

fn ssh_ports(host: &Host) -> String {
    let ports = host.ssh.ports.iter().map(ToString::to_string);
    let word = if host.ssh.ports.len() == 1 {
        "port"
    } else {
        "ports"
    };
    format!("{word} {}", list(&ports.collect::<Vec<_>>()))
}

fn ssh_unreachable(context: &Context<'_>) -> Vec<Finding> {
    let host = context.host;
    let Some(port) = host.ssh.ports.first() else {
        return Vec::new();
    };
    let reach = ssh_reach(host);
    if reach.iter().all(Reach::is_empty) {
        return vec![unreachable_by_all(context, *port)];
    }
    let usable = |network: &IpNet| host.network.ipv6 || network.addr().is_ipv4();
    if !host.operator.is_empty() && !host.operator.iter().any(usable) {
        return vec![operator_without_ipv4()];
    }
    let within = |network: &IpNet| {
        let mut all = reach.iter().flat_map(Reach::networks);
        all.any(|open| open.contains(network))
    };
    let operator = host.operator.iter().enumerate();
    operator
        .filter(|(_, network)| usable(network) && !within(network))
        .map(|(index, network)| unreachable_from(context, index, *network))
        .collect()
}

fn unreachable_by_all(context: &Context<'_>, port: u16) -> Finding {
    let address = IpAddr::from([198, 51, 100, 1]);
    let finding = |path: String| {
        Finding::error("ssh-unreachable", path).message(format!(
            "nobody can reach SSH on {}",
            ssh_ports(context.host)
        ))
    };
    let help = format!("add \"limit {port}/tcp\" as the first of firewall.rules");
    match decider(&context.host.firewall, address, port) {
        Some(index) => finding(path(index)).label("this rule closes it").help(help),
        None => finding("firewall.rules".into())
            .on_key()
            .label("no rule opens it")
            .help(help),
    }
}

/// A single address without its prefix length.
fn shown(network: IpNet) -> String {
    if network.prefix_len() == network.max_prefix_len() {
        network.addr().to_string()
    } else {
        network.to_string()
    }
}

fn operator_without_ipv4() -> Finding {
    Finding::error("ssh-unreachable", "operator.addresses")
        .message("you connect over IPv6 alone, and this host has no IPv6")
        .label("none of these can reach it")
        .help("add the IPv4 address that you connect from")
}

fn unreachable_from(context: &Context<'_>, index: usize, network: IpNet) -> Finding {
    let host = context.host;
    let port = host.ssh.ports.first().copied().unwrap_or(22);
    let from = shown(network);
    let message = format!(
        "SSH on {} cannot be reached from {from}, where you connect from",
        ssh_ports(host)
    );
    let open = format!("\"allow from {from} to any port {port} proto tcp\"");
    match decider(&host.firewall, network.addr(), port) {
        Some(rule) => Finding::error("ssh-unreachable", path(rule))
            .message(message)
            .label("this rule refuses it first")
            .help(format!("put {open} above it")),
        None => Finding::error("ssh-unreachable", format!("operator.addresses[{index}]"))
            .message(message)
            .label("no rule lets this address in")
            .help(format!("add {open} to firewall.rules")),
    }
}

/// The rule that decides about a first packet from `source`.
fn decider(firewall: &RuleSet, source: IpAddr, port: u16) -> Option<usize> {
    let verdict = firewall.verdict(&Packet::new(source, Protocol::Tcp, port));
    verdict.rule.filter(|_| !verdict.outcome.admits())
}

fn ssh_port_closed(context: &Context<'_>) -> Vec<Finding> {
    let host = context.host;
    let reach = ssh_reach(host);
    if reach.iter().all(Reach::is_empty) {
        return Vec::new();
    }
    let ports = host.ssh.ports.iter().zip(&reach).enumerate();
    ports
        .filter(|(_, (_, reach))| reach.is_empty())
        .map(|(index, (port, _))| {
            Finding::warning("ssh-port-closed", format!("ssh.ports[{index}]"))
                .message(format!("sshd listens on port {port}, which no rule opens"))
                .label("closed by the firewall")
                .help(format!(
                    "add \"limit {port}/tcp\" to firewall.rules, or take the port out of this list"
                ))
        })
        .collect()
}

fn service_exposed(context: &Context<'_>) -> Vec<Finding> {
    let firewall = &context.host.firewall;
    let views = views(context.host);
    let mut findings = Vec::new();
    for (index, rule) in firewall.rules().iter().enumerate() {
        if rule.direction() != Direction::In
            || !matches!(rule.action(), Action::Allow | Action::Limit)
        {
            continue;
        }
        let open = SERVICES
            .iter()
            .filter(|(port, protocol, _)| names_port(rule, *port, *protocol))
            .filter(|(port, protocol, _)| opens(context.host, &views, index, (*port, *protocol)))
            .collect::<Vec<_>>();
        findings.extend(exposed(context, index, &open));
    }
    findings
}

/// Names of interfaces that face the Internet and that some rule names, and
/// one that no rule names.
fn views(host: &Host) -> BTreeSet<Option<String>> {
    let declared = host.network.interfaces.iter();
    let public = declared
        .filter(|(_, it)| it.selector == Selector::Role(InterfaceRole::Public))
        .map(|(name, _)| name.as_str());
    // What the kernel calls the first network card at the two providers.
    let usual = ["eth0", "ens3", "enp1s0"];
    let named = |name: &&str| {
        let mut rules = host.firewall.rules().iter();
        rules.any(|rule| rule.interface().is_some_and(|it| it.matches(name)))
    };
    let facing = public.chain(usual).filter(named);
    facing
        .map(|name| Some(name.to_owned()))
        .chain([None])
        .collect()
}

/// Whether rule `index` lets strangers in to this port.
fn opens(
    host: &Host,
    views: &BTreeSet<Option<String>>,
    index: usize,
    (port, protocol): (u16, Protocol),
) -> bool {
    let Some(rule) = host.firewall.rules().get(index) else {
        return false;
    };
    let destination = rule.destination().network();
    if destination.is_some_and(|network| network.prefix_len() > 0 && is_private(network.addr())) {
        return false;
    }
    let destination = destination.map(|network| network.addr());
    sources(host, rule, port, protocol)
        .into_iter()
        .any(|source| {
            views.iter().any(|interface| {
                let packet = Packet {
                    destination,
                    interface: interface.as_deref(),
                    ..Packet::new(source, protocol, port)
                };
                let verdict = host.firewall.verdict(&packet);
                verdict.rule == Some(index)
            })
        })
}

/// One address of each broad network that the rule and the whole list let in.
fn sources(host: &Host, rule: &FirewallRule, port: u16, protocol: Protocol) -> Vec<IpAddr> {
    if rule.source().network().is_some_and(|it| !is_broad(it)) {
        return Vec::new();
    }
    let reach = host.firewall.opens(port, protocol);
    let broad = reach.networks().iter().filter(|it| is_broad(**it));
    broad
        .filter(|it| host.network.ipv6 || Family::of(**it) == Family::V4)
        .map(|it| stranger(*it))
        .collect()
}

/// An address of a broad network that is nobody's private one: one for
/// documentation (RFC 5737, RFC 3849) of all, else the last, since private
/// networks end elsewhere.
fn stranger(network: IpNet) -> IpAddr {
    match network {
        IpNet::V4(network) if network.prefix_len() == 0 => IpAddr::from([198, 51, 100, 1]),
        IpNet::V4(network) => IpAddr::V4(network.broadcast()),
        IpNet::V6(network) if network.prefix_len() == 0 => {
            IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1])
        }
        IpNet::V6(network) => IpAddr::V6(network.broadcast()),
    }
}

/// Addresses that are not routed on the Internet (RFC 1918, 4193, 4291).
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            address.is_private() || address.is_loopback() || address.is_link_local()
        }
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}

fn exposed(
    context: &Context<'_>,
    index: usize,
    open: &[&(u16, Protocol, &str)],
) -> Option<Finding> {
    let (port, protocol, _) = open.first()?;
    let named = open
        .iter()
        .take(3)
        .map(|(port, protocol, name)| format!("{name} ({port}/{protocol})"));
    let mut services = named.collect::<Vec<_>>();
    if open.len() > services.len() {
        services.push(format!("{} more", open.len() - services.len()));
    }
    let finding = Finding::error("service-exposed", path(index))
        .message(format!(
            "{:?} opens {} to everybody",
            text(context, index),
            list(&services)
        ))
        .label("any address may connect")
        .help(format!(
            "say who may connect, such as \"allow from 203.0.113.7 to any port {port} proto {protocol}\"; or leave it closed and use a tunnel: ssh -L {port}:localhost:{port} {}",
            context.host.system.host_name
        ));
    Some(at_rule(context, finding, index, &port.to_string()))
}
