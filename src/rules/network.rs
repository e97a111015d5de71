//! Addresses, links and private networks that fit together.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::diagnostics::{Finding, key_path};
use crate::host::{Interface, Provider, Selector};

use super::options;
use super::rule::{Context, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule::error(
        "subnet-overlap",
        "networks do not overlap: an address would be in two places, and one of them out of reach",
        &["network", "nixos"],
        subnet_overlap,
    ),
    Rule::error(
        "interface-duplicate",
        "each link and each address has one name",
        &["network"],
        duplicate,
    ),
    Rule::error(
        "interface-name",
        "links have names that the kernel does not give itself",
        &["network"],
        name,
    )
    .without_override(),
    Rule::error(
        "interface-role",
        "a link is found by its role only where the provider's hardware addresses tell it: at Hetzner",
        &["network", "machine"],
        role,
    )
    .without_override(),
    Rule::error(
        "interface-gateway",
        "the gateway is a neighbour on its link, and there is one per address family",
        &["network"],
        gateway,
    ),
    Rule::error(
        "interface-address",
        "a host's address is not that of the network itself, and a link has one way to get addresses",
        &["network"],
        address,
    ),
];

fn path(name: &str) -> String {
    key_path("network.interfaces", name)
}

/// Networks with their owners, found by overlap.
#[derive(Default)]
struct Known(BTreeMap<IpNet, String>);

impl Known {
    /// A network that overlaps `net`, if there is one; of two networks that
    /// overlap, one lies within the other.
    fn overlapping(&self, net: IpNet) -> Option<(&IpNet, &String)> {
        let outer = (0..=net.prefix_len()).find_map(|length| {
            let outer = IpNet::new(net.addr(), length).ok()?.trunc();
            self.0.get_key_value(&outer)
        });
        let inner = || {
            self.0
                .range(net..)
                .next()
                .filter(|(it, _)| net.contains(*it))
        };
        outer.or_else(inner)
    }

    fn insert(&mut self, net: IpNet, owner: String) {
        self.0.entry(net).or_insert(owner);
    }
}

/// Networks that programs of the host use by themselves: switch, network, owner.
/// Docker: `default-address-pools`; Podman: containers.conf(5), `default_subnet`.
const CONTAINERS: [(&str, [u8; 4], u8, &str); 3] = [
    (
        "virtualisation.docker.enable",
        [172, 17, 0, 0],
        16,
        "Docker's containers",
    ),
    (
        "virtualisation.podman.enable",
        [10, 88, 0, 0],
        16,
        "Podman's containers",
    ),
    (
        "virtualisation.libvirtd.enable",
        [192, 168, 122, 0],
        24,
        "libvirt's machines",
    ),
];

fn subnet_overlap(context: &Context<'_>) -> Vec<Finding> {
    let network = &context.host.network;
    let private = network.private.iter();
    let private = private.map(|(name, net)| {
        let path = format!("{}.cidr", key_path("network.private", name));
        (path, *net, format!("the private network `{name}`"))
    });
    let mut known = Known::default();
    for (net, owner) in container_networks(context) {
        known.insert(net, owner);
    }
    let mut findings = Vec::new();
    for (path, net, owner) in private {
        if let Some((other, owner)) = known.overlapping(net) {
            findings.push(overlapping(path, net, (other, owner)));
        }
        known.insert(net, owner);
    }
    findings.extend(link_overlaps(&network.interfaces));
    findings
}

fn container_networks(context: &Context<'_>) -> Vec<(IpNet, String)> {
    let options = &context.host.nixos.options;
    let used = CONTAINERS
        .iter()
        .filter(|(switch, ..)| options::is_true(options, switch));
    used.filter_map(|(_, address, length, owner)| {
        let net = IpNet::new(IpAddr::from(*address), *length).ok()?;
        Some((net, (*owner).to_owned()))
    })
    .collect()
}

fn overlapping(path: String, net: IpNet, (other, owner): (&IpNet, &String)) -> Finding {
    Finding::error("subnet-overlap", path)
        .message(format!("{net} overlaps {other}"))
        .label(format!("the range of {owner}"))
        .help("choose another range, such as 10.20.0.0/16; for containers set the default address pools")
}

/// Links whose own networks overlap: answers would leave by the wrong one.
fn link_overlaps(links: &BTreeMap<String, Interface>) -> Vec<Finding> {
    let mut known = Known::default();
    let mut findings = Vec::new();
    for (name, link) in links {
        for (index, address) in link.addresses.iter().enumerate() {
            let net = address.trunc();
            let other = known.overlapping(net);
            if let Some((other, owner)) = other.filter(|(_, owner)| *owner != name) {
                findings.push(
                    Finding::error(
                        "subnet-overlap",
                        format!("{}.addresses[{index}]", path(name)),
                    )
                    .message(format!("{net} overlaps {other}"))
                    .label(format!("the link `{owner}` is in that network too"))
                    .help("give each link a network of its own"),
                );
            }
            known.insert(net, name.clone());
        }
    }
    findings
}

fn duplicate(context: &Context<'_>) -> Vec<Finding> {
    let mut selectors: BTreeMap<(&str, String), &str> = BTreeMap::new();
    let mut addresses: BTreeMap<IpAddr, &str> = BTreeMap::new();
    let mut findings = Vec::new();
    for (name, link) in &context.host.network.interfaces {
        let selector = match &link.selector {
            Selector::Mac(mac) => ("mac", mac.to_string()),
            Selector::Role(role) => ("role", format!("{role:?}")),
        };
        let key = selector.0;
        if let Some(first) = selectors.insert(selector, name) {
            findings.push(twice(
                format!("{}.{key}", path(name)),
                "the same link",
                first,
            ));
        }
        for (index, address) in link.addresses.iter().enumerate() {
            if let Some(first) = addresses.insert(address.addr(), name) {
                let path = format!("{}.addresses[{index}]", path(name));
                findings.push(twice(
                    path,
                    &format!("the address {}", address.addr()),
                    first,
                ));
            }
        }
    }
    findings
}

