//! Swap that works from the first boot on.

use crate::diagnostics::Finding;
use crate::host::{Host, Size, SwapFile};

use super::options;
use super::rule::{Context, Rule};
use super::words::amount;

pub(super) const RULES: &[Rule] = &[
    Rule::error(
        "swap-path",
        "the swap file lies right below / or /var/lib: it is made before any other folder and before any volume is there",
        &["swap"],
        path,
    )
    .without_override(),
    Rule::error(
        "swap-disk",
        "the swap file leaves room for the system on its disk",
        &["swap", "machine"],
        disk,
    ),
    Rule::error(
        "swap-zram",
        "zram holds at most all of the memory: what does not compress would not fit",
        &["swap"],
        zram,
    ),
    Rule::error(
        "swap-swappiness",
        "swappiness above 100 is for zram: with a disk it makes everything wait",
        &["swap"],
        swappiness,
    ),
    Rule::warning(
        "swap-zram-idle",
        "a low swappiness with zram alone leaves the compressed memory unused",
        &["swap"],
        zram_idle,
    ),
    Rule::error(
        "swap-priority",
        "zram comes before the file: the kernel fills the higher priority first, and equal ones in turn",
        &["swap"],
        priority,
    )
    .without_override(),
    Rule::warning(
        "swap-none",
        "a machine with 4 GiB or less, or with a database, has swap: without it the kernel kills the largest program",
        &["swap", "machine", "nixos"],
        none,
    ),
    Rule::warning(
        "swap-key-unused",
        "each swap setting belongs to swap that there is",
        &["swap"],
        key_unused,
    ),
];

/// One system of about 2 GiB, the next beside it, and 1 GiB of logs: below
/// that the host cannot be updated at all.
pub(super) const MIN_SYSTEM_DISK: Size = Size::from_gib(5);

/// Memory up to which a machine without swap is warned of.
const SMALL_MEMORY: Size = Size::from_gib(4);

/// Folders that every system has before swap is made; modules/swap.nix asserts the same.
const FOLDERS: [&str; 2] = ["", "/var/lib"];

fn path(context: &Context<'_>) -> Vec<Finding> {
    let host = context.host;
    let Some(file) = &host.swap.file else {
        return Vec::new();
    };
    let text = file.path.as_str();
    let folder = text.rsplit_once('/').map_or("", |(folder, _)| folder);
    if FOLDERS.contains(&folder) {
        return Vec::new();
    }
    vec![
        Finding::error("swap-path", "swap.file_path")
            .message(format!("the swap file cannot be made in {folder}"))
            .label("neither right below / nor right below /var/lib")
            .help("leave the line out (/var/lib/swapfile), or write \"/swapfile\""),
    ]
}

fn disk(context: &Context<'_>) -> Vec<Finding> {
    let host = context.host;
    let Some(file) = &host.swap.file else {
        return Vec::new();
    };
    let disk = host.machine.disk;
    let free = disk.bytes().saturating_sub(MIN_SYSTEM_DISK.bytes());
    if file.size.bytes() == 0 {
        return vec![empty_file()];
    }
    if file.size.bytes() <= free {
        return Vec::new();
    }
    vec![too_large(file, host, Size::from_bytes(free))]
}

fn empty_file() -> Finding {
    Finding::error("swap-disk", "swap.file")
        .message("a swap file of no size cannot be made")
        .label("nothing")
        .help("write a size such as \"2GiB\", or leave the line out")
}

fn too_large(file: &SwapFile, host: &Host, free: Size) -> Finding {
    let machine = &host.machine;
    Finding::error("swap-disk", "swap.file")
        .message(format!(
            "{} of swap do not fit on the disk of {:?}",
            amount(file.size),
            machine.type_name
        ))
        .label(format!(
            "it has {}, of which {} can be swap",
            amount(machine.disk),
            amount(free)
        ))
        .help("write a smaller size; 4GiB are enough for most servers")
}

fn zram(context: &Context<'_>) -> Vec<Finding> {
    let Some(zram) = context
        .host
        .swap
        .zram
        .as_ref()
        .filter(|it| it.percent > 100)
    else {
        return Vec::new();
    };
    vec![
        Finding::error("swap-zram", "swap.zram_percent")
            .message(format!("zram of {} % is more than there is memory", zram.percent))
            .label("at most 100")
            .help("write zram_percent = 50: data shrinks to about a third, so that half of the memory is plenty"),
    ]
}

