//! Reading without surprises and writing without losses.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// What a file refused.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be opened or read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is a directory, a pipe, a device.
    #[error("{} is {kind}, not a regular file", path.display())]
    Kind {
        /// The file.
        path: PathBuf,
        /// What it is.
        kind: &'static str,
    },
    /// It cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The bytes of a regular file: at most `limit` and one more, so that the
/// caller sees that it is too large without reading all of it.
///
/// # Errors
/// If it is absent, unreadable, or no regular file (a pipe would block).
pub fn read_bounded(path: &Path, limit: usize) -> Result<Vec<u8>, FileError> {
    let failed = |source| FileError::Read {
        path: path.to_owned(),
        source,
    };
    let kind = fs::metadata(path).map_err(failed)?.file_type();
    if !kind.is_file() {
        return Err(FileError::Kind {
            path: path.to_owned(),
            kind: if kind.is_dir() {
                "a directory"
            } else {
                "a pipe or a device"
            },
        });
    }
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(limit as u64 + 1).read_to_end(&mut bytes))
        .map_err(failed)?;
    Ok(bytes)
}

/// The bytes of a file, or nothing if there is none.
///
/// # Errors
/// If it is there and cannot be read.
pub fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, FileError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(FileError::Read {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Whether something is at `path`, a dangling link included.
#[must_use]
pub fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Makes a directory and those above it.
///
/// # Errors
/// If one of them cannot be made.
pub fn create_directory(path: &Path) -> Result<(), FileError> {
    fs::create_dir_all(path).map_err(|source| FileError::Write {
        path: path.to_owned(),
        source,
    })
}

/// Replaces the contents of `path` in one step: whoever reads it meanwhile,
/// and whoever is interrupted, has the old contents or the new ones. Not
/// synced to the disk: what is written so can be made again.
///
/// # Errors
/// If the directory cannot be written; the old file is then as it was.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let failed = |source| FileError::Write {
        path: path.to_owned(),
        source,
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let permissions = fs::metadata(path).map(|old| old.permissions()).ok();
    let mut file = tempfile::Builder::new()
        .prefix(".hostwright-")
        .permissions(permissions.unwrap_or_else(readable))
        .tempfile_in(folder)
        .map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// What a new file of a repository has; the umask still applies.
fn readable() -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    fs::Permissions::from_mode(0o644)
}
