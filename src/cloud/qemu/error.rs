//! Why a machine cannot run here.

use std::io;
use std::path::PathBuf;

use crate::host::Size;

/// Why a machine cannot run here.
#[derive(Debug, thiserror::Error)]
pub enum QemuError {
    /// There is no QEMU.
    #[error(
        "qemu-system-x86_64 is not in PATH; install it: `apt install qemu-system-x86` on Debian, `nix shell nixpkgs#qemu` with Nix"
    )]
    NoQemu,
    /// There is no firmware for UEFI.
    #[error(
        "no UEFI firmware for x86_64 without Secure Boot was found (looked for descriptors in {}, and for OVMF); install it: `apt install ovmf` on Debian, `nix shell nixpkgs#qemu` with Nix, which contains it; or boot with --firmware bios", looked_in.join(", ")
    )]
    NoUefi {
        /// Folders of descriptors.
        looked_in: Vec<String>,
    },
    /// The image is for another processor.
    #[error(
        "the host's machine type has an aarch64 processor; images are booted here on x86_64 machines only"
    )]
    Architecture,
    /// The image does not fit.
    #[error("the image is a disk of {image} bytes, but the machine type has a disk of {} bytes; choose a larger type", disk.bytes())]
    TooLarge {
        /// Size of the image in bytes.
        image: u64,
        /// Disk of the machine type.
        disk: Size,
    },
    /// The image cannot be read or unpacked.
    #[error("cannot unpack {}", path.display())]
    Unpack {
        /// The image.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Somebody asked for the end.
    #[error("interrupted")]
    Interrupted,
    /// QEMU ended by itself.
    #[error("QEMU ended with {status}{}", said(message))]
    Ended {
        /// How.
        status: String,
        /// Its last words.
        message: String,
    },
    /// Of processes and files.
    #[error("cannot {doing}")]
    System {
        /// What was tried.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

fn said(message: &str) -> String {
    if message.is_empty() {
        String::new()
    } else {
        format!(": {message}")
    }
}

impl QemuError {
    /// For `map_err`: what was being done.
    pub(super) fn doing(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::System { doing, source }
    }
}
