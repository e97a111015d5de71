//! The machine, the system on it, its swap and its volumes.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::hardening::{self, HardeningLevel};

/// The machine that is rented or emulated.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// Who runs the machine.
    pub provider: ProviderName,
    /// Type as the provider names it, such as `cpx32` or `s-2vcpu-4gb`; for
    /// `qemu` one of `small`, `medium`, `large`. The processor architecture,
    /// memory and disk follow from it.
    #[serde(rename = "type")]
    #[schemars(example = &"cpx32")]
    pub machine_type: String,
    /// Hetzner location, such as `nbg1`.
    #[serde(default)]
    pub location: Option<String>,
    /// DigitalOcean region, such as `fra1`.
    #[serde(default)]
    pub region: Option<String>,
}

/// Who runs the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProviderName {
    /// Hetzner Cloud.
    Hetzner,
    /// DigitalOcean.
    Digitalocean,
    /// A virtual machine on your own computer.
    Qemu,
}

/// Name, time, language and hardening of the system.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct System {
    /// Host name: one label of letters, digits and hyphens.
    #[schemars(example = &"web")]
    pub host_name: String,
    /// Domain that completes the host name.
    #[serde(default)]
    pub domain: Option<String>,
    /// Time zone of the tz database, such as `Europe/Berlin`.
    #[serde(default = "default_time_zone")]
    pub time_zone: String,
    /// Locale of messages, dates and sorting.
    #[serde(default = "default_locale")]
    pub locale: String,
    /// The NixOS release that this host started with. It fixes formats of
    /// state on disk; do not change it later.
    #[schemars(example = &"26.05")]
    pub state_version: String,
    /// How far the kernel and the system are hardened.
    #[serde(default)]
    pub hardening: HardeningLevel,
    /// Single hardening items switched on or off against the level, by name.
    #[serde(default)]
    #[schemars(schema_with = "hardening_items")]
    pub hardening_items: BTreeMap<String, bool>,
    /// Programs at hand for an administrator, by their nixpkgs names.
    #[serde(default)]
    pub packages: Vec<String>,
}

/// One key for each item of the table that the modules read, too.
fn hardening_items(_: &mut SchemaGenerator) -> Schema {
    let items = hardening::items().iter().map(|(name, item)| {
        let level = json!(item.level);
        let about = format!(
            "From level {level} on. Threat: {}. Breaks: {}. Costs: {}.",
            item.threat, item.breaks, item.cost
        );
        let schema = json!({ "type": "boolean", "description": about });
        (name.clone(), schema)
    });
    json_schema!({
        "type": "object",
        "properties": items.collect::<serde_json::Map<_, _>>(),
        "additionalProperties": false,
    })
}

/// Swap in a file, in compressed memory (zram), or both.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Swap {
    /// Size of the swap file, such as `"4GiB"`; none by default.
    pub file: Option<String>,
    /// Path of the swap file, right below `/` or `/var/lib`; by default
    /// `/var/lib/swapfile`.
    pub file_path: Option<String>,
    /// Part of the memory that zram may hold, in percent; none by default.
    #[schemars(range(min = 0, max = 1000))]
    pub zram_percent: Option<u32>,
    /// How eagerly the kernel swaps, 0 to 200; by default 10 with a file
    /// alone, 100 with zram.
    #[schemars(range(min = 0, max = 200))]
    pub swappiness: Option<u32>,
    /// Priority of the file, -1 to 32767, below zram's; 1 by default.
    #[schemars(range(min = -1, max = 32767))]
    pub file_priority: Option<i32>,
    /// Priority of zram, -1 to 32767; 5 by default.
    #[schemars(range(min = -1, max = 32767))]
    pub zram_priority: Option<i32>,
}

/// Block storage that survives the server.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Volume {
    /// Hetzner: the volume's number. It is in the volume's path,
    /// `/dev/disk/by-id/scsi-0HC_Volume_ID`.
    #[serde(default)]
    pub id: Option<u64>,
    /// DigitalOcean: the volume's name, if it differs from this table's.
    #[serde(default)]
    pub volume_name: Option<String>,
    /// Size, such as `"100GiB"`.
    #[schemars(example = &"100GiB")]
    pub size: String,
    /// Absolute path where it is mounted.
    #[schemars(example = &"/srv/data")]
    pub mount: String,
    /// File system on it.
    #[serde(default)]
    pub file_system: VolumeFileSystem,
}

/// File system on a volume.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum VolumeFileSystem {
    /// ext4.
    #[default]
    Ext4,
    /// XFS.
    Xfs,
}

fn default_time_zone() -> String {
    "UTC".into()
}

fn default_locale() -> String {
    "en_US.UTF-8".into()
}
