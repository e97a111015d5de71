//! Why an image could not be made or read.

use std::io;
use std::path::PathBuf;

/// A failure of assembling, reading or comparing an image.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// The specification contradicts itself or names something that is not there.
    #[error("image specification: {0}")]
    Spec(String),
    /// A file or folder could not be read or written.
    #[error("{path}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's reason.
        #[source]
        source: io::Error,
    },
    /// The image's own bytes could not be read or written.
    #[error("{part} of the image")]
    Part {
        /// Which part: a partition label, `partition table`, `boot code`.
        part: &'static str,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// An external program failed, is too old or is missing.
    #[error("{0}")]
    Tool(String),
    /// GRUB's boot code does not look as documented.
    #[error("GRUB's {file}: {rule}, found {found}")]
    BootCode {
        /// `boot.img` or `core.img`.
        file: &'static str,
        /// What the bytes must be.
        rule: &'static str,
        /// What they are, in hexadecimal.
        found: String,
    },
    /// The partition table is not one that can be read.
    #[error("partition table: {0}")]
    PartitionTable(String),
    /// A store path's contents differ from what was registered for it.
    #[error(
        "{path}: the contents have NAR hash {found}, registered is {registered}; \
         repair the store with `nix-store --verify --check-contents --repair`"
    )]
    NarMismatch {
        /// The store path.
        path: String,
        /// `sha256:` and hexadecimal, of the contents.
        found: String,
        /// The same, of the registration.
        registered: String,
    },
    /// A file that should be an image is none.
    #[error("{path}: {reason}")]
    NotAnImage {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// Attaches a path to an I/O error.
pub(crate) fn at(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> ImageError {
    let path = path.into();
    move |source| ImageError::File { path, source }
}

/// Attaches a part of the image to an I/O error.
pub(crate) fn part(part: &'static str) -> impl FnOnce(io::Error) -> ImageError {
    move |source| ImageError::Part { part, source }
}
