//! A root shell on a machine whose image knows nothing of it: a unit comes as
//! a credential of the firmware (systemd.system-credentials(7), SMBIOS type
//! 11) and reads commands from a port of the machine. No byte of the disk is
//! changed for it.
//!
//! The guest needs systemd 256 (`systemd.extra-unit`) and the kernel's
//! modules `dmi_sysfs` and `virtio_console`.

use std::io::{ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::evidence::Shell;
use crate::system::Interrupt;
use crate::system::process::descriptor_number;

use super::error::QemuError;
use super::machine::Started;

/// Name of the port and of the unit.
const NAME: &str = "hostwright-evidence";
/// Reads commands as soon as the port is there. Not in the initrd, which has
/// the same credentials.
const UNIT: &str = "[Unit]
DefaultDependencies=no
StartLimitIntervalSec=0
ConditionPathExists=!/etc/initrd-release
[Service]
Environment=PATH=/run/wrappers/bin:/run/current-system/sw/bin
ExecStart=/bin/sh
StandardInput=file:/dev/virtio-ports/hostwright-evidence
StandardOutput=file:/dev/virtio-ports/hostwright-evidence
StandardError=null
Restart=always
RestartSec=1
";
/// Makes the unit part of every start.
const DROP_IN: &str = "[Unit]\nWants=hostwright-evidence.service\n";

/// Between two looks at interrupts and at the machine.
const TICK: Duration = Duration::from_millis(200);
/// What is sent before the guest opens its port is lost, and sent again.
const AGAIN: Duration = Duration::from_secs(5);
/// A machine without a word for so long, emulated or not, is stuck.
const SILENCE: Duration = Duration::from_secs(900);

/// The shell, as seen from this side.
pub struct PortShell<'a> {
    stream: UnixStream,
    machine: &'a mut Started,
    interrupt: &'a Interrupt,
    questions: u32,
}

/// The side that the machine inherits, with QEMU's arguments for it.
#[derive(Debug)]
pub struct Port {
    stream: UnixStream,
}

/// Why the shell does not answer.
#[derive(Debug, thiserror::Error)]
pub enum ShellError {
    /// The machine is at fault.
    #[error(transparent)]
    Machine(#[from] QemuError),
    /// The machine was switched off.
    #[error("the machine switched itself off")]
    Off,
    /// It says nothing.
    #[error(
        "the machine's shell is silent for {} s; it needs systemd 256 or later, and the kernel's modules dmi_sysfs and virtio_console", SILENCE.as_secs()
    )]
    Silent,
    /// The line is broken.
    #[error("cannot talk to the machine")]
    Line(#[source] std::io::Error),
}

impl Port {
    /// A port with its two ends: this side's, and what the machine gets.
    ///
    /// # Errors
    ///
    /// The operating system's.
    pub fn new() -> std::io::Result<(Self, Vec<String>, OwnedFd)> {
        let (stream, other) = UnixStream::pair()?;
        let other = OwnedFd::from(other);
        let number = descriptor_number(&other);
        let credential = |name: &str, text: &str| {
            let text = STANDARD.encode(text);
            format!("type=11,value=io.systemd.credential.binary:{name}={text}")
        };
        let arguments = [
            "-device",
            "virtio-serial-pci",
            "-chardev",
            &format!("socket,id=evidence,fd={number}"),
            "-device",
            &format!("virtserialport,chardev=evidence,name={NAME}"),
            "-smbios",
            &credential(&format!("systemd.extra-unit.{NAME}.service"), UNIT),
            "-smbios",
            &credential(
                &format!("systemd.unit-dropin.sysinit.target~{NAME}"),
                DROP_IN,
            ),
        ];
        let arguments = arguments.map(ToOwned::to_owned).into();
        Ok((Self { stream }, arguments, other))
    }

    /// Waits for the shell of a machine that was started with the other end.
    ///
    /// # Errors
    ///
    /// [`ShellError`].
    pub fn attach<'a>(
        self,
        machine: &'a mut Started,
        interrupt: &'a Interrupt,
    ) -> Result<PortShell<'a>, ShellError> {
        self.stream
            .set_read_timeout(Some(TICK))
            .map_err(ShellError::Line)?;
        let mut shell = PortShell {
            stream: self.stream,
            machine,
            interrupt,
            questions: 0,
        };
        let end = Instant::now() + SILENCE;
        while Instant::now() < end {
            let word = shell.send("")?;
            if shell.read_to(&word, AGAIN)?.is_some() {
                return Ok(shell);
            }
        }
        Err(ShellError::Silent)
    }
}

impl PortShell<'_> {
    /// Sends a script; gives the word that is printed after it.
    fn send(&mut self, script: &str) -> Result<String, ShellError> {
        self.questions += 1;
        let word = format!("{NAME}-end-{}", self.questions);
        let text = format!("\n{script}\necho {word}\n");
        let mut stream = self.stream.try_clone().map_err(ShellError::Line)?;
        // The machine answers while it reads: both directions at once, or
        // both sides wait for room.
        std::thread::spawn(move || stream.write_all(text.as_bytes()));
        Ok(word)
    }

    /// What is printed up to a line with the word; nothing after a silence.
    fn read_to(&mut self, word: &str, silence: Duration) -> Result<Option<String>, ShellError> {
        let (mut bytes, mut part) = (Vec::new(), [0; 1 << 13]);
        let end = format!("{word}\n");
        let mut heard = Instant::now();
        while heard.elapsed() < silence {
            if self.interrupt.came() {
                return Err(QemuError::Interrupted.into());
            }
            if self.machine.ended()? {
                return Err(ShellError::Off);
            }
            match self.stream.read(&mut part) {
                Ok(count) if count > 0 => {
                    heard = Instant::now();
                    bytes.extend(&part[..count]);
                    if let Some(text) = bytes.strip_suffix(end.as_bytes()) {
                        return Ok(Some(String::from_utf8_lossy(text).into_owned()));
                    }
                }
                // The machine closed its side; the next look says why.
                Ok(_) => std::thread::sleep(TICK),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                    std::thread::sleep(TICK);
                }
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(error) => return Err(ShellError::Line(error)),
            }
        }
        Ok(None)
    }
}

impl Shell for PortShell<'_> {
    type Error = ShellError;

    fn run(&mut self, script: &str) -> Result<String, ShellError> {
        let word = self.send(script)?;
        self.read_to(&word, SILENCE)?.ok_or(ShellError::Silent)
    }
}
