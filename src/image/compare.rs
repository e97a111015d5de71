//! Two images: equal, or what differs by partition and by file.

use std::fmt;
use std::io::{self, Read};
use std::path::Path;

use serde::Serialize;

use crate::system::disk;

use super::disk_view::{DiskView, PartitionView};
use super::error::{ImageError, at, part};
use super::hashing::fingerprint;
use super::layout::{Role, SECTOR};
use super::listing::{self, Listing};
use super::manifest::{self, DiskRecord, Manifest};
use super::window::Window;

/// One difference of two images.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Label of the partition, `partition table` or `boot code`.
    pub area: String,
    /// The file, where one differs.
    pub path: Option<String>,
    /// What it is in the first image and in the second.
    pub what: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => write!(f, "{}: {path}: {}", self.area, self.what),
            None => write!(f, "{}: {}", self.area, self.what),
        }
    }
}

/// Compares two images in any of their forms; no difference means that the
/// disks are equal, byte for byte.
///
/// # Errors
///
/// [`ImageError`] if one of them cannot be read.
pub fn compare(first: &Path, second: &Path) -> Result<Vec<Difference>, ImageError> {
    let (first, second) = (DiskView::open(first)?, DiskView::open(second)?);
    let mut found = Vec::new();
    if first.bytes() != second.bytes() {
        found.push(whole(
            "disk",
            format!("{} bytes and {} bytes", first.bytes(), second.bytes()),
        ));
    }
    if first.partitions() != second.partitions() {
        found.extend(compare_tables(&first, &second));
        // Places moved, so that only files can be compared in pairs.
        for role in [Role::Esp, Role::Root] {
            found.extend(compare_files(&first, &second, role)?);
        }
        return Ok(found);
    }
    let last = first.bytes().min(second.bytes());
    for (area, begin, end) in areas(&first, last) {
        if let Some(at) = first_difference(&first, &second, (begin, end))? {
            found.extend(explain(&first, &second, &area, at)?);
        }
    }
    Ok(found)
}

/// Compares an image with the manifest in its folder: the file's own hash, or
/// where it is not listed, the disk's and the partitions'.
///
/// # Errors
///
/// [`ImageError`] if either cannot be read.
pub fn verify_manifest(image: &Path) -> Result<Vec<Difference>, ImageError> {
    let path = image.with_file_name(manifest::FILE_NAME);
    let text = disk::read(&path).map_err(at(&path))?;
    let manifest: Manifest =
        serde_json::from_slice(&text).map_err(|error| ImageError::NotAnImage {
            path,
            reason: format!("is no manifest: {error}"),
        })?;
    let found = fingerprint(disk::open(image).map_err(at(image))?).map_err(at(image))?;
    let name = image.file_name().unwrap_or_default().to_string_lossy();
    let listed = manifest.files.iter().find(|file| file.name == name);
    if listed.is_some_and(|listed| listed.fingerprint == found) {
        return Ok(Vec::new());
    }
    let mut differences = against_partitions(&DiskView::open(image)?, &manifest.disk)?;
    if let (Some(listed), true) = (listed, differences.is_empty()) {
        let listed = &listed.fingerprint.sha256;
        differences.push(whole(
            &name,
            format!(
                "has SHA-256 {}, and the manifest lists {listed}; the disk inside is the same",
                found.sha256
            ),
        ));
    }
    Ok(differences)
}

