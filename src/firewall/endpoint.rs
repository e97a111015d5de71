//! Addresses and ports of a rule.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

use super::error::{ParseError, did_you_mean};
use super::services;
use super::token::Token;
use super::{PortRange, Ports, Protocol};

/// The `multiport` match that UFW uses takes 15 ports; a range counts as 2.
const MOST_PORTS: usize = 15;

const PORT_FORM: &str =
    "write a port (22), a list (80,443), a range (6000:6007) or the name of a service (ssh)";

/// Reads `any`, an address or a network; host bits are cleared, as UFW does.
pub(super) fn network(token: &Token<'_>) -> Result<Option<IpNet>, ParseError> {
    if token.text.eq_ignore_ascii_case("any") {
        return Ok(None);
    }
    let (address, mask) = match token.text.split_once('/') {
        Some((address, mask)) => (address, Some(mask)),
        None => (token.text, None),
    };
    let Ok(address) = address.parse::<IpAddr>() else {
        return Err(not_an_address(token));
    };
    let longest = if address.is_ipv4() { 32 } else { 128 };
    let length = match mask {
        None => Some(longest),
        Some(mask) => prefix_length(mask, address.is_ipv4()).filter(|length| *length <= longest),
    };
    let network = length.and_then(|length| IpNet::new(address, length).ok());
    match network {
        Some(network) => Ok(Some(network.trunc())),
        None => Err(token.error(
            format!("network '{}' has a wrong prefix length", token.text),
            format!("write a length from 0 to {longest} after the slash"),
        )),
    }
}

/// A prefix length in digits or, for IPv4, as a mask such as 255.255.0.0.
fn prefix_length(mask: &str, v4: bool) -> Option<u8> {
    if mask.len() <= 3 && mask.bytes().all(|b| b.is_ascii_digit()) {
        return mask.parse().ok();
    }
    let mask: Ipv4Addr = mask.parse().ok().filter(|_| v4)?;
    ipnet::ipv4_mask_to_prefix(mask).ok()
}

fn not_an_address(token: &Token<'_>) -> ParseError {
    let text = token.text;
    let is_name = text.contains(|c: char| c.is_ascii_alphabetic())
        && !text.contains(':')
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
    if is_name {
        return token.error(
            format!("'{text}' is a name, not an address"),
            "write the address or network in digits: a name would be resolved \
             once, when the host is built, and not follow later changes",
        );
    }
    token.error(
        format!("'{text}' is not an address"),
        "write an IPv4 or IPv6 address (203.0.113.7, 2001:db8::1), a network \
         (10.0.0.0/8) or any",
    )
}

/// The ports that a text names.
pub(super) struct PortText {
    pub(super) ports: Ports,
    /// Set if the text is the name of a service.
    pub(super) service: Option<services::Service>,
}

/// Reads `PORT[/PROTO]`; `start` is where `text` begins in the rule. A service
/// brings its own protocol.
pub(super) fn port_spec(text: &str, start: usize) -> Result<(Ports, Option<Protocol>), ParseError> {
    let Some((port, protocol)) = text.split_once('/') else {
        let read = ports(text, start)?;
        return Ok((read.ports, read.service.and_then(|s| s.protocol)));
    };
    let read = ports(port, start)?;
    let at = start + port.len() + 1;
    let range = at..start + text.len();
    let protocol = protocol_named(protocol).map_err(|e| ParseError {
        range: range.clone(),
        ..e
    })?;
    if !protocol.has_ports() {
        return Err(ParseError::new(
            range,
            format!("protocol '{protocol}' has no ports"),
            format!("write 'proto {protocol}' without a port"),
        ));
    }
    if let Some(service) = read.service {
        agree(service, protocol).map_err(|e| ParseError { range, ..e })?;
    }
    Ok((read.ports, Some(protocol)))
}

