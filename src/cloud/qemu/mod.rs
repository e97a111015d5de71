//! The provider on this computer: an image boots in QEMU, on a disk that is
//! thrown away, as it would at a provider.
//!
//! Nothing outlives the program: QEMU dies with it, and its disk, its UEFI
//! variables and its log are files without names.

mod accelerator;
mod disk;
mod error;
mod firmware;
mod forwards;
mod frames;
mod inherited;
mod machine;
mod port_shell;
mod strangers;
mod wire;

pub use accelerator::Accelerator;
pub use disk::prepare as prepare_disk;
pub use error::QemuError;
pub use firmware::{Firmware, Uefi};
pub use forwards::{Forward, UserNetwork, open_ports, visitor, wanted};
pub use machine::{Bus, Console, Machine, Started};
pub use port_shell::{Port, PortShell, ShellError};
pub use strangers::knock;
pub use wire::Wire;

use std::path::PathBuf;

use crate::system::process::find_program;

/// The program that runs x86-64 machines.
const PROGRAM: &str = "qemu-system-x86_64";

/// Finds QEMU.
///
/// # Errors
///
/// [`QemuError::NoQemu`], which says what to install.
pub fn find() -> Result<PathBuf, QemuError> {
    find_program(PROGRAM).ok_or(QemuError::NoQemu)
}
