//! Whether the provider sells this machine there, and whether it is enough.

use crate::catalogue::{MachineType, catalogue};
use crate::diagnostics::{Finding, closest};
use crate::host::{Host, Provider, Size};

use super::rule::{Context, Rule};
use super::words::amount;

pub(super) const RULES: &[Rule] = &[
    Rule::warning(
        "machine-type-withdrawn",
        "the machine type can still be ordered at the location; servers that run are not affected",
        &["machine"],
        type_withdrawn,
    ),
    Rule::error(
        "machine-location-unknown",
        "the provider has the location or region",
        &["machine"],
        location_unknown,
    ),
    Rule::error(
        "machine-location-missing",
        "the location or region is named: volumes, networks and prices depend on it",
        &["machine"],
        location_missing,
    ),
    Rule::error(
        "machine-not-sold-here",
        "the provider sells the machine type at the location",
        &["machine"],
        not_sold_here,
    ),
    Rule::warning(
        "machine-small",
        "the machine has 1 GiB of memory: a switch to a new system needs about half of that",
        &["machine"],
        small,
    ),
    Rule::warning(
        "machine-disk",
        "8 GiB of the disk are left: two systems side by side, their logs, and what the host is for",
        &["machine", "swap", "volumes"],
        disk,
    ),
    Rule::error(
        "ipv6-custom-image",
        "IPv6 is asked for only where the provider gives it to servers made from an own image",
        &["machine", "network"],
        ipv6_custom_image,
    )
    .without_override(),
];

/// Memory below which a switch of the system runs out of it.
const MIN_MEMORY: Size = Size::from_gib(1);

/// Two systems of about 2 GiB, one being built into place of the other, the
/// journal's 500 MB, and room for data.
pub(super) const MIN_FREE_DISK: Size = Size::from_gib(8);

fn machine_type(host: &Host) -> Option<&'static MachineType> {
    let types = &catalogue().provider(host.machine.provider).types;
    types.get(&host.machine.type_name)
}

/// The provider's word for a place.
fn place(provider: Provider) -> &'static str {
    match provider {
        Provider::DigitalOcean => "region",
        Provider::Hetzner | Provider::Qemu => "location",
    }
}

fn place_path(host: &Host) -> String {
    format!("machine.{}", place(host.machine.provider))
}

fn type_withdrawn(context: &Context<'_>) -> Vec<Finding> {
    let machine = &context.host.machine;
    let Some(found) = machine_type(context.host) else {
        return Vec::new();
    };
    let Some(since) = found.withdrawn_at(machine.location.as_deref()) else {
        return Vec::new();
    };
    let name = &machine.type_name;
    let there = match (&found.withdrawn_in, &machine.location) {
        (Some(_), Some(location)) => format!(" in {location}"),
        _ => String::new(),
    };
    let successor = found.successor.as_deref();
    let help = match successor {
        Some(next) => format!(
            "take \"{next}\" for a new server; for one that runs already, say so in [[overrides]]"
        ),
        None => {
            "take another type for a new server; for one that runs already, say so in [[overrides]]"
                .into()
        }
    };
    vec![
        Finding::warning("machine-type-withdrawn", "machine.type")
            .message(format!(
                "{name:?} is not sold{there} any more, since {since}"
            ))
            .label(format!("withdrawn (catalogue of {})", catalogue().read_on))
            .help(help),
    ]
}

fn location_unknown(context: &Context<'_>) -> Vec<Finding> {
    let raw = &context.description.machine;
    let machine = &context.host.machine;
    if machine.provider == Provider::Qemu {
        let given = [("location", &raw.location), ("region", &raw.region)];
        let given = given.into_iter().filter(|(_, value)| value.is_some());
        return given.map(|(key, _)| no_place(key)).collect();
    }
    let known = &catalogue().provider(machine.provider).locations;
    let Some(name) = machine.location.as_ref().filter(|it| !known.contains(it)) else {
        return Vec::new();
    };
    let word = place(machine.provider);
    vec![
        Finding::error("machine-location-unknown", place_path(context.host))
            .message(format!(
                "{} has no {word} {name:?}",
                machine.provider.title()
            ))
            .label(format!("not in the catalogue of {}", catalogue().read_on))
            .help(match closest(name, known.iter().map(String::as_str)) {
                Some(near) => format!("did you mean {near:?}?"),
                None => format!("write one of {}", known.join(", ")),
            }),
    ]
}

fn no_place(key: &str) -> Finding {
    Finding::error("machine-location-unknown", format!("machine.{key}"))
        .on_key()
        .message(format!("a machine of QEMU has no {key}"))
        .label("it runs on your own computer")
        .help("delete the line")
}

