//! What an image contains, as a file beside it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::hashing::Fingerprint;
use super::identifiers::{Identifiers, LAYOUT_VERSION};
use super::layout::{Architecture, Firmware, Layout};
use super::registration::StorePath;
use super::spec::ImageSpec;

/// How many store paths the list of the largest has.
const LARGEST: usize = 20;
/// Name of the file.
pub const FILE_NAME: &str = "manifest.json";

/// The manifest. The same image has the same manifest, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`LAYOUT_VERSION`] of the program that made the image.
    pub layout_version: u32,
    /// Name of the host.
    pub name: String,
    /// The processor.
    pub architecture: Architecture,
    /// The firmware that boots it.
    pub firmware: Firmware,
    /// The system that it boots.
    pub toplevel: String,
    /// Hash of the description that the system was made from.
    pub description_hash: Option<String>,
    /// Revision of nixpkgs that the system was made with.
    pub nixpkgs_revision: Option<String>,
    /// Versions of the programs whose output is in the image.
    pub tools: ToolVersions,
    /// The whole disk, uncompressed.
    pub disk: DiskRecord,
    /// The files for the providers.
    pub files: Vec<FileRecord>,
    /// The largest store paths, largest first.
    pub largest: Vec<SizeRecord>,
    /// Every store path, sorted.
    pub store_paths: Vec<PathRecord>,
}

/// Versions of external programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolVersions {
    /// e2fsprogs.
    pub mke2fs: String,
    /// GRUB.
    pub grub: String,
}

/// The disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiskRecord {
    /// GUID in the partition table.
    pub guid: Uuid,
    /// Size and hash of the raw image.
    #[serde(flatten)]
    pub fingerprint: Fingerprint,
    /// UUID of the root file system.
    pub root_file_system: Uuid,
    /// Serial of the EFI system partition's file system, as Linux spells it.
    pub esp_file_system: String,
    /// The partitions in order.
    pub partitions: Vec<PartitionRecord>,
}

/// A partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionRecord {
    /// Its number.
    pub number: u32,
    /// Its name in the table.
    pub label: String,
    /// Its GUID.
    pub guid: Uuid,
    /// Its first sector of 512 bytes.
    pub first_sector: u64,
    /// Its size and hash.
    #[serde(flatten)]
    pub fingerprint: Fingerprint,
}

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// Its name beside the manifest.
    pub name: String,
    /// Its size and hash.
    #[serde(flatten)]
    pub fingerprint: Fingerprint,
}

/// A store path and its size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SizeRecord {
    /// The store path.
    pub path: String,
    /// Size of its NAR in bytes.
    pub nar_size: u64,
}

/// A store path and its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathRecord {
    /// The store path.
    pub path: String,
    /// Hash of its NAR as in `nix path-info --json`: `sha256-` and base 64.
    pub nar_hash: String,
    /// Size of its NAR in bytes.
    pub nar_size: u64,
}

/// What was measured of the raw image.
#[derive(Clone, Debug)]
pub struct Measured {
    /// The whole disk.
    pub disk: Fingerprint,
    /// The partitions, in the layout's order.
    pub partitions: Vec<Fingerprint>,
    /// The files written.
    pub files: Vec<FileRecord>,
    /// Versions of the programs.
    pub tools: ToolVersions,
}

impl Manifest {
    /// Puts together what is known.
    #[must_use]
    pub fn new(
        spec: &ImageSpec,
        closure: &[StorePath],
        layout: &Layout,
        measured: Measured,
    ) -> Self {
        let ids = Identifiers::derive(&spec.name);
        Self {
            layout_version: LAYOUT_VERSION,
            name: spec.name.clone(),
            architecture: spec.architecture,
            firmware: spec.firmware,
            toplevel: spec.toplevel.clone(),
            description_hash: spec.description_hash.clone(),
            nixpkgs_revision: spec.nixpkgs_revision.clone(),
            tools: measured.tools,
            disk: DiskRecord {
                guid: ids.disk,
                fingerprint: measured.disk,
                root_file_system: ids.root_file_system,
                esp_file_system: ids.fat_uuid(),
                partitions: partitions(layout, &ids, measured.partitions),
            },
            files: measured.files,
            largest: largest(closure),
            store_paths: closure.iter().map(path_record).collect(),
        }
    }
}

fn partitions(
    layout: &Layout,
    ids: &Identifiers,
    measured: Vec<Fingerprint>,
) -> Vec<PartitionRecord> {
    layout
        .partitions
        .iter()
        .zip(measured)
        .map(|(partition, fingerprint)| PartitionRecord {
            number: partition.number,
            label: partition.role.label().to_owned(),
            guid: partition.role.guid(ids),
            first_sector: partition.first,
            fingerprint,
        })
        .collect()
}

fn largest(closure: &[StorePath]) -> Vec<SizeRecord> {
    let mut sizes: Vec<SizeRecord> = closure
        .iter()
        .map(|path| SizeRecord {
            path: path.path.clone(),
            nar_size: path.nar_size,
        })
        .collect();
    // A stable sort keeps equals in the order of their paths.
    sizes.sort_by_key(|record| std::cmp::Reverse(record.nar_size));
    sizes.truncate(LARGEST);
    sizes
}

fn path_record(path: &StorePath) -> PathRecord {
    PathRecord {
        path: path.path.clone(),
        nar_hash: path.nar_hash.to_sri_string(),
        nar_size: path.nar_size,
    }
}