/// Refuses `http/udp`: the service has another protocol.
pub(super) fn agree(service: services::Service, protocol: Protocol) -> Result<(), ParseError> {
    match service.protocol {
        Some(own) if own != protocol => Err(ParseError::new(
            0..0,
            format!("service '{}' is {own}, not {protocol}", service.name),
            format!(
                "write '{}', or the port {} in digits",
                service.name, service.port
            ),
        )),
        _ => Ok(()),
    }
}

/// The protocol called `name`; the error's range is left to the caller.
pub(super) fn protocol_named(name: &str) -> Result<Protocol, ParseError> {
    Protocol::from_name(name).ok_or_else(|| {
        let names = Protocol::ALL.map(Protocol::name);
        let help = match did_you_mean(name, names) {
            Some(similar) => format!("did you mean '{similar}'?"),
            None => format!("write one of {}", names.join(", ")),
        };
        ParseError::new(0..0, format!("unknown protocol '{name}'"), help)
    })
}

/// Reads a port, a list, a range or the name of a service.
pub(super) fn ports(text: &str, start: usize) -> Result<PortText, ParseError> {
    let all = start..start + text.len();
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return service(text, start);
    }
    let count = text.matches([',', ':']).count() + 1;
    if count > MOST_PORTS {
        return Err(ParseError::new(
            all,
            format!("{count} ports in one rule; UFW takes {MOST_PORTS}, a range counts as 2"),
            "split the list over several rules",
        ));
    }
    if text.split([',', ':']).any(str::is_empty) {
        return Err(ParseError::new(
            all,
            format!("empty place in the list of ports '{text}'"),
            PORT_FORM,
        ));
    }
    let mut ranges = Vec::new();
    let mut at = start;
    for part in text.split(',') {
        ranges.push(port_range(part, at)?);
        at += part.len() + 1;
    }
    match Ports::new(ranges) {
        Some(ports) => Ok(PortText {
            ports,
            service: None,
        }),
        None => Err(ParseError::new(all, "no port", PORT_FORM)),
    }
}

fn port_range(text: &str, start: usize) -> Result<PortRange, ParseError> {
    let range = start..start + text.len();
    let Some((first, last)) = text.split_once(':') else {
        let port = port(text, start)?;
        return PortRange::new(port, port)
            .ok_or_else(|| ParseError::new(range, format!("bad port '{text}'"), PORT_FORM));
    };
    let (low, high) = (port(first, start)?, port(last, start + first.len() + 1)?);
    PortRange::new(low, high)
        .filter(|_| low < high)
        .ok_or_else(|| {
            ParseError::new(
                range,
                format!("port range '{text}' does not ascend"),
                if low == high {
                    format!("write the one port {low}")
                } else {
                    format!("write {high}:{low}")
                },
            )
        })
}

fn port(text: &str, start: usize) -> Result<u16, ParseError> {
    let range = start..start + text.len();
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        let is_word = text.chars().any(char::is_alphabetic);
        return Err(if is_word {
            ParseError::new(
                range,
                format!("'{text}' in a list or range of ports is not a number"),
                match services::find(text) {
                    Some(service) => format!("write {}", service.port),
                    None => "lists and ranges take numbers only".to_owned(),
                },
            )
        } else {
            ParseError::new(range, format!("bad port '{text}'"), PORT_FORM)
        });
    }
    match text.parse::<u16>() {
        Ok(port) if port > 0 => Ok(port),
        _ => Err(ParseError::new(
            range,
            format!("port {text} is not between 1 and 65535"),
            PORT_FORM,
        )),
    }
}

fn service(text: &str, start: usize) -> Result<PortText, ParseError> {
    let range = start..start + text.len();
    let found = services::find(text);
    let ports = found
        .and_then(|s| PortRange::new(s.port, s.port))
        .and_then(|port| Ports::new(vec![port]));
    if let Some(ports) = ports {
        return Ok(PortText {
            ports,
            service: found,
        });
    }
    let help = match did_you_mean(text, services::names()) {
        Some(similar) => format!("did you mean '{similar}'?"),
        None => PORT_FORM.to_owned(),
    };
    Err(ParseError::new(
        range,
        format!("'{text}' is no port and no service of /etc/services"),
        help,
    ))
}
