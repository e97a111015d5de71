//! Addresses, interfaces and private networks.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// Addresses, interfaces and private networks.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Network {
    /// Whether the host has IPv6; by default yes where the provider offers it
    /// to custom images.
    pub ipv6: Option<bool>,
    /// Resolvers; by default those that the provider announces.
    pub name_servers: Vec<String>,
    /// Private networks of the provider that the host is attached to, by name.
    pub private: BTreeMap<String, PrivateNetwork>,
    /// Further interfaces, by a name of your own.
    pub interfaces: BTreeMap<String, Interface>,
}

/// A private network of the provider.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrivateNetwork {
    /// The whole network, such as `"10.0.0.0/16"`.
    #[schemars(example = &"10.0.0.0/16")]
    pub cidr: String,
}

/// An interface that is found by its hardware address or its role, never by a
/// guessed name.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Interface {
    /// Hardware address, such as `"86:00:00:12:34:56"`.
    pub mac: Option<String>,
    /// Part that the interface plays.
    pub role: Option<InterfaceRole>,
    /// Whether addresses come by DHCP; the default where none is listed.
    pub dhcp: Option<bool>,
    /// Static addresses with prefix length.
    pub addresses: Vec<String>,
    /// Gateway, where this interface has the default route.
    pub gateway: Option<String>,
    /// Largest packet in bytes.
    #[schemars(range(min = 576, max = 9216))]
    pub mtu: Option<u32>,
}

/// Part that an interface plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum InterfaceRole {
    /// The one with the public address.
    Public,
    /// One of the provider's private network.
    Private,
}

impl InterfaceRole {
    /// Its word in the description.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
        }
    }
}
