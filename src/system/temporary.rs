//! Folders that disappear with their values, and when somebody asks this
//! program to end.

use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;
use tempfile::TempDir;

/// The folders that are there now.
static FOLDERS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A folder that disappears with its value.
#[derive(Debug)]
pub struct TemporaryFolder(Option<TempDir>);

impl TemporaryFolder {
    /// A folder inside `parent` (made if it is not there): on the same file
    /// system, so that results can be renamed out of it.
    ///
    /// # Errors
    ///
    /// The operating system's.
    pub fn inside(parent: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(parent)?;
        let parent = std::fs::canonicalize(parent)?;
        Self::make(|| {
            tempfile::Builder::new()
                .prefix(".hostwright-")
                .tempdir_in(parent)
        })
    }

    /// A folder in the system's temporary folder (`TMPDIR`).
    ///
    /// # Errors
    ///
    /// The operating system's.
    pub fn scratch() -> io::Result<Self> {
        Self::make(|| tempfile::Builder::new().prefix("hostwright-").tempdir())
    }

    fn make(make: impl FnOnce() -> io::Result<TempDir>) -> io::Result<Self> {
        let mut folders = folders();
        let folder = make()?;
        folders.push(folder.path().to_owned());
        Ok(Self(Some(folder)))
    }
}

impl Deref for TemporaryFolder {
    type Target = Path;

    fn deref(&self) -> &Path {
        self.0.as_ref().map_or(Path::new(""), TempDir::path)
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        let mut folders = folders();
        folders.retain(|folder| **folder != **self);
        // Nobody is left to be told; as with `TempDir` itself.
        drop(self.0.take());
    }
}

/// From now on, SIGINT, SIGTERM and SIGHUP remove all temporary folders before
/// they end this program as they always do. For programs of this one that use
/// such a folder: it is gone, and they end by themselves.
///
/// # Errors
///
/// The operating system's.
pub fn remove_on_signals() -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    std::thread::spawn(move || {
        for signal in signals.forever() {
            // Never released: no thread makes a folder any more, and none
            // gets past the end of one to report that it is gone.
            let folders = folders();
            folders.iter().for_each(|folder| remove(folder));
            let _ = emulate_default_handler(signal);
        }
    });
    Ok(())
}

/// Until it is gone: other threads may still be making files in it.
fn remove(folder: &Path) {
    while folder.exists() && !is_hopeless(std::fs::remove_dir_all(folder)) {}
}

fn is_hopeless(result: io::Result<()>) -> bool {
    result.is_err_and(|error| {
        !matches!(
            error.kind(),
            io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::NotFound
        )
    })
}

fn folders() -> MutexGuard<'static, Vec<PathBuf>> {
    FOLDERS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_disappears_with_its_value() {
        let folder = TemporaryFolder::scratch().unwrap();
        let path = folder.to_owned();
        std::fs::write(path.join("file"), "x").unwrap();
        assert!(folders().contains(&path));
        drop(folder);
        assert!(!path.exists() && !folders().contains(&path));
    }
}
