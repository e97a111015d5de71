//! Volumes: where they are mounted and how large they can be.

use std::collections::BTreeMap;

use crate::diagnostics::{Finding, key_path};
use crate::host::{Provider, Size};

use super::rule::{Context, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule::error(
        "volume-mount",
        "volumes are mounted beside the system, each at a place of its own",
        &["volumes"],
        mount,
    )
    .without_override(),
    Rule::warning(
        "volume-nested",
        "no volume is mounted within another: if the outer one is missing, data goes to the wrong disk",
        &["volumes"],
        nested,
    ),
    Rule::error(
        "volume-size",
        "the provider sells volumes of this size",
        &["volumes", "machine"],
        size,
    ),
    Rule::error(
        "volume-duplicate",
        "each volume is described once: mounting a disk twice is safe for no file system",
        &["volumes", "machine"],
        duplicate,
    ),
    Rule::warning(
        "volume-key-unused",
        "a volume is named by its own provider's word: `id` at Hetzner, `volume_name` at DigitalOcean",
        &["volumes", "machine"],
        key_unused,
    ),
];

/// Folders that belong to the system, with everything in them.
const SYSTEM_TREES: [&str; 13] = [
    "/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/nix", "/proc", "/root", "/run", "/sys",
    "/tmp", "/usr",
];

/// Folders that belong to the system themselves; volumes may be below.
const SYSTEM_FOLDERS: [&str; 5] = [
    "/var",
    "/var/lib",
    "/var/lib/nixos",
    "/var/lib/systemd",
    "/var/log/journal",
];

fn path(name: &str, key: &str) -> String {
    format!("{}.{key}", key_path("volumes", name))
}

fn is_within(inner: &str, outer: &str) -> bool {
    inner
        .strip_prefix(outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn mount(context: &Context<'_>) -> Vec<Finding> {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    let mut findings = Vec::new();
    for (name, volume) in &context.host.volumes {
        let mount = volume.mount.as_str();
        let finding = Finding::error("volume-mount", path(name, "mount"));
        if SYSTEM_TREES.iter().any(|it| is_within(mount, it)) || SYSTEM_FOLDERS.contains(&mount) {
            findings.push(
                finding
                    .message(format!("{mount} belongs to the system"))
                    .label("the volume would hide it, and the host would not start")
                    .help("mount it beside the system, such as \"/srv/data\" or \"/var/lib/postgresql\""),
            );
        } else if let Some(first) = seen.get(mount) {
            findings.push(
                finding
                    .message(format!("two volumes are mounted at {mount}"))
                    .label(format!("`volumes.{first}` is there already"))
                    .help("give each volume a place of its own"),
            );
        }
        seen.insert(mount, name);
    }
    findings
}

fn nested(context: &Context<'_>) -> Vec<Finding> {
    let volumes = &context.host.volumes;
    let by_mount = volumes.iter().map(|(name, it)| (it.mount.as_str(), name));
    let by_mount = by_mount.collect::<BTreeMap<_, _>>();
    let mut findings = Vec::new();
    for (name, volume) in volumes {
        let mount = volume.mount.as_str();
        let mut ancestors = mount.match_indices('/').map(|(end, _)| &mount[..end]);
        let outer = ancestors.find_map(|ancestor| by_mount.get(ancestor));
        if let Some(outer) = outer {
            findings.push(
                Finding::warning("volume-nested", path(name, "mount"))
                    .message(format!("{mount} lies within the volume `{outer}`"))
                    .label("written to the wrong disk whenever that one is missing")
                    .help("mount them side by side, such as /srv/a and /srv/b"),
            );
        }
    }
    findings
}

/// Smallest and largest volume in GiB.
/// Hetzner: docs.hetzner.com/cloud/volumes/overview; DigitalOcean:
/// docs.digitalocean.com/products/volumes/details/limits.
fn limits(provider: Provider) -> Option<(u64, u64)> {
    match provider {
        Provider::Hetzner => Some((10, 10_240)),
        Provider::DigitalOcean => Some((1, 16_384)),
        Provider::Qemu => None,
    }
}

fn size(context: &Context<'_>) -> Vec<Finding> {
    let provider = context.host.machine.provider;
    let (low, high) = limits(provider).unwrap_or((1, 1 << 20));
    let volumes = context.host.volumes.iter();
    volumes
        .filter_map(|(name, volume)| {
            let gib = Size::from_gib(1).bytes();
            let decimal = 1_000_000_000;
            let bytes = volume.size.bytes();
            // Sellers say GB and mean either.
            let units = if bytes.is_multiple_of(gib) {
                bytes / gib
            } else {
                bytes / decimal
            };
            let whole = bytes.is_multiple_of(gib) || bytes.is_multiple_of(decimal);
            let label = if !whole {
                "not a whole number of GiB".to_owned()
            } else if (low..=high).contains(&units) {
                return None;
            } else {
                format!("it sells {low} to {high} GiB")
            };
            let next = (bytes.div_ceil(gib)).clamp(low, high);
            Some(
                Finding::error("volume-size", path(name, "size"))
                    .message(format!(
                        "{} has no volumes of {}",
                        provider.title(),
                        volume.size
                    ))
                    .label(label)
                    .help(format!("write size = \"{next}GiB\"")),
            )
        })
        .collect()
}

fn duplicate(context: &Context<'_>) -> Vec<Finding> {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    let mut findings = Vec::new();
    for (name, volume) in &context.host.volumes {
        if let Some(first) = seen.get(volume.device.as_str()) {
            let key = match context.host.machine.provider {
                Provider::Hetzner => "id",
                Provider::DigitalOcean | Provider::Qemu => "volume_name",
            };
            findings.push(
                Finding::error("volume-duplicate", path(name, key))
                    .message(format!("`{name}` is the volume `{first}` again"))
                    .label("the same disk")
                    .help("delete one of them, or correct its number or name"),
            );
        }
        seen.insert(&volume.device, name);
    }
    findings
}

fn key_unused(context: &Context<'_>) -> Vec<Finding> {
    let provider = context.host.machine.provider;
    let volumes = context.description.volumes.iter();
    volumes
        .filter_map(|(name, raw)| {
            let (key, help) = match provider {
                Provider::Hetzner => {
                    raw.volume_name.as_ref()?;
                    (
                        "volume_name",
                        "delete the line; Hetzner finds the volume by its `id`",
                    )
                }
                Provider::DigitalOcean => {
                    raw.id?;
                    (
                        "id",
                        "delete the line; DigitalOcean finds the volume by its name",
                    )
                }
                Provider::Qemu => return None,
            };
            Some(
                Finding::warning("volume-key-unused", path(name, key))
                    .on_key()
                    .message(format!("{} does not use `{key}`", provider.title()))
                    .label("another provider's word")
                    .help(help),
            )
        })
        .collect()
}
