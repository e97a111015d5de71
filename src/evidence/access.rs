//! Accounts, sshd, sudo and open sockets.

use std::collections::BTreeSet;

use crate::facts::{Grant, PortSpan, Transport};

use super::output::{Judgement, Output, differs};

/// `id -nG` and the line of `getent passwd`, whose fifth field is the description.
pub(super) fn account(
    groups: &[String],
    description: &str,
    id: &Output,
    entry: Option<&Output>,
) -> Judgement {
    if id.status != 0 {
        return Err("there is no such account".into());
    }
    let has: BTreeSet<&str> = id.text.split_whitespace().collect();
    let missing: Vec<&str> = groups
        .iter()
        .map(String::as_str)
        .filter(|group| !has.contains(group))
        .collect();
    if !missing.is_empty() {
        return Err(format!(
            "it is not in {}, but in {}",
            missing.join(", "),
            id.text
        ));
    }
    let Some(entry) = entry.filter(|_| !description.is_empty()) else {
        return Ok(());
    };
    let field = entry.text()?.split(':').nth(4).unwrap_or_default();
    differs(&field, &description)
}

/// `ssh-keygen -l` prints `BITS FINGERPRINT COMMENT (KIND)` for each key.
pub(super) fn keys(fingerprints: &[String], list: &Output) -> Judgement {
    let lines = list.text()?.lines();
    let mut found: Vec<&str> = lines
        .filter_map(|line| line.split_whitespace().nth(1))
        .collect();
    found.sort_unstable();
    found.dedup();
    let wanted: Vec<&str> = fingerprints.iter().map(String::as_str).collect();
    differs(&found, &wanted)
}

/// `ss -Hlntu` prints transport, state, two queues and the local address.
pub(super) fn sockets(allowed: &[PortSpan], list: &Output) -> Judgement {
    let mut wrong = Vec::new();
    for line in list.text()?.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [transport, _, _, _, local, ..] = words[..] else {
            return Err(format!("ss printed {line:?}"));
        };
        let Some((address, port)) = local.rsplit_once(':') else {
            return Err(format!("ss printed {line:?}"));
        };
        let address = address.split('%').next().unwrap_or(address);
        let address = address.trim_matches(['[', ']']);
        if address.starts_with("127.") || address == "::1" {
            continue;
        }
        if !allowed.iter().any(|span| covers(*span, transport, port)) {
            wrong.push(format!("{transport}/{port} at {address}"));
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(format!("undeclared: {}", wrong.join(", ")))
    }
}

fn covers(span: PortSpan, transport: &str, port: &str) -> bool {
    let name = match span.transport {
        Transport::Tcp => "tcp",
        Transport::Udp => "udp",
    };
    let inside = |port: u16| (span.first..=span.last).contains(&port);
    name == transport && port.parse().is_ok_and(inside)
}

/// `sshd -T` prints `setting value`, a setting with several values on several lines.
pub(super) fn sshd(setting: &str, values: &[String], configuration: &Output) -> Judgement {
    let lines = configuration.text()?.lines();
    let mut found: Vec<&str> = lines
        .filter_map(|line| line.split_once(' '))
        .filter(|(name, _)| name.eq_ignore_ascii_case(setting))
        // Its older name.
        .map(|(_, value)| {
            if value == "without-password" {
                "prohibit-password"
            } else {
                value
            }
        })
        .collect();
    found.sort_unstable();
    let wanted: Vec<&str> = values.iter().map(String::as_str).collect();
    differs(&found, &wanted)
}

/// `sudo -n id -u` as the user, without a password.
pub(super) fn sudo(grant: Grant, attempt: &Output) -> Judgement {
    let text = &attempt.text;
    let found = if attempt.status == 0 && text.lines().next_back() == Some("0") {
        Grant::Passwordless
    } else if text.contains("a password is required") {
        Grant::Password
    } else if attempt.status == 126
        || text.contains("ermission denied")
        || text.contains("may not run")
    {
        Grant::None
    } else {
        return Err(attempt.describe());
    };
    if found == grant {
        Ok(())
    } else {
        Err(format!(
            "sudo gives {} instead of {}",
            words(found),
            words(grant)
        ))
    }
}

fn words(grant: Grant) -> &'static str {
    match grant {
        Grant::None => "nothing",
        Grant::Password => "everything after a password",
        Grant::Passwordless => "everything",
    }
}
