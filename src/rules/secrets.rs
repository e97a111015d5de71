//! No secret in a description.

use toml::Value;

use crate::description::{is_reference, is_secret_name, secret_kind};
use crate::diagnostics::{Finding, key_path};

use super::options::{self, Leaf};
use super::rule::{Context, Rule};

pub(super) const RULES: &[Rule] = &[Rule::error(
    "secret-literal",
    "no secret stands in a description: it would be in the repository and in the Nix store, which every user of the host can read",
    &["nixos", "users"],
    literal,
)];

fn literal(context: &Context<'_>) -> Vec<Finding> {
    let options = options::leaves(&context.host.nixos.options);
    let users = context.host.users.iter();
    let in_store = users.filter_map(|(name, user)| {
        let file = user.hashed_password_file.as_ref()?.as_str();
        let path = key_path("users", name.as_str());
        is_in_store(file).then(|| stored(format!("{path}.hashed_password_file"), file))
    });
    let users = context.description.users.iter();
    let described = users.filter_map(|(name, user)| {
        let kind = secret_kind(user.description.as_deref()?)?;
        let path = format!("{}.description", key_path("users", name));
        Some(held(&path, kind))
    });
    let options = options.iter().filter_map(option);
    options.chain(in_store).chain(described).collect()
}

fn option(leaf: &Leaf<'_>) -> Option<Finding> {
    let Value::String(text) = leaf.value else {
        return None;
    };
    let secret_name = leaf.keys.last().is_some_and(|key| names_secret(key));
    if secret_name && is_in_store(text) {
        return Some(stored(leaf.path.clone(), text));
    }
    if let Some(kind) = secret_kind(text) {
        return Some(held(&leaf.path, kind));
    }
    let named = leaf.keys.last().is_some_and(|key| is_secret_name(key));
    (named && !is_reference(text)).then(|| held(&leaf.path, "a password or key"))
}

/// A key that holds a secret or the path of one.
fn names_secret(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    let stem = lower.trim_end_matches("path").trim_end_matches("file");
    is_secret_name(stem) || is_secret_name(key)
}

fn is_in_store(path: &str) -> bool {
    path.starts_with("/nix/store/")
}

fn held(path: &str, kind: &str) -> Finding {
    Finding::error("secret-literal", path)
        .secret()
        .message(format!("`{path}` holds {kind}"))
        .label("would be in the repository and readable by every user of the host")
        .help("put it into a file on the server that only its reader may open, and name that file here, such as passwordFile = \"/var/lib/secrets/app\"; replace the secret, since this file has held it")
}

fn stored(path: String, value: &str) -> Finding {
    Finding::error("secret-literal", path)
        .message(format!("the secret {value} lies in the Nix store"))
        .label("every user of the host can read it")
        .help("name a file outside of the store, such as /var/lib/secrets/app")
}
