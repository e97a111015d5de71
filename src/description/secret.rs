//! What looks like a secret. Findings must not print it, and no description
//! may hold it: a description ends in a repository and in the Nix store, which
//! every user of the host can read.

/// Beginnings of keys and tokens, and what they are. The prefixes are
/// documented by their makers, so that scanners find them.
const PREFIXES: [(&str, &str); 24] = [
    ("AGE-SECRET-KEY-", "an age key"),
    ("AKIA", "an AWS access key"),
    ("dckr_pat_", "a Docker Hub token"),
    ("dop_v1_", "a DigitalOcean token"),
    ("doo_v1_", "a DigitalOcean token"),
    ("ghp_", "a GitHub token"),
    ("gho_", "a GitHub token"),
    ("ghs_", "a GitHub token"),
    ("github_pat_", "a GitHub token"),
    ("glpat-", "a GitLab token"),
    ("hvs.", "a Vault token"),
    ("npm_", "an npm token"),
    ("pypi-", "a PyPI token"),
    ("rk_live_", "a Stripe key"),
    ("sk_live_", "a Stripe key"),
    ("whsec_", "a Stripe webhook secret"),
    ("sk-", "an API key"),
    ("SG.", "a SendGrid key"),
    ("tskey-", "a Tailscale key"),
    ("xoxb-", "a Slack token"),
    ("xoxp-", "a Slack token"),
    ("$6$", "a password hash"),
    ("$y$", "a password hash"),
    ("$2b$", "a password hash"),
];

/// Shortest text after a prefix that is a token and not a word about one.
const MIN_TOKEN: usize = 12;

/// Words in the name of a key that holds a secret.
const NAMES: [&str; 12] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "privatekey",
    "accesskey",
    "presharedkey",
    "secretkey",
    "authkey",
    "psk",
];

/// Ends of names that point to a secret, or are about one, without holding it.
const ABOUT: [&str; 18] = [
    "file",
    "files",
    "path",
    "command",
    "cmd",
    "enable",
    "enabled",
    "authentication",
    "source",
    "length",
    "url",
    "name",
    "type",
    "policy",
    "user",
    "username",
    "id",
    "lifetime",
];

/// What `value` is, if its own form shows that it is a secret.
#[must_use]
pub fn secret_kind(value: &str) -> Option<&'static str> {
    let value = value.trim();
    if value.contains("PRIVATE KEY-----") {
        return Some("a private key");
    }
    if has_password(value) {
        return Some("a URL with a password");
    }
    let token = |c: char| c.is_ascii_alphanumeric() || "_-./$+=".contains(c);
    let found = PREFIXES.iter().find(|(prefix, _)| {
        let rest = value.strip_prefix(prefix);
        rest.is_some_and(|rest| rest.len() >= MIN_TOKEN && rest.chars().all(token))
    });
    found.map(|(_, kind)| *kind)
}

/// `scheme://user:password@host`, the password being no reference.
fn has_password(value: &str) -> bool {
    let Some((_, rest)) = value.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', ' ']).next().unwrap_or_default();
    let password = authority
        .rsplit_once('@')
        .and_then(|(user, _)| user.split_once(':'));
    password.is_some_and(|(_, password)| !password.is_empty() && !is_reference(password))
}

/// Whether a key of this name holds a secret.
#[must_use]
pub fn is_secret_name(key: &str) -> bool {
    let plain = key
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect::<String>();
    NAMES.iter().any(|name| plain.contains(name)) && !ABOUT.iter().any(|end| plain.ends_with(end))
}

/// Whether `value` names where the secret is instead of being it: a path, a
/// variable, a placeholder of systemd (`%d/…`), Grafana, Caddy or a template.
#[must_use]
pub fn is_reference(value: &str) -> bool {
    let value = value.trim();
    value.is_empty()
        || value.starts_with(['/', '$', '%', '{', '@', '<'])
            && !value.starts_with("$6$")
            && !value.starts_with("$y$")
            && !value.starts_with("$2b$")
}

#[cfg(test)]
mod tests {
    use super::{is_reference, is_secret_name, secret_kind};

    #[test]
    fn forms_of_secrets_are_known() {
        let token = format!("ghp_{}", "a1B2".repeat(9));
        assert_eq!(secret_kind(&token), Some("a GitHub token"));
        assert_eq!(secret_kind("ghp_short"), None);
        assert!(secret_kind("postgres://app:hunter2@db/app").is_some());
        assert!(secret_kind("postgres://app:$DB_PASSWORD@db/app").is_none());
        assert!(secret_kind("https://example.com/a@b:c").is_none());
        assert!(secret_kind("sk-learn is a library of some sort").is_none());
    }

    #[test]
    fn names_that_hold_secrets_are_told_from_those_about_them() {
        for name in [
            "password",
            "adminPassword",
            "SECRET_KEY",
            "api_key",
            "initialHashedPassword",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "passwordFile",
            "PasswordAuthentication",
            "token_path",
            "secretName",
            "keys",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
        assert!(is_reference("/run/credentials/x") && is_reference("$__file{/x}"));
        assert!(!is_reference("hunter2"));
    }
}
