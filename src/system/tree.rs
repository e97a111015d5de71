//! Walking a tree of files in an order that no file system decides.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// One thing of a tree.
#[derive(Debug)]
pub struct Entry {
    /// Its path below the root of the walk; empty for the root itself.
    pub relative: PathBuf,
    /// Permission bits, with set-user-id and the like.
    pub mode: u32,
    /// What it is.
    pub kind: Kind,
}

/// What a thing of a tree is.
#[derive(Debug)]
pub enum Kind {
    /// A folder with these names, sorted by their bytes.
    Directory(Vec<OsString>),
    /// A file of so many bytes.
    File(u64),
    /// A symbolic link to this target.
    Symlink(PathBuf),
}

/// A path that could not be walked.
#[derive(Debug)]
pub struct WalkError {
    /// The path.
    pub path: PathBuf,
    /// The reason.
    pub source: io::Error,
}

/// Visits `root` and all below it, every folder before its contents, names in
/// the order of their bytes. Links are not followed; hard links look like files.
///
/// # Errors
///
/// The visitor's, or its conversion of what cannot be read or is neither file,
/// folder nor link.
pub fn walk<E: From<WalkError>>(
    root: &Path,
    visit: &mut dyn FnMut(Entry) -> Result<(), E>,
) -> Result<(), E> {
    descend(root, PathBuf::new(), visit)
}

/// Opens a file for reading.
///
/// # Errors
///
/// The operating system's.
pub fn open(path: &Path) -> io::Result<impl Read + use<>> {
    fs::File::open(path)
}

fn descend<E: From<WalkError>>(
    root: &Path,
    relative: PathBuf,
    visit: &mut dyn FnMut(Entry) -> Result<(), E>,
) -> Result<(), E> {
    let path = if relative.as_os_str().is_empty() {
        root.to_owned()
    } else {
        root.join(&relative)
    };
    let (mode, kind) = look(&path).map_err(|source| WalkError { path, source })?;
    let names = match &kind {
        Kind::Directory(names) => names.clone(),
        Kind::File(_) | Kind::Symlink(_) => Vec::new(),
    };
    let below: Vec<PathBuf> = names.into_iter().map(|name| relative.join(name)).collect();
    visit(Entry {
        relative,
        mode,
        kind,
    })?;
    below
        .into_iter()
        .try_for_each(|relative| descend(root, relative, visit))
}

fn look(path: &Path) -> io::Result<(u32, Kind)> {
    let metadata = fs::symlink_metadata(path)?;
    let kind = metadata.file_type();
    let kind = if kind.is_dir() {
        let mut names: Vec<OsString> = fs::read_dir(path)?
            .map(|entry| entry.map(|entry| entry.file_name()))
            .collect::<io::Result<_>>()?;
        names.sort_unstable();
        Kind::Directory(names)
    } else if kind.is_symlink() {
        Kind::Symlink(fs::read_link(path)?)
    } else if kind.is_file() {
        Kind::File(metadata.size())
    } else {
        return Err(io::Error::other(
            "an image holds files, folders and links; this is none of them",
        ));
    };
    Ok((metadata.permissions().mode() & 0o7777, kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_come_before_their_contents_in_byte_order() {
        let root = tempfile::tempdir().unwrap();
        for folder in ["a-b", "a", "a/z"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        fs::File::create(root.path().join("a/B")).unwrap();
        std::os::unix::fs::symlink("nowhere", root.path().join("a/link")).unwrap();
        let mut seen = Vec::new();
        walk::<WalkError>(root.path(), &mut |entry| {
            seen.push(entry.relative.display().to_string());
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, ["", "a", "a/B", "a/link", "a/z", "a-b"]);
    }

    #[test]
    fn a_socket_is_refused_by_name() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("socket");
        let _socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
        let error = walk::<WalkError>(root.path(), &mut |_| Ok(())).unwrap_err();
        assert_eq!(error.path, path);
    }
}
