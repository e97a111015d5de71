//! The tree of the root, node by node, in the order in which it is written.

use std::io;
use std::path::{Path, PathBuf};

use crate::system::tree::{self, Entry, Kind, WalkError};

use super::error::{ImageError, at};
use super::ext4::{Content, directory_entry};
use super::root_tree::{Node, Permissions, RootTree};

/// One file, folder or link of the root file system.
#[derive(Debug)]
pub struct Item<'a> {
    /// Its path without the leading `/`.
    pub path: PathBuf,
    /// Permission bits.
    pub mode: u32,
    /// Group; the owner is root.
    pub group: u32,
    /// What it is.
    pub body: Body<'a>,
}

/// What a node is.
#[derive(Debug)]
pub enum Body<'a> {
    /// A folder; the sum of [`directory_entry`] of its names.
    Directory(u64),
    /// A file with these contents.
    Text(&'a [u8]),
    /// A file with the contents of another and its size in bytes.
    File(PathBuf, u64),
    /// A symbolic link to this target.
    Symlink(PathBuf),
}

impl From<WalkError> for ImageError {
    fn from(error: WalkError) -> Self {
        at(error.path)(error.source)
    }
}

/// Visits every node, folders before their contents.
///
/// # Errors
///
/// The visitor's, or [`ImageError::File`] if a source cannot be read.
pub fn visit(
    tree: &RootTree,
    visitor: &mut dyn FnMut(Item) -> Result<(), ImageError>,
) -> Result<(), ImageError> {
    for (path, node) in tree {
        let (mode, group, body) = match node {
            Node::Directory(mode, group) => (*mode, *group, Body::Directory(names(tree, path))),
            Node::File(bytes) => (0o644, 0, Body::Text(bytes)),
            Node::Symlink(target) => (0o777, 0, Body::Symlink(target.clone())),
            Node::CopiedFile(source) => (0o644, 0, copied(source)?),
            Node::Copy(source, permissions) => {
                tree::walk(source, &mut |entry| {
                    visitor(walked(path, source, *permissions, &entry))
                })?;
                continue;
            }
        };
        visitor(Item {
            path: path.clone(),
            mode,
            group,
            body,
        })?;
    }
    Ok(())
}

/// Adds up what the tree will need, by looking at every file of it.
///
/// # Errors
///
/// [`ImageError::File`] if a source cannot be read.
pub fn measure(tree: &RootTree) -> Result<Content, ImageError> {
    let mut content = Content::default();
    visit(tree, &mut |item| {
        match item.body {
            Body::Directory(names) => content.add_directory(names),
            Body::Text(bytes) => content.add_file(bytes.len() as u64),
            Body::File(_, size) => content.add_file(size),
            Body::Symlink(target) => content.add_symlink(target.as_os_str().len() as u64),
        }
        Ok(())
    })?;
    Ok(content)
}

/// Room for the names in a folder of the image's own.
fn names(tree: &RootTree, folder: &Path) -> u64 {
    tree.keys()
        .filter(|path| path.parent() == Some(folder))
        .filter_map(|path| path.file_name())
        .map(|name| directory_entry(name.len() as u64))
        .sum()
}

fn copied(source: &Path) -> Result<Body<'static>, ImageError> {
    let mut body = None;
    tree::walk::<ImageError>(source, &mut |entry| match entry.kind {
        Kind::File(size) => {
            body = Some(Body::File(source.to_owned(), size));
            Ok(())
        }
        _ => Err(at(source)(io::Error::other("is not a file"))),
    })?;
    body.ok_or_else(|| at(source)(io::ErrorKind::NotFound.into()))
}

fn walked(target: &Path, source: &Path, permissions: Permissions, entry: &Entry) -> Item<'static> {
    let join = |base: &Path| {
        if entry.relative.as_os_str().is_empty() {
            base.to_owned()
        } else {
            base.join(&entry.relative)
        }
    };
    let body = match &entry.kind {
        Kind::Directory(names) => {
            let sizes = names.iter().map(|name| directory_entry(name.len() as u64));
            Body::Directory(sizes.sum())
        }
        Kind::Symlink(target) => Body::Symlink(target.clone()),
        Kind::File(size) => Body::File(join(source), *size),
    };
    let mode = match body {
        Body::Symlink(_) => 0o777,
        _ => permitted(permissions, entry),
    };
    Item {
        path: join(target),
        mode,
        group: 0,
        body,
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