fn location_missing(context: &Context<'_>) -> Vec<Finding> {
    let machine = &context.host.machine;
    if machine.provider == Provider::Qemu || machine.location.is_some() {
        return Vec::new();
    }
    let word = place(machine.provider);
    let known = &catalogue().provider(machine.provider).locations;
    let sold = machine_type(context.host);
    let sold = known.iter().filter(|it| {
        sold.is_none_or(|kind| kind.sold_at(it) && kind.withdrawn_at(Some(it)).is_none())
    });
    let sold = sold.map(String::as_str).collect::<Vec<_>>();
    let sold = if sold.is_empty() {
        known.iter().map(String::as_str).collect()
    } else {
        sold
    };
    vec![
        Finding::error("machine-location-missing", "machine")
            .on_key()
            .message(format!("the machine has no {word}"))
            .label("where it stands is not said")
            .help(format!(
                "add {word} = {:?}; {:?} is sold in {}",
                sold.first().copied().unwrap_or_default(),
                machine.type_name,
                sold.join(", ")
            )),
    ]
}

fn not_sold_here(context: &Context<'_>) -> Vec<Finding> {
    let machine = &context.host.machine;
    let entry = catalogue().provider(machine.provider);
    let (Some(found), Some(location)) = (machine_type(context.host), &machine.location) else {
        return Vec::new();
    };
    if found.sold_at(location) || !entry.locations.contains(location) {
        return Vec::new();
    }
    let same = entry.types.iter().filter(|(_, it)| {
        it.sold_at(location)
            && it.withdrawn_at(Some(location)).is_none()
            && it.architecture == found.architecture
            && it.memory() >= found.memory()
    });
    let nearest = same.min_by_key(|(_, it)| (it.memory(), it.disk()));
    let elsewhere = found.locations.iter().flatten();
    let elsewhere = elsewhere.map(String::as_str).collect::<Vec<_>>().join(", ");
    let help = match nearest {
        Some((name, _)) => {
            format!("take \"{name}\" there, or a location that sells it: {elsewhere}")
        }
        None => format!("choose a location that sells it: {elsewhere}"),
    };
    vec![
        Finding::error("machine-not-sold-here", "machine.type")
            .message(format!("{:?} is not sold in {location}", machine.type_name))
            .label(format!("not there (catalogue of {})", catalogue().read_on))
            .help(help),
    ]
}

fn small(context: &Context<'_>) -> Vec<Finding> {
    let machine = &context.host.machine;
    if machine.memory >= MIN_MEMORY {
        return Vec::new();
    }
    vec![
        Finding::warning("machine-small", "machine.type")
            .message(format!(
                "{:?} has {} of memory",
                machine.type_name,
                amount(machine.memory)
            ))
            .label("too little to switch to a new system safely")
            .help("take a type with 1 GiB or more; with swap alone, updates take long"),
    ]
}

/// Bytes that the swap file takes from the root disk.
pub(super) fn swap_on_root(host: &Host) -> Size {
    let Some(file) = &host.swap.file else {
        return Size::from_bytes(0);
    };
    file.size
}

fn disk(context: &Context<'_>) -> Vec<Finding> {
    let machine = &context.host.machine;
    let swap = swap_on_root(context.host);
    let left = machine.disk.bytes().saturating_sub(swap.bytes());
    // A swap file that does not fit at all is another rule's.
    if left >= MIN_FREE_DISK.bytes() || left < super::swap::MIN_SYSTEM_DISK.bytes() {
        return Vec::new();
    }
    let with = if swap.bytes() == 0 {
        String::new()
    } else {
        format!(" beside {} of swap", amount(swap))
    };
    let left = amount(Size::from_bytes(left));
    vec![
        Finding::warning("machine-disk", "machine.type")
            .message(format!(
                "the disk of {:?} has {left}{with}",
                machine.type_name
            ))
            .label(format!("a host needs {}", amount(MIN_FREE_DISK)))
            .help("take a type with a larger disk, less swap, or put the data on a volume"),
    ]
}

fn ipv6_custom_image(context: &Context<'_>) -> Vec<Finding> {
    let provider = context.host.machine.provider;
    if catalogue().provider(provider).custom_image_ipv6
        || context.description.network.ipv6 != Some(true)
    {
        return Vec::new();
    }
    vec![
        Finding::error("ipv6-custom-image", "network.ipv6")
            .message(format!(
                "{} gives no IPv6 to servers made from an own image",
                provider.title()
            ))
            .label("the host would wait for an address that never comes")
            .help("write ipv6 = false, or leave the line out"),
    ]
}
