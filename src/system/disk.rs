//! Files that stand for disks: opened for reading and writing, sparse.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Creates (or empties) a file of so many zero bytes, which take no room yet.
///
/// # Errors
///
/// The operating system's.
pub fn create(path: &Path, bytes: u64) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)?;
    file.set_len(bytes)?;
    Ok(file)
}

/// Opens a file for reading.
///
/// # Errors
///
/// The operating system's.
pub fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Writes a temporary file; nobody else reads it while it is written.
///
/// # Errors
///
/// The operating system's.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    std::fs::write(path, bytes)
}

/// Reads a whole file.
///
/// # Errors
///
/// The operating system's.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    std::fs::read(path)
}

/// A folder inside `parent` (made if it is not there) that disappears with its
/// value; on the same file system, so that results can be renamed out of it.
///
/// # Errors
///
/// The operating system's.
pub fn temporary_folder(parent: &Path) -> io::Result<tempfile::TempDir> {
    std::fs::create_dir_all(parent)?;
    tempfile::Builder::new()
        .prefix(".hostwright-")
        .tempdir_in(std::fs::canonicalize(parent)?)
}

/// Renames a file, replacing what has the name.
///
/// # Errors
///
/// The operating system's.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::rename(from, to)
}

/// A folder for what is unpacked, in the system's temporary folder (`TMPDIR`).
///
/// # Errors
///
/// The operating system's.
pub fn scratch_folder() -> io::Result<tempfile::TempDir> {
    tempfile::Builder::new().prefix("hostwright-").tempdir()
}
