//! What providers sell: dated data, embedded. A stale catalogue must not lie,
//! so every answer that is based on it can name its date.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::host::{Architecture, Provider, Size};

/// All providers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// The day on which the providers' lists were read, `YYYY-MM-DD`.
    pub read_on: String,
    hetzner: ProviderEntry,
    digitalocean: ProviderEntry,
    qemu: ProviderEntry,
}

/// One provider.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderEntry {
    /// Names of its locations or regions.
    pub locations: Vec<String>,
    /// Whether a server made from an own image can have IPv6.
    pub custom_image_ipv6: bool,
    /// Its machine types, by name.
    pub types: BTreeMap<String, MachineType>,
}

/// One machine type.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MachineType {
    /// Virtual processors.
    pub vcpus: u32,
    memory_mib: u64,
    disk_gb: u64,
    /// Of the processor.
    pub architecture: Architecture,
    /// Where it is sold; everywhere if absent.
    pub locations: Option<Vec<String>>,
    /// First day on which it can no longer be ordered.
    pub withdrawn: Option<String>,
    /// Where it was withdrawn; everywhere if absent.
    pub withdrawn_in: Option<Vec<String>>,
    /// The like-for-like type to take instead.
    pub successor: Option<String>,
}

impl MachineType {
    /// Memory of the machine.
    #[must_use]
    pub fn memory(&self) -> Size {
        Size::from_mib(self.memory_mib)
    }

    /// Disk of the machine.
    #[must_use]
    pub fn disk(&self) -> Size {
        Size::from_bytes(self.disk_gb * 1_000_000_000)
    }

    /// The day since which the type cannot be ordered at `location`.
    #[must_use]
    pub fn withdrawn_at(&self, location: Option<&str>) -> Option<&str> {
        let there = match (&self.withdrawn_in, location) {
            (Some(places), Some(location)) => places.iter().any(|place| place == location),
            (Some(_), None) => false,
            (None, _) => true,
        };
        self.withdrawn.as_deref().filter(|_| there)
    }

    /// Whether the type was ever sold at `location`.
    #[must_use]
    pub fn sold_at(&self, location: &str) -> bool {
        self.locations
            .as_ref()
            .is_none_or(|places| places.iter().any(|place| place == location))
    }
}

impl Catalogue {
    /// What is known of `provider`.
    #[must_use]
    pub fn provider(&self, provider: Provider) -> &ProviderEntry {
        match provider {
            Provider::Hetzner => &self.hetzner,
            Provider::DigitalOcean => &self.digitalocean,
            Provider::Qemu => &self.qemu,
        }
    }
}

/// The embedded catalogue.
#[must_use]
pub fn catalogue() -> &'static Catalogue {
    #[expect(clippy::expect_used, reason = "embedded data; a unit test reads it")]
    static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
        toml::from_str(include_str!("types.toml")).expect("the embedded catalogue is valid")
    });
    &CATALOGUE
}

#[cfg(test)]
mod tests {
    use super::catalogue;
    use crate::host::Provider;

    #[test]
    fn every_name_that_the_catalogue_uses_exists() {
        for provider in [Provider::Hetzner, Provider::DigitalOcean, Provider::Qemu] {
            let entry = catalogue().provider(provider);
            assert!(!entry.types.is_empty());
            for (name, machine) in &entry.types {
                let places = machine
                    .locations
                    .iter()
                    .chain(&machine.withdrawn_in)
                    .flatten();
                for place in places {
                    assert!(entry.locations.contains(place), "{name}: {place}");
                }
                if let Some(successor) = &machine.successor {
                    let next = &entry.types[successor];
                    assert!(
                        next.withdrawn.is_none(),
                        "{name}: {successor} is withdrawn too"
                    );
                    assert_eq!(next.architecture, machine.architecture, "{name}");
                    assert!(
                        next.memory() >= machine.memory(),
                        "{name}: {successor} is smaller"
                    );
                }
            }
        }
    }
}
