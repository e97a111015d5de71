//! An image that exists, read from its bytes alone.

use std::fmt;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use ext4_view::{Ext4, Ext4Read};
use gpt::{GptConfig, GptDisk};
use uuid::Uuid;

use crate::system::{TemporaryFolder, disk};

use super::boot_code::{BootCode, read_boot_code};
use super::error::ImageError;
use super::layout::{Role, SECTOR};
use super::pack;
use super::window::Window;

/// An unpacked image and its partition table.
pub struct DiskView {
    /// Keeps the unpacked copy alive.
    folder: TemporaryFolder,
    table: GptDisk<File>,
    bytes: u64,
}

/// A partition as the table has it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PartitionView {
    /// Its number.
    pub number: u32,
    /// Its name.
    pub label: String,
    /// Its type's GUID.
    pub kind: String,
    /// Its own GUID.
    pub guid: Uuid,
    /// Its first sector.
    pub first_sector: u64,
    /// Its sectors.
    pub sectors: u64,
}

impl fmt::Display for PartitionView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            label,
            kind,
            guid,
            first_sector,
            sectors,
            ..
        } = self;
        write!(
            f,
            "`{label}` of {sectors} sectors from {first_sector} (GUID {guid}, type {kind})"
        )
    }
}

impl DiskView {
    /// Unpacks an image of any [`Format`](super::Format) and reads its table.
    ///
    /// # Errors
    ///
    /// [`ImageError::NotAnImage`] if there is no partition table,
    /// [`ImageError::File`] if it cannot be unpacked.
    pub fn open(path: &Path) -> Result<Self, ImageError> {
        let refuse = |reason: String| ImageError::NotAnImage {
            path: path.to_owned(),
            reason,
        };
        let folder = TemporaryFolder::scratch()
            .map_err(|error| refuse(format!("no room to unpack it: {error}")))?;
        pack::unpack(path, &folder.join(RAW))?;
        let file = disk::open(&folder.join(RAW)).map_err(|error| refuse(error.to_string()))?;
        let bytes = file
            .metadata()
            .map_err(|error| refuse(error.to_string()))?
            .len();
        let table = GptConfig::new()
            .open_from_device(file)
            .map_err(|error| refuse(format!("has no partition table: {error}")))?;
        Ok(Self {
            folder,
            table,
            bytes,
        })
    }

    /// Size of the disk in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// GUID of the disk.
    #[must_use]
    pub fn guid(&self) -> Uuid {
        *self.table.guid()
    }

    /// The partitions by their number.
    #[must_use]
    pub fn partitions(&self) -> Vec<PartitionView> {
        let used = self
            .table
            .partitions()
            .iter()
            .filter(|(_, partition)| partition.is_used());
        used.map(|(number, partition)| PartitionView {
            number: *number,
            label: partition.name.clone(),
            kind: partition.part_type_guid.guid.to_string(),
            guid: partition.part_guid,
            first_sector: partition.first_lba,
            sectors: partition.last_lba + 1 - partition.first_lba,
        })
        .collect()
    }

    /// A window on the partition with the role's label.
    ///
    /// # Errors
    ///
    /// [`ImageError::PartitionTable`] if there is none.
    pub fn window(&self, role: Role) -> Result<Window<File>, ImageError> {
        let label = role.label();
        let found = self
            .partitions()
            .into_iter()
            .find(|partition| partition.label == label);
        let found = found
            .ok_or_else(|| ImageError::PartitionTable(format!("has no partition `{label}`")))?;
        self.bytes_window(found.first_sector * SECTOR, found.sectors * SECTOR)
    }

    /// A window on some bytes of the disk.
    ///
    /// # Errors
    ///
    /// [`ImageError::File`] if the unpacked copy is gone.
    pub fn bytes_window(&self, offset: u64, bytes: u64) -> Result<Window<File>, ImageError> {
        let path = self.folder.join(RAW);
        let file = disk::open(&path).map_err(super::error::at(&path))?;
        Ok(Window::new(file, offset, bytes))
    }

    /// GRUB's boot code, if the disk has it.
    #[must_use]
    pub fn boot_code(&self) -> Option<BootCode> {
        let sector = |number: u64| {
            let mut bytes = [0; 512];
            self.bytes_window(number * SECTOR, SECTOR)
                .ok()?
                .read_exact(&mut bytes)
                .ok()?;
            Some(bytes)
        };
        read_boot_code(&sector(0)?, sector)
    }

    /// The root file system.
    ///
    /// # Errors
    ///
    /// [`ImageError::NotAnImage`] if it is no ext4.
    pub fn root(&self) -> Result<Ext4, ImageError> {
        let window = self.window(Role::Root)?;
        Ext4::load(Box::new(ExtWindow(window))).map_err(|error| ImageError::NotAnImage {
            path: "root".into(),
            reason: format!("is no ext4 file system: {error}"),
        })
    }
}

const RAW: &str = "disk";

/// A window that crate `ext4-view` reads.
struct ExtWindow(Window<File>);

impl Ext4Read for ExtWindow {
    fn read(
        &mut self,
        start: u64,
        buffer: &mut [u8],
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync + 'static>> {
        self.0.seek(SeekFrom::Start(start))?;
        self.0.read_exact(buffer)?;
        Ok(())
    }
}
