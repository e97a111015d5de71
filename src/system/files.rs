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
    /// There is no folder to write it in.
    #[error("cannot write {}: there is no folder {}; make it first, `mkdir -p {}`", path.display(), folder.display(), folder.display())]
    Folder {
        /// The file.
        path: PathBuf,
        /// Its folder.
        folder: PathBuf,
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

/// Whether a regular file is at `path`, or at the end of its links.
#[must_use]
pub fn is_file(path: &Path) -> bool {
    path.is_file()
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
/// and whoever is killed while writing it, has the old contents or the new
/// ones. What is written so can be made again, so nothing is synced to the
/// disk: after a loss of power a new file may be empty.
///
/// # Errors
/// If the directory cannot be written or the disk is full; the old file is
/// then as it was.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let failed = |source| FileError::Write {
        path: path.to_owned(),
        source,
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if !folder.exists() {
        return Err(FileError::Folder {
            path: path.to_owned(),
            folder: folder.to_owned(),
        });
    }
    let permissions = fs::metadata(path).map(|old| old.permissions()).ok();
    let mut file = tempfile::Builder::new()
        .prefix(".hostwright-")
        .permissions(permissions.unwrap_or_else(readable))
        .tempfile_in(folder)
        .map_err(|error| failed(without_path(error)))?;
    file.write_all(bytes).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// The reason alone: the path of a temporary file says nothing to anybody.
fn without_path(error: io::Error) -> io::Error {
    let text = error.to_string();
    match text.split_once(" at path ") {
        Some((reason, _)) => io::Error::new(error.kind(), reason.to_owned()),
        None => error,
    }
}

/// What a new file of a repository has; the umask still applies.
fn readable() -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    fs::Permissions::from_mode(0o644)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use super::{exists, write_atomic};

    #[test]
    fn a_reader_has_the_old_contents_or_the_new_ones() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host.nix");
        let contents = [b'a', b'b'].map(|byte| vec![byte; 1 << 20]);
        write_atomic(&path, &contents[0]).unwrap();
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                for content in contents.iter().cycle().take(200) {
                    write_atomic(&path, content).unwrap();
                }
                done.store(true, Ordering::Relaxed);
            });
            while !done.load(Ordering::Relaxed) {
                let read = fs::read(&path).unwrap();
                assert!(contents.contains(&read), "torn: {} bytes", read.len());
            }
        });
    }

    #[test]
    fn a_write_that_fails_leaves_everything_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("taken");
        fs::create_dir(&path).unwrap();
        write_atomic(&path, b"text").unwrap_err();
        let left = fs::read_dir(folder.path()).unwrap().count();
        assert!(exists(&path) && left == 1, "{left} entries are left");
    }

    #[test]
    fn no_error_names_the_temporary_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("none/page");
        let said = write_atomic(&path, b"").unwrap_err().to_string();
        assert!(said.ends_with("none`") && said.contains("mkdir"), "{said}");
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = write_atomic(&file.join("page"), b"").unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert_eq!(source, "Not a directory (os error 20)");
    }

    #[test]
    fn permissions_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host.nix");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        write_atomic(&path, b"new").unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(
            (mode & 0o777, fs::read(&path).unwrap()),
            (0o640, b"new".to_vec())
        );
    }
}