fn twice(path: String, what: &str, first: &str) -> Finding {
    Finding::error("interface-duplicate", path)
        .message(format!("{what} is described twice"))
        .label(format!("`network.interfaces.{first}` has it already"))
        .help("delete one of them")
}

/// Beginnings of names that the kernel and container engines give themselves.
const KERNEL_NAMES: [&str; 9] = [
    "eth", "en", "wl", "ww", "lo", "veth", "br-", "docker", "podman",
];

fn name(context: &Context<'_>) -> Vec<Finding> {
    let names = context.host.network.interfaces.keys();
    names
        .filter(|name| KERNEL_NAMES.iter().any(|it| name.starts_with(it)))
        .map(|name| {
            Finding::error("interface-name", path(name))
                .on_key()
                .message(format!("a link cannot be called {name:?}"))
                .label("the kernel gives such names itself, in an order of its own")
                .help("choose a name for its part, such as private or storage")
        })
        .collect()
}

fn role(context: &Context<'_>) -> Vec<Finding> {
    let provider = context.host.machine.provider;
    if provider == Provider::Hetzner {
        return Vec::new();
    }
    let links = context.host.network.interfaces.iter();
    links
        .filter(|(_, link)| matches!(link.selector, Selector::Role(_)))
        .map(|(name, _)| {
            Finding::error("interface-role", format!("{}.role", path(name)))
                .message(format!(
                    "{} does not tell which link plays which part",
                    provider.title()
                ))
                .label("known at Hetzner only")
                .help("write mac = \"…\" instead, as `ip link` prints it on the server")
        })
        .collect()
}

fn gateway(context: &Context<'_>) -> Vec<Finding> {
    let mut default: BTreeMap<bool, &str> = BTreeMap::new();
    let mut findings = Vec::new();
    for (name, link) in &context.host.network.interfaces {
        let Some(gateway) = link.gateway else {
            continue;
        };
        let path = format!("{}.gateway", path(name));
        let finding = Finding::error("interface-gateway", path);
        if let Some(first) = default.insert(gateway.is_ipv4(), name) {
            let family = if gateway.is_ipv4() { "IPv4" } else { "IPv6" };
            findings.push(
                finding
                    .message(format!("there are two default routes for {family}"))
                    .label(format!("`network.interfaces.{first}` has one already"))
                    .help("delete one of them"),
            );
        } else if let Some((label, help)) = wrong_gateway(link, gateway) {
            findings.push(
                finding
                    .message(format!("the gateway {gateway} cannot be used"))
                    .label(label)
                    .help(help),
            );
        }
    }
    findings
}

fn wrong_gateway(link: &Interface, gateway: IpAddr) -> Option<(&'static str, &'static str)> {
    if link.addresses.iter().any(|it| it.addr() == gateway) {
        return Some((
            "the host's own address",
            "write the provider's gateway, often the first address of the network",
        ));
    }
    let link_local = matches!(gateway, IpAddr::V6(it) if it.is_unicast_link_local());
    let mut same_family = link
        .addresses
        .iter()
        .filter(|it| it.addr().is_ipv4() == gateway.is_ipv4())
        .peekable();
    // Without a static address of the family, DHCP says where the gateway is.
    if link_local || same_family.peek().is_none() {
        return None;
    }
    // Providers route single addresses over a gateway that is declared reachable.
    let single = |it: &&IpNet| it.prefix_len() == it.max_prefix_len();
    let mut networks = same_family.filter(|it| !single(it)).peekable();
    if networks.peek().is_none() || networks.any(|it| it.contains(&gateway)) {
        return None;
    }
    Some((
        "in none of the networks of this link",
        "write an address of the link's own network, or correct the prefix length",
    ))
}

fn address(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, link) in &context.host.network.interfaces {
        if !link.dhcp && link.addresses.is_empty() {
            findings.push(
                Finding::error("interface-address", format!("{}.dhcp", path(name)))
                    .message(format!("the link `{name}` gets no address"))
                    .label("neither DHCP nor a static address")
                    .help("write dhcp = true, or addresses = [\"10.0.0.2/24\"]"),
            );
        }
        for (index, address) in link.addresses.iter().enumerate() {
            if is_host_address(*address) {
                continue;
            }
            findings.push(
                Finding::error(
                    "interface-address",
                    format!("{}.addresses[{index}]", path(name)),
                )
                .message(format!("{address} is not an address of a host"))
                .label("the network itself, or its broadcast address")
                .help("write the host's address with the prefix length, such as \"10.0.0.2/24\""),
            );
        }
    }
    findings
}

fn is_host_address(address: IpNet) -> bool {
    match address {
        // RFC 3021: both addresses of a /31 are hosts'.
        IpNet::V4(net) if net.prefix_len() < 31 => {
            net.addr() != net.network() && net.addr() != net.broadcast()
        }
        IpNet::V4(net) => !net.addr().is_unspecified(),
        IpNet::V6(net) if net.prefix_len() < 127 => net.addr() != net.network(),
        IpNet::V6(net) => !net.addr().is_unspecified(),
    }
}