fn against_partitions(
    image: &DiskView,
    record: &DiskRecord,
) -> Result<Vec<Difference>, ImageError> {
    let hash =
        |offset, bytes| fingerprint(image.bytes_window(offset, bytes)?).map_err(part("disk"));
    let whole_disk = hash(0, image.bytes())?;
    if whole_disk == record.fingerprint {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for partition in &record.partitions {
        let listed = &partition.fingerprint;
        if hash(partition.first_sector * SECTOR, listed.bytes)? != *listed {
            found.push(whole(
                &partition.label,
                format!("is not what the manifest lists, {}", listed.sha256),
            ));
        }
    }
    if found.is_empty() {
        found.push(whole(
            "partition table",
            "boot code or table differ from the manifest's disk".to_owned(),
        ));
    }
    Ok(found)
}

/// Every partition and the gaps between them: areas that cover the disk.
fn areas(disk: &DiskView, end: u64) -> Vec<(String, u64, u64)> {
    let mut areas = vec![("boot code".to_owned(), 0, 440)];
    let mut at = 440;
    for partition in disk.partitions() {
        let (begin, bytes) = (partition.first_sector * SECTOR, partition.sectors * SECTOR);
        areas.push(("partition table".to_owned(), at, begin));
        at = begin + bytes;
        areas.push((partition.label, begin, at));
    }
    areas.push(("partition table".to_owned(), at, end));
    areas
}

/// The files that differ, or the byte if no file does.
fn explain(
    first: &DiskView,
    second: &DiskView,
    area: &str,
    at: u64,
) -> Result<Vec<Difference>, ImageError> {
    let role = [Role::Esp, Role::Root]
        .into_iter()
        .find(|role| role.label() == area);
    let mut found = match role {
        Some(role) => compare_files(first, second, role)?,
        None => Vec::new(),
    };
    if found.is_empty() {
        found.push(whole(
            area,
            format!("byte {at:#x} of the disk and perhaps others; no file differs"),
        ));
    }
    Ok(found)
}

/// Partitions that are not the same in both tables.
fn compare_tables(first: &DiskView, second: &DiskView) -> Vec<Difference> {
    let (one, two) = (first.partitions(), second.partitions());
    let mut numbers = one
        .iter()
        .chain(&two)
        .map(|it| it.number)
        .collect::<Vec<_>>();
    numbers.sort_unstable();
    numbers.dedup();
    let place = |partition: Option<&PartitionView>| {
        partition.map_or_else(|| "nothing".to_owned(), PartitionView::to_string)
    };
    let find = |list: &[PartitionView], number| list.iter().find(|it| it.number == number).cloned();
    numbers
        .into_iter()
        .map(|number| (number, find(&one, number), find(&two, number)))
        .filter(|(_, left, right)| left != right)
        .map(|(number, left, right)| {
            let what = format!(
                "{number} is {} and {}",
                place(left.as_ref()),
                place(right.as_ref())
            );
            whole("partition table", what)
        })
        .collect()
}

/// Files of a partition that differ; none if a disk has no such partition.
fn compare_files(
    first: &DiskView,
    second: &DiskView,
    role: Role,
) -> Result<Vec<Difference>, ImageError> {
    let has = |disk: &DiskView| disk.partitions().iter().any(|it| it.label == role.label());
    if !has(first) || !has(second) {
        return Ok(Vec::new());
    }
    let list = |disk: &DiskView| match role {
        Role::Esp => listing::fat(disk.window(role)?),
        _ => listing::ext4(&disk.root()?),
    };
    Ok(compare_listings(
        role.label(),
        &list(first)?,
        &list(second)?,
    ))
}

fn compare_listings(area: &str, one: &Listing, two: &Listing) -> Vec<Difference> {
    let difference = |path: &str, what: String| Difference {
        area: area.to_owned(),
        path: Some(path.to_owned()),
        what,
    };
    let mut found = Vec::new();
    for (path, left) in one {
        match two.get(path) {
            None => found.push(difference(path, "only in the first".to_owned())),
            Some(right) if left.content != right.content => {
                found.push(difference(
                    path,
                    format!("{} and {}", left.content, right.content),
                ));
            }
            Some(right) if left.attributes != right.attributes => {
                found.push(difference(
                    path,
                    format!("{} and {}", left.attributes, right.attributes),
                ));
            }
            Some(_) => (),
        }
    }
    let missing = two.keys().filter(|path| !one.contains_key(*path));
    found.extend(missing.map(|path| difference(path, "only in the second".to_owned())));
    found
}

fn whole(area: &str, what: String) -> Difference {
    Difference {
        area: area.to_owned(),
        path: None,
        what,
    }
}

/// The first byte of the disk in `begin..end` that differs.
fn first_difference(
    first: &DiskView,
    second: &DiskView,
    (begin, end): (u64, u64),
) -> Result<Option<u64>, ImageError> {
    let window = |disk: &DiskView| disk.bytes_window(begin, end - begin).map(buffered);
    let (mut one, mut two) = (window(first)?, window(second)?);
    let (mut left, mut right) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    let mut at = begin;
    while at < end {
        let wanted = usize::try_from(end - at).map_or(left.len(), |rest| rest.min(left.len()));
        let (left, right) = (&mut left[..wanted], &mut right[..wanted]);
        one.read_exact(left)
            .and_then(|()| two.read_exact(right))
            .map_err(part("disk"))?;
        if let Some(index) = (left != right)
            .then(|| left.iter().zip(right.iter()).position(|(a, b)| a != b))
            .flatten()
        {
            return Ok(Some(at + index as u64));
        }
        at += wanted as u64;
    }
    Ok(None)
}

fn buffered<F>(window: Window<F>) -> io::BufReader<Window<F>>
where
    Window<F>: Read,
{
    io::BufReader::with_capacity(1 << 20, window)
}
