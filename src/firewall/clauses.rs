//! The full form of UFW's grammar: from, to, port, app, proto.

use super::endpoint::{agree, network, ports, protocol_named};
use super::error::{ParseError, did_you_mean};
use super::rule::{Endpoint, Family, PortMatch};
use super::services::Service;
use super::token::{CLAUSES, KEYWORDS, Token};
use super::{Ports, ProfilePorts, Profiles, Protocol};

const FORM: &str = "the full form is ACTION [in|out [on IFACE]] [log] [proto PROTO] \
                    [from ADDRESS [port PORT | app NAME]] [to ADDRESS [port PORT | app NAME]]";

/// What the clauses say.
pub(super) struct Clauses {
    pub(super) protocol: Option<Protocol>,
    pub(super) source: Endpoint,
    pub(super) destination: Endpoint,
}

/// One end while it is read: its words are kept for the messages.
#[derive(Default)]
struct End<'w, 'a> {
    address: Option<&'w Token<'a>>,
    network: Option<ipnet::IpNet>,
    port_word: Option<&'w Token<'a>>,
    ports: Option<PortMatch>,
    service: Option<Service>,
}

#[derive(Default)]
struct Reader<'w, 'a> {
    source: End<'w, 'a>,
    destination: End<'w, 'a>,
    /// Which end a `port` or `app` belongs to: the last `from` or `to`.
    at_destination: Option<bool>,
    /// The word after `proto`; `any` is no protocol.
    protocol: Option<(Option<Protocol>, &'w Token<'a>)>,
}

