//! The root file system as one tar stream: our owners, modes and times, in our
//! order. GNU format, whose names are bytes: mke2fs reads it in the C locale,
//! where pax's UTF-8 names would be refused.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use tar::{Builder, EntryType, Header};

use crate::system::tree::{self, Entry, Kind, WalkError};

use super::error::{ImageError, at};
use super::ext4::{Content, directory_entry};
use super::root_tree::{Node, Permissions, RootTree};

/// Modification time of everything, in seconds: Nix's own.
const MTIME: u64 = 1;

impl From<WalkError> for ImageError {
    fn from(error: WalkError) -> Self {
        at(error.path)(error.source)
    }
}

/// Writes the tree to `output`.
///
/// # Errors
///
/// [`ImageError::File`] if a source cannot be read or changes meanwhile, or
/// `output` does not take it.
pub fn write(tree: &RootTree, output: &mut dyn Write) -> Result<(), ImageError> {
    let mut archive = Builder::new(output);
    for (path, node) in tree {
        match node {
            Node::Directory(mode, group) => append_directory(&mut archive, path, (*mode, *group)),
            Node::File(bytes) => append_file(
                &mut archive,
                path,
                (0o644, bytes.len() as u64),
                bytes.as_slice(),
            ),
            Node::Symlink(target) => append_symlink(&mut archive, path, target),
            Node::CopiedFile(source) => append_copied(&mut archive, path, source),
            Node::Copy(source, permissions) => tree::walk(source, &mut |entry| {
                append_entry(&mut archive, path, (source, *permissions), entry)
            }),
        }?;
    }
    archive.into_inner().map(|_| ()).map_err(at("tar stream"))
}

/// Adds up what the tree will need, by looking at every file of it.
///
/// # Errors
///
/// [`ImageError::File`] if a source cannot be read.
pub fn measure(tree: &RootTree) -> Result<Content, ImageError> {
    let mut content = Content::default();
    for (path, node) in tree {
        match node {
            Node::Directory(..) => {
                let names = tree
                    .keys()
                    .filter(|other| other.parent() == Some(path))
                    .map(|other| name_bytes(other));
                content.add_directory(names.sum());
            }
            Node::File(bytes) => content.add_file(bytes.len() as u64),
            Node::Symlink(target) => content.add_symlink(target.as_os_str().len() as u64),
            Node::CopiedFile(source) | Node::Copy(source, _) => measure_copy(source, &mut content)?,
        }
    }
    Ok(content)
}

fn measure_copy(source: &Path, content: &mut Content) -> Result<(), ImageError> {
    tree::walk(source, &mut |entry| {
        match entry.kind {
            Kind::Directory(names) => {
                content.add_directory(
                    names
                        .iter()
                        .map(|name| directory_entry(name.len() as u64))
                        .sum(),
                );
            }
            Kind::File(bytes) => content.add_file(bytes),
            Kind::Symlink(target) => content.add_symlink(target.as_os_str().len() as u64),
        }
        Ok(())
    })
}

fn name_bytes(path: &Path) -> u64 {
    directory_entry(path.file_name().map_or(0, |name| name.len() as u64))
}

fn append_entry<W: Write>(
    archive: &mut Builder<W>,
    target: &Path,
    (source, permissions): (&Path, Permissions),
    entry: Entry,
) -> Result<(), ImageError> {
    let join = |base: &Path| {
        if entry.relative.as_os_str().is_empty() {
            base.to_owned()
        } else {
            base.join(&entry.relative)
        }
    };
    let (path, mode) = (join(target), permitted(permissions, &entry));
    match entry.kind {
        Kind::Directory(_) => append_directory(archive, &path, (mode, 0)),
        Kind::Symlink(link) => append_symlink(archive, &path, &link),
        Kind::File(size) => {
            let source: PathBuf = join(source);
            let file = tree::open(&source).map_err(at(&source))?;
            append_file(archive, &path, (mode, size), file)
        }
    }
}

/// Nix's canonical permissions, or those of the source.
fn permitted(permissions: Permissions, entry: &Entry) -> u32 {
    let executable = matches!(entry.kind, Kind::Directory(_)) || entry.mode & 0o100 != 0;
    match permissions {
        Permissions::Source => entry.mode,
        Permissions::Writable => entry.mode | 0o200,
        Permissions::Store if executable => 0o555,
        Permissions::Store => 0o444,
    }
}

fn append_copied<W: Write>(
    archive: &mut Builder<W>,
    path: &Path,
    source: &Path,
) -> Result<(), ImageError> {
    tree::walk(source, &mut |entry| match entry.kind {
        Kind::File(size) => {
            let file = tree::open(source).map_err(at(source))?;
            append_file(archive, path, (0o644, size), file)
        }
        _ => Err(at(source)(io::Error::other("is not a file"))),
    })
}

fn append_directory<W: Write>(
    archive: &mut Builder<W>,
    path: &Path,
    (mode, group): (u32, u32),
) -> Result<(), ImageError> {
    let mut header = header(EntryType::Directory, mode, 0);
    header.set_gid(u64::from(group));
    archive
        .append_data(&mut header, path, io::empty())
        .map_err(at(path))
}

fn append_symlink<W: Write>(
    archive: &mut Builder<W>,
    path: &Path,
    target: &Path,
) -> Result<(), ImageError> {
    archive
        .append_link(&mut header(EntryType::Symlink, 0o777, 0), path, target)
        .map_err(at(path))
}

fn append_file<W: Write>(
    archive: &mut Builder<W>,
    path: &Path,
    (mode, size): (u32, u64),
    contents: impl Read,
) -> Result<(), ImageError> {
    let contents = Exactly {
        inner: contents,
        left: size,
    };
    archive
        .append_data(&mut header(EntryType::Regular, mode, size), path, contents)
        .map_err(at(path))
}

fn header(kind: EntryType, mode: u32, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(MTIME);
    header.set_size(size);
    header
}

/// Reads exactly the announced size: a file that shrinks while it is read
/// would shift all that follows it in the stream.
struct Exactly<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Exactly<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = usize::try_from(self.left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let read = self.inner.read(&mut buffer[..wanted])?;
        if read == 0 && wanted > 0 {
            return Err(io::Error::other("became shorter while it was read"));
        }
        self.left -= read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn archive(tree: &RootTree) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(tree, &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn owners_modes_and_times_are_ours() {
        let tree = BTreeMap::from([
            ("nix".into(), Node::Directory(0o1775, 30000)),
            ("nix/link".into(), Node::Symlink("t".repeat(300).into())),
            ("nix/long".repeat(40).into(), Node::File(b"text".to_vec())),
        ]);
        let bytes = archive(&tree);
        let mut reader = tar::Archive::new(bytes.as_slice());
        let entries: Vec<_> = reader
            .entries()
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let header = entry.header();
                let owner = (header.uid().unwrap(), header.gid().unwrap());
                (
                    entry.path().unwrap().into_owned(),
                    header.mode().unwrap(),
                    owner,
                    header.mtime().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            entries,
            [
                ("nix".into(), 0o1775, (0, 30000), 1),
                ("nix/link".into(), 0o777, (0, 0), 1),
                ("nix/long".repeat(40).into(), 0o644, (0, 0), 1),
            ]
        );
    }

    #[test]
    fn a_file_that_shrinks_is_an_error() {
        let mut text = String::new();
        let error = Exactly {
            inner: &b"abc"[..],
            left: 4,
        }
        .read_to_string(&mut text)
        .unwrap_err();
        assert_eq!(error.to_string(), "became shorter while it was read");
    }
}
