//! Networks between the server and its peers, of addresses for documentation.

use crate::machine::Cable;

/// To the operator of the description, whose addresses are exempt from bans and
/// from sshd's penalties.
pub(crate) const OPERATOR: Cable = Cable {
    here: ["203.0.113.1/24", "2001:db8:7::1/64"],
    there: ["203.0.113.7/24", "2001:db8:7::7/64"],
};

/// To somebody that the description does not know.
pub(crate) const ATTACKER: Cable = Cable {
    here: ["198.51.100.1/24", "2001:db8:66::1/64"],
    there: ["198.51.100.66/24", "2001:db8:66::66/64"],
};

/// To a container, as an engine connects it.
pub(crate) const CONTAINER: Cable = Cable {
    here: ["10.88.0.1/16", "fd88::1/64"],
    there: ["10.88.0.2/16", "fd88::2/64"],
};