fn swappiness(context: &Context<'_>) -> Vec<Finding> {
    let swap = &context.host.swap;
    match swap.swappiness {
        Some(value) if value > 100 && swap.zram.is_none() => vec![
            Finding::error("swap-swappiness", "swap.swappiness")
                .message(format!("a swappiness of {value} without zram"))
                .label("would rather swap to disk than drop a cache")
                .help("write swappiness = 10, or add zram_percent = 50"),
        ],
        _ => Vec::new(),
    }
}

/// Swappiness below which zram alone stays empty until memory is short.
const LOW_SWAPPINESS: u32 = 60;

fn zram_idle(context: &Context<'_>) -> Vec<Finding> {
    let swap = &context.host.swap;
    match swap.swappiness {
        Some(value) if value < LOW_SWAPPINESS && swap.zram.is_some() && swap.file.is_none() => {
            vec![
                Finding::warning("swap-zram-idle", "swap.swappiness")
                    .message(format!("a swappiness of {value} leaves zram unused"))
                    .label("low values are for slow disks")
                    .help("leave the line out (100), or write 100 to 180"),
            ]
        }
        _ => Vec::new(),
    }
}

fn priority(context: &Context<'_>) -> Vec<Finding> {
    let swap = &context.host.swap;
    let (Some(file), Some(zram)) = (&swap.file, &swap.zram) else {
        return Vec::new();
    };
    if zram.priority > file.priority {
        return Vec::new();
    }
    let key = if context.description.swap.file_priority.is_some() {
        "file_priority"
    } else {
        "zram_priority"
    };
    let order = if zram.priority == file.priority {
        "in turn"
    } else {
        "before zram"
    };
    vec![
        Finding::error("swap-priority", format!("swap.{key}"))
            .message(format!(
                "the swap file (priority {}) is filled {order} (priority {})",
                file.priority, zram.priority
            ))
            .label("the slow disk should come last")
            .help("leave both priorities out, or give zram the higher one"),
    ]
}

/// Switches of programs that fail badly when memory ends.
const DATABASES: [&str; 3] = [
    "services.postgresql.enable",
    "services.mysql.enable",
    "services.mongodb.enable",
];

fn none(context: &Context<'_>) -> Vec<Finding> {
    let host = context.host;
    if host.swap.file.is_some() || host.swap.zram.is_some() {
        return Vec::new();
    }
    let options = &host.nixos.options;
    let database = DATABASES.iter().any(|it| options::is_true(options, it))
        || !options::names(options, "services.redis.servers").is_empty();
    let why = if host.machine.memory <= SMALL_MEMORY {
        format!(
            "{:?} has {} of memory and no swap",
            host.machine.type_name,
            amount(host.machine.memory)
        )
    } else if database {
        "the host runs a database and has no swap".to_owned()
    } else {
        return Vec::new();
    };
    let size = host.machine.memory.min(SMALL_MEMORY).min(Size::from_gib(2));
    vec![
        Finding::warning("swap-none", "machine.type")
            .message(why)
            .label("when memory ends, the kernel kills the largest program")
            .help(format!("add [swap] with file = \"{size}\"")),
    ]
}

fn key_unused(context: &Context<'_>) -> Vec<Finding> {
    let raw = &context.description.swap;
    let swap = &context.host.swap;
    let file = swap.file.is_none();
    let zram = swap.zram.is_none();
    let keys = [
        (
            "file_path",
            raw.file_path.is_some() && file,
            "file = \"2GiB\"",
        ),
        (
            "file_priority",
            raw.file_priority.is_some() && file,
            "file = \"2GiB\"",
        ),
        (
            "zram_priority",
            raw.zram_priority.is_some() && zram,
            "zram_percent = 50",
        ),
        (
            "swappiness",
            raw.swappiness.is_some() && file && zram,
            "file = \"2GiB\"",
        ),
    ];
    let unused = keys.into_iter().filter(|(_, unused, _)| *unused);
    unused
        .map(|(key, _, needed)| {
            Finding::warning("swap-key-unused", format!("swap.{key}"))
                .on_key()
                .message(format!("`swap.{key}` has no swap to apply to"))
                .label("does nothing alone")
                .help(format!("add {needed}, or delete the line"))
        })
        .collect()
}