/// Reads all clauses.
///
/// After `in on IFACE` neither `from` nor `to` is needed.
pub(super) fn read(
    words: &[Token<'_>],
    has_interface: bool,
    profiles: &Profiles,
) -> Result<Clauses, ParseError> {
    let mut reader = Reader::default();
    let mut rest = words;
    while let Some((key, values)) = rest.split_first() {
        let used = reader.clause(key, values, profiles)?;
        rest = values.get(used..).unwrap_or_default();
    }
    match words.first() {
        Some(first) if reader.at_destination.is_none() && !has_interface => Err(first.error(
            "rule has neither 'from' nor 'to'",
            "add 'from any' or 'to any'",
        )),
        _ => reader.finish(),
    }
}

impl<'w, 'a> Reader<'w, 'a> {
    /// Reads one clause; returns how many words its value has.
    fn clause(
        &mut self,
        key: &'w Token<'a>,
        values: &'w [Token<'a>],
        profiles: &Profiles,
    ) -> Result<usize, ParseError> {
        if !key.is_any_of(&CLAUSES) {
            let help = match did_you_mean(key.text, CLAUSES) {
                Some(similar) => format!("did you mean '{similar}'?"),
                None => FORM.to_owned(),
            };
            return Err(key.error(format!("unexpected word '{}'", key.text), help));
        }
        let value = values
            .first()
            .filter(|value| value.is("any") || !value.is_any_of(&KEYWORDS));
        let Some(value) = value else {
            let wanted = match key.text {
                "from" | "to" => "an address, a network or any",
                "proto" => "a protocol such as tcp",
                "port" => "a port",
                _ => "the name of an application",
            };
            let help = format!("write {wanted} after it");
            return Err(key.error(format!("'{}' has no value", key.text), help));
        };
        match key.text {
            "proto" => self.proto(key, value)?,
            "from" | "to" => self.address(key, value)?,
            "port" => self.port(key, value)?,
            _ => return self.app(key, values, profiles),
        }
        Ok(1)
    }

    fn proto(&mut self, key: &'w Token<'a>, value: &'w Token<'a>) -> Result<(), ParseError> {
        if self.protocol.is_some() {
            return Err(twice(key));
        }
        let protocol = if value.is("any") {
            None
        } else {
            let named = protocol_named(value.text);
            Some(named.map_err(|error| value.error(error.message, error.help))?)
        };
        self.protocol = Some((protocol, value));
        Ok(())
    }

    fn address(&mut self, key: &'w Token<'a>, value: &'w Token<'a>) -> Result<(), ParseError> {
        let to = key.is("to");
        let end = if to {
            &mut self.destination
        } else {
            &mut self.source
        };
        if end.address.is_some() {
            return Err(twice(key));
        }
        end.address = Some(value);
        end.network = network(value)?;
        self.at_destination = Some(to);
        Ok(())
    }

    /// The end that a `port` or `app` belongs to, which has no ports yet.
    fn end(&mut self, key: &Token<'_>) -> Result<&mut End<'w, 'a>, ParseError> {
        let end = match self.at_destination {
            Some(true) => &mut self.destination,
            Some(false) => &mut self.source,
            None => {
                return Err(key.error(
                    format!("'{}' stands before any 'from' or 'to'", key.text),
                    format!("write 'to any {} …'", key.text),
                ));
            }
        };
        match end.ports {
            Some(_) => Err(twice(key)),
            None => Ok(end),
        }
    }

    fn port(&mut self, key: &Token<'_>, value: &'w Token<'a>) -> Result<(), ParseError> {
        let end = self.end(key)?;
        if let Some((port, protocol)) = value.text.split_once('/') {
            return Err(value.error(
                format!("port '{}' carries a protocol", value.text),
                format!("write 'port {port} proto {protocol}'"),
            ));
        }
        let read = ports(value.text, value.range.start)?;
        end.port_word = Some(value);
        end.service = read.service;
        end.ports = Some(PortMatch::Ports(read.ports));
        Ok(())
    }

    fn app(
        &mut self,
        key: &Token<'_>,
        values: &'w [Token<'a>],
        profiles: &Profiles,
    ) -> Result<usize, ParseError> {
        let end = self.end(key)?;
        let (ports, used) = take_application(values, profiles)?;
        end.port_word = values.first();
        end.ports = Some(ports);
        Ok(used)
    }

    fn finish(self) -> Result<Clauses, ParseError> {
        self.check_families()?;
        let protocol = self.resolve_protocol()?;
        self.check_ports(protocol)?;
        Ok(Clauses {
            protocol,
            source: self.source.into_endpoint(),
            destination: self.destination.into_endpoint(),
        })
    }

    fn check_families(&self) -> Result<(), ParseError> {
        let families = [&self.source, &self.destination].map(|end| end.network.map(Family::of));
        if let ([Some(from), Some(to)], Some(word)) = (families, self.destination.address)
            && from != to
        {
            return Err(word.error(
                "'from' and 'to' are of different IP versions",
                "write both as IPv4 or both as IPv6, in two rules if need be",
            ));
        }
        let v6 = families.contains(&Some(Family::V6));
        match self.protocol {
            Some((Some(protocol), word)) if protocol.is_ipv4_only() && v6 => Err(word.error(
                format!("protocol '{protocol}' is for IPv4 addresses only"),
                "use IPv4 addresses, or leave the rule out for IPv6",
            )),
            _ => Ok(()),
        }
    }

    /// The named protocol, or that of the services whose names stand as ports.
    fn resolve_protocol(&self) -> Result<Option<Protocol>, ParseError> {
        let mut protocol = self.protocol.and_then(|(protocol, _)| protocol);
        for end in [&self.destination, &self.source] {
            let (Some(service), Some(word)) = (end.service, end.port_word) else {
                continue;
            };
            match protocol {
                Some(named) => {
                    agree(service, named).map_err(|e| word.error(e.message, e.help))?;
                }
                None => protocol = service.protocol,
            }
        }
        Ok(protocol)
    }

    fn check_ports(&self, protocol: Option<Protocol>) -> Result<(), ParseError> {
        for end in [&self.source, &self.destination] {
            let Some(word) = end.port_word else { continue };
            match (&end.ports, protocol) {
                (Some(PortMatch::Application { name, .. }), _)
                    if protocol.is_some() || self.protocol.is_some() =>
                {
                    return Err(word.error(
                        format!("application '{name}' stands beside a protocol"),
                        "leave 'proto' out: an application brings its own",
                    ));
                }
                (Some(_), Some(protocol)) if !protocol.has_ports() => {
                    return Err(word.error(
                        format!("protocol '{protocol}' has no ports"),
                        "leave the port out",
                    ));
                }
                (Some(PortMatch::Ports(ports)), None) if !self.has_application() => {
                    check_multiple(ports, protocol, word)?;
                }
                _ => {}
            }
        }
        self.check_applications()
    }

    fn has_application(&self) -> bool {
        [&self.source, &self.destination]
            .iter()
            .any(|end| matches!(end.ports, Some(PortMatch::Application { .. })))
    }

    /// Both ends must leave at least one pair of ports, each with a protocol
    /// if one of them is a list.
    fn check_applications(&self) -> Result<(), ParseError> {
        let (Some(word), true) = (
            self.destination.port_word.or(self.source.port_word),
            self.has_application(),
        ) else {
            return Ok(());
        };
        let source = self.source.ports.as_ref().unwrap_or(&PortMatch::Any);
        let destination = self.destination.ports.as_ref().unwrap_or(&PortMatch::Any);
        let pairs = super::matching::port_pairs(source, destination, None);
        if pairs.is_empty() {
            return Err(word.error(
                "the applications of 'from' and 'to' have no protocol in common",
                "write the ports with 'port' and 'proto'",
            ));
        }
        let open = pairs.iter().any(|pair| {
            let multiple = |ports: Option<&Ports>| ports.is_some_and(Ports::is_multiple);
            pair.protocol.is_none() && (multiple(pair.source) || multiple(pair.destination))
        });
        if open {
            return Err(word.error(
                "several ports beside an application that names no protocol",
                "write the ports with 'port' and 'proto'",
            ));
        }
        Ok(())
    }
}

