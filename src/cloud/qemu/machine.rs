//! A machine: its parts as QEMU's arguments, and the machine when it runs.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::time::Duration;

use crate::system::disk;
use crate::system::process::{Launch, Process};

use super::accelerator::Accelerator;
use super::error::QemuError;
use super::firmware::Uefi;
use super::inherited::{Inherited, read_all};

/// How long a machine may take to end when it is asked to.
const GRACE: Duration = Duration::from_secs(3);

/// Where the disk is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Bus {
    /// virtio-scsi, as at Hetzner: /dev/sda
    Scsi,
    /// virtio-blk, as at DigitalOcean: /dev/vda
    Blk,
}

/// Where the serial line goes.
#[derive(Debug)]
pub enum Console {
    /// To the terminal of this program.
    Terminal,
    /// Into a file.
    Log(File),
}

/// A machine that can be started.
#[derive(Debug)]
pub struct Machine {
    /// QEMU.
    pub qemu: PathBuf,
    /// What executes it.
    pub accelerator: Accelerator,
    /// Its firmware; `SeaBIOS` if there is none.
    pub uefi: Option<Uefi>,
    /// Number of processors.
    pub processors: u32,
    /// Memory in MiB.
    pub memory: u64,
    /// Where its disk is.
    pub bus: Bus,
    /// Its disk, raw.
    pub disk: File,
    /// Its serial line.
    pub console: Console,
    /// Further arguments: network and other devices.
    pub devices: Vec<String>,
    /// What `devices` names by number.
    pub descriptors: Vec<OwnedFd>,
}

/// A machine that runs; it ends when this value does.
#[derive(Debug)]
pub struct Started {
    process: Process,
}

impl Machine {
    /// Starts it.
    ///
    /// # Errors
    ///
    /// If QEMU cannot be started or firmware cannot be read. What QEMU itself
    /// refuses is the result of [`Started::ended`].
    pub fn start(self) -> Result<Started, QemuError> {
        let terminal = matches!(self.console, Console::Terminal);
        let mut arguments = self.board();
        let mut inherited = Inherited::with(self.descriptors);
        let path = inherited.disk(self.disk)?;
        // Thrown away: no write need reach the disk of this computer.
        let drive = format!("if=none,id=disk,format=raw,cache=unsafe,discard=unmap,file={path}");
        arguments.extend(["-drive".into(), drive]);
        arguments.extend(self.bus.arguments().iter().map(|it| (*it).to_owned()));
        if let Some(uefi) = self.uefi {
            let variables = copy(&uefi).map_err(QemuError::doing("copy UEFI variables"))?;
            arguments.extend(uefi.arguments(&inherited.disk(variables)?));
        }
        let serial = match self.console {
            // QEMU's own console: Ctrl-A X ends it, Ctrl-A H helps.
            Console::Terminal => "mon:stdio".to_owned(),
            Console::Log(file) => format!("file:{}", inherited.log(&file)?),
        };
        arguments.extend(["-serial".into(), serial]);
        arguments.extend(self.devices);
        let launch = Launch {
            terminal,
            ..inherited.launch(self.qemu, arguments)
        };
        let process = launch.start().map_err(QemuError::doing("start QEMU"))?;
        Ok(Started { process })
    }

    fn board(&self) -> Vec<String> {
        let mut arguments: Vec<String> = self
            .accelerator
            .arguments()
            .into_iter()
            .map(Into::into)
            .collect();
        let (processors, memory) = (self.processors.to_string(), self.memory.to_string());
        arguments.extend(
            [
                "-name",
                "hostwright",
                "-nodefaults",
                "-no-user-config",
                "-display",
                "none",
                // GRUB and the kernel write to a screen, too.
                "-device",
                "VGA",
                // As providers have it: a machine without it waits for entropy.
                "-device",
                "virtio-rng-pci",
                "-smp",
                &processors,
                "-m",
                &memory,
            ]
            .map(ToOwned::to_owned),
        );
        arguments
    }
}

impl Bus {
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Scsi => &[
                "-device",
                "virtio-scsi-pci",
                "-device",
                "scsi-hd,drive=disk,bootindex=1",
            ],
            Self::Blk => &["-device", "virtio-blk-pci,drive=disk,bootindex=1"],
        }
    }
}

impl Uefi {
    fn arguments(&self, variables: &str) -> [String; 4] {
        let code = self.code.filename.display().to_string().replace(',', ",,");
        [
            "-drive".into(),
            format!(
                "if=pflash,unit=0,readonly=on,format={},file={code}",
                self.code.format
            ),
            "-drive".into(),
            format!(
                "if=pflash,unit=1,format={},file={variables}",
                self.variables.format
            ),
        ]
    }
}

fn copy(uefi: &Uefi) -> std::io::Result<File> {
    let mut variables = disk::nameless()?;
    std::io::copy(&mut disk::open(&uefi.variables.filename)?, &mut variables)?;
    Ok(variables)
}

impl Started {
    /// Nothing while it runs; then how it ended: by itself, or why not.
    ///
    /// # Errors
    ///
    /// [`QemuError::Ended`] with what QEMU said.
    pub fn ended(&mut self) -> Result<bool, QemuError> {
        let status = self
            .process
            .poll()
            .map_err(QemuError::doing("watch QEMU"))?;
        let Some(status) = status else {
            return Ok(false);
        };
        if status.success() {
            return Ok(true);
        }
        let errors = read_all(self.process.take_errors());
        let last = errors.lines().next_back().unwrap_or_default();
        Err(QemuError::Ended {
            status: status.to_string(),
            message: last.trim_start_matches("qemu-system-x86_64: ").to_owned(),
        })
    }

    /// Ends it as when the power is cut.
    ///
    /// # Errors
    ///
    /// The operating system's.
    pub fn end(mut self) -> Result<(), QemuError> {
        self.process
            .end(GRACE)
            .map_err(QemuError::doing("end QEMU"))
    }
}
