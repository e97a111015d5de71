//! Valid domain types. Text was read, numbers have units, names are names: what
//! is here can be rendered, budgeted and proven without looking at TOML again.

mod key;
mod model;
mod names;
mod size;
mod time;
mod zones;

pub use key::{PublicKey, PublicKeyError};
pub use model::{
    Architecture, Fail2ban, Hardening, Host, Interface, Machine, Network, Nixos, Provider,
    Selector, Ssh, Swap, SwapFile, System, User, Volume, Zram,
};
pub use names::{
    AbsolutePath, AccountName, DomainName, HostName, Label, Locale, MacAddress, NameError,
    PackageName, Release, TimeZone,
};
pub use size::{Size, SizeError};
pub use time::{Seconds, SecondsError};
pub use zones::nearest as nearest_zone;
