//! Reads texts into types and keeps what went wrong.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

use crate::description::secret_kind;
use crate::diagnostics::Finding;

/// Findings so far.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pub(super) findings: Vec<Finding>,
    pub(super) broken: BTreeSet<String>,
}

impl Reader {
    /// Reports `finding` and remembers that its path has a stand-in.
    pub(super) fn broken(&mut self, finding: Finding) {
        self.broken.insert(finding.path.clone());
        self.findings.push(finding);
    }

    /// The value of `text`, or nothing and a finding of `rule`.
    pub(super) fn read<T>(&mut self, rule: &'static str, path: &str, text: &str) -> Option<T>
    where
        T: FromStr<Err: Display>,
    {
        text.parse()
            .map_err(|error: T::Err| self.broken(unreadable(rule, path, text, &error)))
            .ok()
    }

    /// The name that a table's key is, or nothing and a finding at the key.
    pub(super) fn read_key<T>(&mut self, path: &str, key: &str) -> Option<T>
    where
        T: FromStr<Err: Display>,
    {
        key.parse()
            .map_err(|error: T::Err| self.broken(unreadable("name", path, key, &error).on_key()))
            .ok()
    }

    /// The value of `text`; `stand_in`, which must be readable, if it is wrong.
    pub(super) fn read_or<T>(
        &mut self,
        rule: &'static str,
        path: &str,
        text: &str,
        stand_in: &str,
    ) -> T
    where
        T: FromStr<Err: Display>,
    {
        self.read(rule, path, text)
            .or_else(|| stand_in.parse().ok())
            .expect("stand-ins are constants that can be read")
    }

    /// Gives what was found at `path`, if anything was, a better way out; a
    /// secret keeps its own.
    pub(super) fn help(&mut self, path: &str, help: impl FnOnce() -> String) {
        let mut findings = self.findings.iter_mut();
        let found = findings.find(|finding| finding.path == path && !finding.secret);
        if let Some(finding) = found {
            finding.help = help();
        }
    }

    /// The values of a list, without those that cannot be read.
    pub(super) fn list<T>(&mut self, rule: &'static str, path: &str, texts: &[String]) -> Vec<T>
    where
        T: FromStr<Err: Display>,
    {
        let items = texts.iter().enumerate();
        items
            .filter_map(|(index, text)| self.read(rule, &format!("{path}[{index}]"), text))
            .collect()
    }

    /// A network in CIDR form or a single address, with no bits behind the prefix.
    pub(super) fn network(&mut self, path: &str, text: &str) -> Option<IpNet> {
        let network = text
            .parse::<IpNet>()
            .ok()
            .or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
        match network {
            Some(network) if network.addr() == network.network() => Some(network),
            Some(network) => {
                self.broken(
                    Finding::error("address", path)
                        .message(format!(
                            "`{path}` {text:?} has bits behind its prefix length"
                        ))
                        .label("not the address of the network itself")
                        .help(format!("write \"{}\"", network.trunc())),
                );
                None
            }
            None => {
                self.broken(
                    Finding::error("address", path)
                        .message(format!("`{path}` {text:?} is no address or network"))
                        .label("expected an IPv4 or IPv6 address, or CIDR")
                        .help("write an address such as \"203.0.113.7\" or a network such as \"2001:db8::/32\"; names are not resolved"),
                );
                None
            }
        }
    }

    /// The networks of a list.
    pub(super) fn networks(&mut self, path: &str, texts: &[String]) -> Vec<IpNet> {
        let items = texts.iter().enumerate();
        items
            .filter_map(|(index, text)| self.network(&format!("{path}[{index}]"), text))
            .collect()
    }
}

fn unreadable(rule: &'static str, path: &str, text: &str, error: &dyn Display) -> Finding {
    if secret_kind(text).is_some() {
        return Finding::error(rule, path)
            .secret()
            .message(format!("`{path}` is a secret"))
            .label(error.to_string())
            .help("write the public half, one line of a .pub file; replace the secret, since this file has held it");
    }
    let shown = shortened(text);
    let example = match rule {
        "size" => "write a number and a unit, such as \"4GiB\"",
        "duration" => "write a number and a unit, such as \"10m\" or \"7d\"",
        "ssh-key" => "paste one line of a .pub file, such as ~/.ssh/id_ed25519.pub",
        "address" => "write an address such as \"203.0.113.7\"",
        _ => "change it to that form",
    };
    Finding::error(rule, path)
        .message(format!("`{path}` cannot be {shown}"))
        .label(error.to_string())
        .help(example)
}

/// The text in quotes; the beginning of a long one.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}
