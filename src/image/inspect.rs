//! What an image says about itself.

use std::path::Path;

use fatfs::{FileSystem, FsOptions};
use serde::Serialize;
use uuid::Uuid;

use super::boot_code::BootCode;
use super::disk_view::{DiskView, PartitionView};
use super::error::{ImageError, part};
use super::ext4;
use super::identifiers::format_fat_serial;
use super::layout::{Role, SECTOR};
use super::listing::{self, Content};

/// Everything that is read from an image.
#[derive(Clone, Debug, Serialize)]
pub struct Inspection {
    /// Size of the disk in bytes.
    pub bytes: u64,
    /// GUID of the disk.
    pub guid: Uuid,
    /// The partitions.
    pub partitions: Vec<PartitionView>,
    /// GRUB's boot code for a BIOS.
    pub boot_code: Option<BootCode>,
    /// The EFI system partition.
    pub esp: Option<EspView>,
    /// The root file system.
    pub root: RootView,
}

/// The EFI system partition's file system.
#[derive(Clone, Debug, Serialize)]
pub struct EspView {
    /// Its serial, as Linux spells it.
    pub serial: String,
    /// Its label.
    pub label: String,
    /// Its files.
    pub files: Vec<EspFile>,
}

/// A file of the EFI system partition.
#[derive(Clone, Debug, Serialize)]
pub struct EspFile {
    /// Its path.
    pub path: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its SHA-256 in hexadecimal.
    pub sha256: String,
}

/// The root file system.
#[derive(Clone, Debug, Serialize)]
pub struct RootView {
    /// Its label.
    pub label: String,
    /// Its UUID.
    pub uuid: Uuid,
    /// Size, use and features.
    pub usage: ext4::Usage,
    /// The system that its profile points to.
    pub toplevel: Option<String>,
    /// How many paths the store has.
    pub store_paths: usize,
}

/// Reads an image in any of its forms.
///
/// # Errors
///
/// [`ImageError::NotAnImage`] or [`ImageError::File`].
pub fn inspect(path: &Path) -> Result<Inspection, ImageError> {
    let disk = DiskView::open(path)?;
    let partitions = disk.partitions();
    let has_esp = partitions
        .iter()
        .any(|partition| partition.label == Role::Esp.label());
    Ok(Inspection {
        bytes: disk.bytes(),
        guid: disk.guid(),
        boot_code: disk.boot_code(),
        esp: if has_esp {
            Some(inspect_esp(&disk)?)
        } else {
            None
        },
        root: inspect_root(&disk)?,
        partitions,
    })
}

fn inspect_esp(disk: &DiskView) -> Result<EspView, ImageError> {
    let volume = FileSystem::new(disk.window(Role::Esp)?, FsOptions::new())
        .map_err(part("EFI system partition"))?;
    let (serial, label) = (format_fat_serial(volume.volume_id()), volume.volume_label());
    drop(volume);
    let files = listing::fat(disk.window(Role::Esp)?)?
        .into_iter()
        .filter_map(|(path, listed)| match listed.content {
            Content::File(file) => Some(EspFile {
                path,
                bytes: file.bytes,
                sha256: file.sha256,
            }),
            Content::Directory | Content::Symlink(_) => None,
        })
        .collect();
    Ok(EspView {
        serial,
        label,
        files,
    })
}

fn inspect_root(disk: &DiskView) -> Result<RootView, ImageError> {
    let root = disk.root()?;
    let link = |path: &str| {
        root.read_link(path)
            .ok()
            .map(|target| target.display().to_string())
    };
    let profiles = "/nix/var/nix/profiles";
    let toplevel =
        link(&format!("{profiles}/system")).and_then(|name| link(&format!("{profiles}/{name}")));
    let store = root.read_dir("/nix/store").map_or(0, |entries| {
        entries
            .flatten()
            .filter(|entry| !entry.file_name().as_ref().starts_with(b"."))
            .count()
    });
    Ok(RootView {
        label: root.label().display().to_string(),
        uuid: Uuid::from_bytes(*root.uuid().as_bytes()),
        usage: ext4::Usage::read(disk.window(Role::Root)?).map_err(part("root"))?,
        toplevel,
        store_paths: store,
    })
}

impl Inspection {
    /// The inspection as lines for people.
    #[must_use]
    pub fn table(&self) -> String {
        let mut lines = vec![format!(
            "disk       {}  {} MiB",
            self.guid,
            self.bytes >> 20
        )];
        for p in &self.partitions {
            lines.push(format!(
                "partition  {} {:<5} {}  {} MiB from sector {}",
                p.number,
                p.label,
                p.guid,
                (p.sectors * SECTOR) >> 20,
                p.first_sector
            ));
        }
        lines.push(match &self.boot_code {
            Some(code) => format!(
                "BIOS       GRUB, core image at sector {}, {} sectors more from {}",
                code.core_sector, code.rest_sectors, code.rest_sector
            ),
            None => "BIOS       none".to_owned(),
        });
        match &self.esp {
            Some(esp) => {
                lines.push(format!("UEFI       {} {}", esp.label, esp.serial));
                lines.extend(
                    esp.files
                        .iter()
                        .map(|file| format!("           {} {} bytes", file.path, file.bytes)),
                );
            }
            None => lines.push("UEFI       none".to_owned()),
        }
        let usage = &self.root.usage;
        lines.push(format!("root       {} {}", self.root.label, self.root.uuid));
        lines.push(format!(
            "           {} of {} MiB free, {} of {} inodes free",
            usage.free_mib(),
            usage.mib(),
            usage.free_inodes,
            usage.inodes
        ));
        lines.push(format!(
            "toplevel   {}",
            self.root.toplevel.as_deref().unwrap_or("none")
        ));
        lines.push(format!("store      {} paths", self.root.store_paths));
        lines.join("\n") + "\n"
    }
}
