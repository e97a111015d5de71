//! Every file of a file system with all that must be equal in two builds.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{Read, Seek, Write};

use ext4_view::{Ext4, FileType};
use fatfs::{Dir, FileSystem, FsOptions, ReadWriteSeek};
use serde::Serialize;

use super::error::ImageError;
use super::hashing::{Fingerprint, fingerprint};

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Permissions, owner and times, as text.
    pub attributes: String,
    /// What it is and holds.
    pub content: Content,
}

/// What a listed path holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// A folder.
    Directory,
    /// A file.
    File(Fingerprint),
    /// A link to this target.
    Symlink(String),
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory => f.write_str("folder"),
            Self::File(file) => write!(f, "{} bytes {}", file.bytes, &file.sha256[..16]),
            Self::Symlink(target) => write!(f, "link to {target}"),
        }
    }
}

/// Paths and what they hold. Names that are no UTF-8 are shown as ext4-view
/// and fatfs show them.
pub type Listing = BTreeMap<String, Listed>;

/// Lists an ext4 file system.
///
/// # Errors
///
/// [`ImageError::NotAnImage`] if it is damaged.
pub fn ext4(volume: &Ext4) -> Result<Listing, ImageError> {
    let damaged = |path: &str, error: &dyn fmt::Display| ImageError::NotAnImage {
        path: path.into(),
        reason: error.to_string(),
    };
    let mut listing = Listing::new();
    let mut folders = vec!["/".to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in volume
            .read_dir(&*folder)
            .map_err(|error| damaged(&folder, &error))?
        {
            let entry = entry.map_err(|error| damaged(&folder, &error))?;
            let name = entry.file_name().display().to_string();
            if name == "." || name == ".." {
                continue;
            }
            let path = format!("{}/{name}", folder.trim_end_matches('/'));
            let listed = ext4_entry(volume, &path).map_err(|error| damaged(&path, &error))?;
            if listed.content == Content::Directory {
                folders.push(path.clone());
            }
            listing.insert(path, listed);
        }
    }
    Ok(listing)
}

fn ext4_entry(volume: &Ext4, path: &str) -> Result<Listed, Box<dyn std::error::Error>> {
    let metadata = volume.symlink_metadata(path)?;
    let content = match metadata.file_type() {
        FileType::Directory => Content::Directory,
        FileType::Symlink => Content::Symlink(volume.read_link(path)?.display().to_string()),
        _ => Content::File(fingerprint(volume.open(path)?)?),
    };
    let attributes = format!(
        "{:04o} {}:{} modified {:?} created {:?}",
        metadata.mode(),
        metadata.uid(),
        metadata.gid(),
        metadata.modified(),
        metadata.created(),
    );
    Ok(Listed {
        attributes,
        content,
    })
}

/// Lists a FAT file system.
///
/// # Errors
///
/// [`ImageError::Part`] if it is damaged.
pub fn fat<F: Read + Write + Seek>(device: F) -> Result<Listing, ImageError> {
    let damaged = super::error::part("EFI system partition");
    let read = || {
        let volume = FileSystem::new(device, FsOptions::new())?;
        let mut listing = Listing::new();
        list_fat(&volume.root_dir(), "", &mut listing)?;
        Ok(listing)
    };
    read().map_err(damaged)
}

fn list_fat<F: ReadWriteSeek>(
    folder: &Dir<'_, F>,
    parent: &str,
    listing: &mut Listing,
) -> std::io::Result<()> {
    for entry in folder.iter() {
        let entry = entry?;
        let name = entry.file_name();
        if name == "." || name == ".." {
            continue;
        }
        let path = format!("{parent}/{name}");
        let content = if entry.is_dir() {
            list_fat(&entry.to_dir(), &path, listing)?;
            Content::Directory
        } else {
            Content::File(fingerprint(entry.to_file())?)
        };
        let attributes = format!(
            "{:?} created {:?} modified {:?}",
            entry.attributes(),
            entry.created(),
            entry.modified()
        );
        listing.insert(
            path,
            Listed {
                attributes,
                content,
            },
        );
    }
    Ok(())
}
