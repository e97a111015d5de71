//! The machine's disk: the image's bytes, then room up to the size of the
//! machine type's disk, so that the root grows as in the cloud.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use crate::host::Size;
use crate::image::pack;
use crate::system::{Interrupt, disk};

use super::error::QemuError;

/// Between two reports of progress.
const TICK: Duration = Duration::from_millis(50);

/// Unpacks an image of any form into a file without a name. `progress` hears
/// how many of the image's bytes are read, and of how many.
///
/// # Errors
///
/// If it cannot be read, is none, does not fit, or `interrupt` came.
pub fn prepare(
    image: &Path,
    size: Size,
    interrupt: &Interrupt,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<File, QemuError> {
    let unpack_failed = |source| QemuError::Unpack {
        path: image.to_owned(),
        source,
    };
    let source = disk::open(image).map_err(unpack_failed)?;
    let total = source.metadata().map_err(unpack_failed)?.len();
    let target = disk::nameless().map_err(QemuError::doing("make a disk for the machine"))?;
    let (position, output) = (
        source.try_clone().map_err(unpack_failed)?,
        target.try_clone().map_err(unpack_failed)?,
    );
    let work = std::thread::spawn(move || pack::unpack_file(source, output));
    while !work.is_finished() {
        if interrupt.came() {
            return Err(QemuError::Interrupted);
        }
        progress(disk::position(&position).map_err(unpack_failed)?, total);
        std::thread::sleep(TICK);
    }
    work.join()
        .unwrap_or_else(|_| Err(std::io::Error::other("a defect while unpacking")))
        .map_err(unpack_failed)?;
    grow(&target, size)?;
    Ok(target)
}

fn grow(disk: &File, size: Size) -> Result<(), QemuError> {
    let failed = QemuError::doing("make the disk of the machine as large as its type says");
    let image = match disk.metadata() {
        Ok(metadata) => metadata.len(),
        Err(error) => return Err(failed(error)),
    };
    if image > size.bytes() {
        return Err(QemuError::TooLarge { image, disk: size });
    }
    // Disks have whole sectors.
    disk.set_len(size.bytes() / 512 * 512).map_err(failed)
}
