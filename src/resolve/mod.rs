//! From what the file says to a [`Host`]: reads every text into its type, fills
//! in defaults, and reports what cannot be read.
//!
//! A value that cannot be read is replaced by one that can, and its path is
//! remembered, so that the rest is still checked; such a host never leaves
//! `rules::check`.

mod access;
mod machine;
mod network;
mod options;
mod reader;

use std::collections::BTreeSet;

use crate::description::Description;
use crate::diagnostics::Finding;
use crate::host::{Host, Nixos};

use reader::Reader;

/// A host, and what was wrong on the way to it.
#[derive(Debug)]
pub struct Resolved {
    /// Complete, with stand-ins at the broken paths.
    pub host: Host,
    /// Paths whose value was replaced.
    pub broken: BTreeSet<String>,
    /// Why.
    pub findings: Vec<Finding>,
}

/// Reads `description` into a host.
#[must_use]
pub fn resolve(description: &Description) -> Resolved {
    let mut reader = Reader::default();
    let machine = machine::machine(&description.machine, &mut reader);
    let network = network::network(&description.network, machine.provider, &mut reader);
    let users = access::users(&description.users, &mut reader);
    let operator = reader.networks("operator.addresses", &description.operator.addresses);
    let host = Host {
        system: machine::system(&description.system, &mut reader),
        ssh: access::ssh(&description.ssh, &users, &mut reader),
        firewall: access::firewall(&description.firewall, &mut reader),
        fail2ban: access::fail2ban(&description.fail2ban, &operator, &mut reader),
        swap: machine::swap(&description.swap, &mut reader),
        volumes: machine::volumes(&description.volumes, machine.provider, &mut reader),
        nixos: Nixos {
            modules: description.nixos.modules.clone(),
            options: options::options(&description.nixos.options, "nixos.options", &mut reader),
        },
        operator,
        machine,
        network,
        users,
    };
    Resolved {
        host,
        broken: reader.broken,
        findings: reader.findings,
    }
}
