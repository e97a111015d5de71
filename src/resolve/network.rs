//! Addresses, interfaces and private networks.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::catalogue::catalogue;
use crate::description::raw;
use crate::diagnostics::{Finding, key_path};
use crate::host::{Interface, Label, Network, Provider, Selector};

use super::reader::Reader;

pub(super) fn network(raw: &raw::Network, provider: Provider, reader: &mut Reader) -> Network {
    let private = raw.private.iter();
    let private = private
        .filter_map(|(name, raw)| {
            let path = key_path("network.private", name);
            reader.read_key::<Label>(&path, name)?;
            Some((
                name.clone(),
                reader.network(&format!("{path}.cidr"), &raw.cidr)?,
            ))
        })
        .collect();
    let interfaces = raw.interfaces.iter();
    let interfaces = interfaces
        .filter_map(|(name, raw)| {
            reader.read_key::<Label>(&key_path("network.interfaces", name), name)?;
            Some((name.clone(), interface(name, raw, reader)?))
        })
        .collect();
    Network {
        ipv6: raw
            .ipv6
            .unwrap_or(catalogue().provider(provider).custom_image_ipv6),
        name_servers: reader.list::<IpAddr>("address", "network.name_servers", &raw.name_servers),
        private,
        interfaces,
    }
}

fn interface(name: &str, raw: &raw::Interface, reader: &mut Reader) -> Option<Interface> {
    let path = key_path("network.interfaces", name);
    let selector = selector(&path, raw, reader);
    let addresses = addresses(&path, &raw.addresses, reader);
    let gateway = raw.gateway.as_deref();
    let gateway = gateway.and_then(|text| reader.read("address", &format!("{path}.gateway"), text));
    Some(Interface {
        selector: selector?,
        dhcp: raw.dhcp.unwrap_or(raw.addresses.is_empty()),
        addresses,
        gateway,
        mtu: raw.mtu,
    })
}

fn selector(path: &str, raw: &raw::Interface, reader: &mut Reader) -> Option<Selector> {
    match (&raw.mac, raw.role) {
        (Some(mac), None) => reader
            .read("name", &format!("{path}.mac"), mac)
            .map(Selector::Mac),
        (None, Some(role)) => Some(Selector::Role(role)),
        (mac, _) => {
            let count = if mac.is_some() { "both" } else { "neither" };
            reader.broken(
                Finding::error("interface-selector", path)
                    .on_key()
                    .message(format!("`{path}` has {count} of `mac` and `role`"))
                    .label("needs exactly one")
                    .help("write `role = \"private\"`, or `mac` as `ip link` prints it; kernel names such as ens10 or enp7s0 differ between machine types"),
            );
            None
        }
    }
}

/// Addresses of the host itself keep the bits behind their prefix.
fn addresses(path: &str, texts: &[String], reader: &mut Reader) -> Vec<IpNet> {
    let mut result = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        let path = format!("{path}.addresses[{index}]");
        match text.parse::<IpNet>() {
            Ok(address) => result.push(address),
            Err(_) => reader.broken(
                Finding::error("address", &path)
                    .message(format!(
                        "`{path}` {text:?} is no address with a prefix length"
                    ))
                    .label("expected ADDRESS/LENGTH")
                    .help("write it as \"10.0.0.2/24\" or \"2001:db8::2/64\""),
            ),
        }
    }
    result
}
