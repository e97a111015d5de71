//! What a change may break although each of its states is well by itself.

use super::OptionChange;

/// Everything that is to be said of these changes.
#[must_use]
pub fn warnings(changes: &[OptionChange]) -> Vec<String> {
    changes.iter().filter_map(abandoned_ports).collect()
}

/// sshd leaves every port that it has: a mistake in the firewall or at the provider
/// would lock everybody out at once.
fn abandoned_ports(change: &OptionChange) -> Option<String> {
    if change.option != "services.openssh.ports" {
        return None;
    }
    let old = numbers(change.old.as_deref()?);
    let new = numbers(change.new.as_deref()?);
    if old.iter().any(|port| new.contains(port)) {
        return None;
    }
    Some(format!(
        "ssh moves from {} to {}: keep the old port in ssh.ports and firewall.rules for one deploy, until a login by the new one works",
        old.join(", "),
        new.join(", ")
    ))
}

/// The numbers of a list in Nix.
fn numbers(list: &str) -> Vec<&str> {
    list.split(|c: char| !c.is_ascii_digit())
        .filter(|number| !number.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{OptionChange, warnings};

    fn of(option: &str, old: &str, new: &str) -> Vec<String> {
        warnings(&[OptionChange {
            option: option.into(),
            old: Some(old.into()),
            new: Some(new.into()),
        }])
    }

    #[test]
    fn ssh_keeps_a_port_for_one_deploy() {
        assert_eq!(
            of("services.openssh.ports", "[ 22 ]", "[\n 2222\n 22022\n ]"),
            [
                "ssh moves from 22 to 2222, 22022: keep the old port in ssh.ports and firewall.rules for one deploy, until a login by the new one works"
            ]
        );
        assert!(of("services.openssh.ports", "[ 22 ]", "[ 22 2222 ]").is_empty());
        assert!(of("services.openssh.ports", "[ 22 2222 ]", "[ 2222 ]").is_empty());
        assert!(of("services.foo.ports", "[ 22 ]", "[ 2222 ]").is_empty());
    }
}
