//! What QEMU gets from this program as it starts, and says as it ends.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::ChildStderr;

use crate::system::disk;
use crate::system::process::{Launch, descriptor_number};

use super::error::QemuError;

/// File descriptors that QEMU inherits, in sets that it opens as files.
#[derive(Debug, Default)]
pub(super) struct Inherited {
    descriptors: Vec<OwnedFd>,
    arguments: Vec<String>,
    sets: u32,
}

impl Inherited {
    /// With descriptors that QEMU's arguments name by number already.
    pub(super) fn with(descriptors: Vec<OwnedFd>) -> Self {
        Self {
            descriptors,
            ..Self::default()
        }
    }

    /// A disk, which QEMU opens for reading first; gives its name for QEMU.
    pub(super) fn disk(&mut self, file: File) -> Result<String, QemuError> {
        let reading = disk::open_again(&file, false);
        let reading = reading.map_err(QemuError::doing("open the disk again"))?;
        Ok(self.add([file, reading]))
    }

    /// A file that QEMU writes only.
    pub(super) fn log(&mut self, file: &File) -> Result<String, QemuError> {
        let writing = disk::open_again(file, true);
        Ok(self.add([writing.map_err(QemuError::doing("open the log again"))?]))
    }

    fn add<const N: usize>(&mut self, files: [File; N]) -> String {
        self.sets += 1;
        let set = self.sets;
        for file in files {
            let descriptor = OwnedFd::from(file);
            let number = descriptor_number(&descriptor);
            let words = ["-add-fd".into(), format!("fd={number},set={set}")];
            self.arguments.extend(words);
            self.descriptors.push(descriptor);
        }
        format!("/dev/fdset/{set}")
    }

    /// QEMU with these arguments and all that it inherits.
    pub(super) fn launch(mut self, qemu: PathBuf, arguments: Vec<String>) -> Launch {
        self.arguments.extend(arguments);
        Launch {
            program: qemu,
            arguments: self.arguments,
            folder: "/".into(),
            terminal: false,
            descriptors: self.descriptors,
        }
    }
}

/// What a program that ended has written; nothing where it has the terminal.
pub(super) fn read_all(stream: Option<ChildStderr>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        // What could not be read was not said.
        let _ = stream.read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
