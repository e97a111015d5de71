//! The machine, the system's name and place, its programs and units.

use crate::firewall::{Action, Direction, PortMatch, Protocol, Rule};
use crate::host::{Architecture, Host, Selector};

use super::check::{Check, PortSpan, Transport};
use super::fact::Stage;
use super::list::List;

/// Sockets that every host has: the DHCP clients (RFC 2131, RFC 8415), LLMNR
/// and multicast DNS of systemd-resolved (RFC 4795, RFC 6762). No rule opens
/// them.
const ALWAYS: [(Transport, u16); 5] = [
    (Transport::Udp, 68),
    (Transport::Udp, 546),
    (Transport::Tcp, 5355),
    (Transport::Udp, 5353),
    (Transport::Udp, 5355),
];

pub(super) fn facts(host: &Host, list: &mut List) {
    machine(host, list);
    name_and_place(host, list);
    programs(host, list);
    network(host, list);
}

fn machine(host: &Host, list: &mut List) {
    let machine = match host.machine.architecture {
        Architecture::X86_64 => "x86_64",
        Architecture::Aarch64 => "aarch64",
    };
    let what = format!("the processor is {machine}");
    list.add(
        ["machine.type"],
        Stage::ALL,
        Check::Architecture { machine },
        what,
    );
    let count = host.machine.vcpus;
    let plural = if count == 1 { "" } else { "s" };
    let what = format!("the machine has {count} processor{plural}");
    list.add(
        ["machine.type"],
        Stage::OWN_MACHINE,
        Check::Processors { count },
        what,
    );
    let what = format!("the machine has {} of memory", host.machine.memory);
    let bytes = host.machine.memory.bytes();
    list.add(
        ["machine.type"],
        Stage::OWN_MACHINE,
        Check::Memory { bytes },
        what,
    );
}

fn name_and_place(host: &Host, list: &mut List) {
    let system = &host.system;
    let name = system.host_name.to_string();
    let domain = system.domain.as_ref().map(ToString::to_string);
    let full = domain
        .iter()
        .fold(name.clone(), |name, domain| format!("{name}.{domain}"));
    let what = format!("the host is called {full}");
    let mut keys = vec!["system.host_name"];
    keys.extend(domain.as_ref().map(|_| "system.domain"));
    list.add(keys, Stage::ALL, Check::HostName { name, domain }, what);
    let zone = system.time_zone.to_string();
    let what = format!("the local time is that of {zone}");
    list.add(
        ["system.time_zone"],
        Stage::ALL,
        Check::TimeZone { zone },
        what,
    );
    let locale = system.locale.to_string();
    let what = format!("the locale is {locale}");
    list.add(
        ["system.locale"],
        Stage::ALL,
        Check::Locale { locale },
        what,
    );
}

fn programs(host: &Host, list: &mut List) {
    for (index, package) in host.system.packages.iter().enumerate() {
        let attribute = package.to_string();
        let what = format!("{attribute} is at hand");
        let key = format!("system.packages[{index}]");
        list.add([key], Stage::ALL, Check::Package { attribute }, what);
    }
    let mut unit = |name: &str, stages: &'static [Stage]| {
        let what = format!("{name} is active");
        let unit = name.to_owned();
        list.add([] as [&str; 0], stages, Check::UnitActive { unit }, what);
    };
    unit("nftables.service", Stage::ALL);
    unit("sshd.service", Stage::ALL);
    unit("systemd-networkd.service", Stage::ALL);
    unit("systemd-resolved.service", Stage::ALL);
    unit("nix-gc.timer", Stage::ALL);
    // The test framework switches it off: its machines have no network time.
    unit("systemd-timesyncd.service", Stage::OWN_DISK);
    list.add(
        [] as [&str; 0],
        Stage::ALL,
        Check::NoFailedUnits {},
        "no unit failed".into(),
    );
}

