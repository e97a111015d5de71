//! Names of ports, as /etc/services has them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::Protocol;

/// One name of /etc/services: its port, and the protocol unless it has both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Service {
    pub(super) name: &'static str,
    pub(super) port: u16,
    /// `None`: TCP and UDP.
    pub(super) protocol: Option<Protocol>,
}

const TABLE: &str = include_str!("services.txt");

static SERVICES: LazyLock<BTreeMap<&'static str, Service>> = LazyLock::new(|| {
    let services = TABLE.lines().filter_map(service);
    services.map(|service| (service.name, service)).collect()
});

/// The names of all services, in alphabetical order.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    SERVICES.keys().copied()
}

/// The service with this name; letter case matters, as for UFW.
pub(super) fn find(name: &str) -> Option<Service> {
    SERVICES.get(name).copied()
}

fn service(line: &'static str) -> Option<Service> {
    let mut words = line.split(' ');
    let name = words.next().filter(|name| *name != "#")?;
    let port = words.next()?.parse().ok()?;
    let protocols = words.next()?;
    let protocol = if protocols.contains(',') {
        None
    } else {
        Protocol::from_name(protocols)
    };
    Some(Service {
        name,
        port,
        protocol,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_a_service() {
        assert_eq!(names().count(), TABLE.lines().count() - 1);
    }

    #[test]
    fn services_carry_their_protocols() {
        let ssh = find("ssh").unwrap();
        assert_eq!((ssh.port, ssh.protocol), (22, Some(Protocol::Tcp)));
        let domain = find("domain").unwrap();
        assert_eq!((domain.port, domain.protocol), (53, None));
        assert_eq!(find("www").unwrap().port, 80);
        assert_eq!(find("SSH"), None);
    }
}