impl End<'_, '_> {
    fn into_endpoint(self) -> Endpoint {
        Endpoint {
            network: self.network,
            ports: self.ports.unwrap_or(PortMatch::Any),
        }
    }
}

fn twice(key: &Token<'_>) -> ParseError {
    key.error(
        format!("'{}' stands twice", key.text),
        "write it once; another rule can say the rest",
    )
}

/// The longest application name that the words begin with, quoted or not, and
/// how many words it has.
pub(super) fn take_application(
    words: &[Token<'_>],
    profiles: &Profiles,
) -> Result<(PortMatch, usize), ParseError> {
    let Some(first) = words.first() else {
        return Err(ParseError::new(0..0, "no application", FORM));
    };
    let longest = if first.quoted { 1 } else { words.len() };
    let name = |count: usize| {
        let words: Vec<&str> = words.iter().take(count).map(|word| word.text).collect();
        words.join(" ")
    };
    // A name has at most 64 characters, so no more words than that matter.
    for count in (1..=longest.min(32)).rev() {
        if let Some((name, entries)) = profiles.find(&name(count)) {
            return Ok((application(name, entries), count));
        }
    }
    let written = name(longest.min(3));
    let similar = profiles
        .similar(&written)
        .or_else(|| profiles.similar(first.text));
    let help = match similar {
        Some(similar) => format!("did you mean '{similar}'?"),
        None => "write the ports instead, or declare the application".to_owned(),
    };
    let shown = if similar.is_some() {
        written.as_str()
    } else {
        first.text
    };
    Err(first.error(format!("unknown application '{shown}'"), help))
}

pub(super) fn application(name: &str, entries: &[ProfilePorts]) -> PortMatch {
    PortMatch::Application {
        name: name.to_owned(),
        entries: entries.to_vec(),
    }
}

/// Refuses a list or range without TCP or UDP, as UFW does.
pub(super) fn check_multiple(
    ports: &Ports,
    protocol: Option<Protocol>,
    word: &Token<'_>,
) -> Result<(), ParseError> {
    if protocol.is_none() && ports.is_multiple() {
        return Err(word.error(
            format!("several ports '{}' without a protocol", word.text),
            format!(
                "write '{0}/tcp' in the short form, 'port {0} proto tcp' in the full one",
                word.text
            ),
        ));
    }
    Ok(())
}