fn network(host: &Host, list: &mut List) {
    listening(host, list);
    let present = host.network.ipv6;
    let what = if present {
        "the host has a public IPv6 address"
    } else {
        "the host has no public IPv6 address"
    };
    let check = Check::PublicIpv6 { present };
    list.add(["network.ipv6"], Stage::OWN_MACHINE, check, what.into());
    for (index, address) in host.network.name_servers.iter().enumerate() {
        let check = Check::Resolver { address: *address };
        let what = format!("{address} is asked for names");
        list.add(
            [format!("network.name_servers[{index}]")],
            Stage::ALL,
            check,
            what,
        );
    }
    for (name, network) in &host.network.private {
        let check = Check::AddressIn {
            network: network.to_string(),
        };
        let what = format!("the host has an address in {name} ({network})");
        list.add(
            [format!("network.private.{name}.cidr")],
            Stage::OWN_MACHINE,
            check,
            what,
        );
    }
    for (name, interface) in &host.network.interfaces {
        let (mac, role) = match &interface.selector {
            Selector::Mac(mac) => (Some(mac.to_string()), None),
            Selector::Role(role) => (None, Some(role.as_str())),
        };
        let keys = ["mac", "role", "dhcp", "addresses", "gateway", "mtu"];
        let keys = keys.map(|key| format!("network.interfaces.{name}.{key}"));
        let check = Check::Link {
            name: name.clone(),
            mac,
            role,
            addresses: interface
                .addresses
                .iter()
                .map(ToString::to_string)
                .collect(),
            gateway: interface.gateway,
            mtu: interface.mtu,
        };
        list.add(
            keys,
            Stage::OWN_MACHINE,
            check,
            format!("the link {name} is there and set up"),
        );
    }
}

/// What no rule opens and sshd does not use must not listen, so that nothing
/// waits for a rule that is too wide.
fn listening(host: &Host, list: &mut List) {
    let span = |transport, first, last| PortSpan {
        transport,
        first,
        last,
    };
    let mut allowed: Vec<PortSpan> = ALWAYS.map(|(it, port)| span(it, port, port)).to_vec();
    allowed.extend(
        host.ssh
            .ports
            .iter()
            .map(|port| span(Transport::Tcp, *port, *port)),
    );
    allowed.extend(host.firewall.rules().iter().flat_map(opened));
    allowed.sort();
    allowed.dedup();
    let what = "beyond loopback, sockets listen at declared ports only".into();
    let check = Check::ListeningSockets { allowed };
    list.add(["ssh.ports", "firewall.rules"], Stage::ALL, check, what);
}

fn opened(rule: &Rule) -> Vec<PortSpan> {
    if rule.direction() != Direction::In || !matches!(rule.action(), Action::Allow | Action::Limit)
    {
        return Vec::new();
    }
    port_spans(rule)
}

/// The destination ports that a rule names.
pub(super) fn port_spans(rule: &Rule) -> Vec<PortSpan> {
    let entries: Vec<_> = match rule.destination().ports() {
        PortMatch::Any => Vec::new(),
        PortMatch::Ports(ports) => vec![(ports, rule.protocol())],
        PortMatch::Application { entries, .. } => {
            let own = |entry: &'_ crate::firewall::ProfilePorts| entry.protocol();
            entries
                .iter()
                .map(|entry| (entry.ports(), own(entry).or(rule.protocol())))
                .collect()
        }
    };
    let mut spans = Vec::new();
    for (ports, protocol) in entries {
        for transport in transports(protocol) {
            spans.extend(ports.ranges().iter().map(|range| PortSpan {
                transport: *transport,
                first: range.first(),
                last: range.last(),
            }));
        }
    }
    spans
}

fn transports(protocol: Option<Protocol>) -> &'static [Transport] {
    match protocol {
        Some(Protocol::Tcp) => &[Transport::Tcp],
        Some(Protocol::Udp) => &[Transport::Udp],
        None => &[Transport::Tcp, Transport::Udp],
        Some(_) => &[],
    }
}
