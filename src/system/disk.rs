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

/// Renames a file, replacing what has the name.
///
/// # Errors
///
/// The operating system's.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::rename(from, to)
}

/// A file without a name, in the system's temporary folder (`TMPDIR`): its
/// room is free again when nobody has it open any more, however that comes.
///
/// # Errors
///
/// The operating system's.
pub fn nameless() -> io::Result<File> {
    tempfile::tempfile()
}

/// The same open file once more, for writing or for reading only, be it
/// without a name: QEMU takes an inherited descriptor only where its mode is
/// the one in which it would open the file.
///
/// # Errors
///
/// The operating system's.
pub fn open_again(file: &File, write: bool) -> io::Result<File> {
    use std::os::fd::AsRawFd;
    OpenOptions::new()
        .read(!write)
        .write(write)
        .open(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

/// The files of a folder with this extension, sorted; none if there is no folder.
#[must_use]
pub fn list(folder: &Path, extension: &str) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|it| it == extension))
        .collect();
    found.sort();
    found
}

/// Opens a device for reading and writing, and does nothing with it.
///
/// # Errors
///
/// The operating system's.
pub fn open_device(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open(path)
}

/// Where the next read of an open file begins, in bytes.
///
/// # Errors
///
/// The operating system's.
pub fn position(mut file: &File) -> io::Result<u64> {
    io::Seek::stream_position(&mut file)
}

/// The path without links; as it is where it cannot be resolved.
#[must_use]
pub fn resolve(path: &Path) -> std::path::PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// All that is in an open file.
///
/// # Errors
///
/// The operating system's.
pub fn contents(mut file: &File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::Seek::rewind(&mut file)?;
    io::Read::read_to_end(&mut file, &mut bytes)?;
    Ok(bytes)
}
