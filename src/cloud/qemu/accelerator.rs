//! KVM where it can really run a kernel, emulation elsewhere.

use std::path::Path;
use std::time::Duration;

use crate::system::{disk, process::Launch};

use super::error::QemuError;
use super::inherited::{Inherited, read_all};

/// Boot sector that executes what kernels do; see probe.s.
const PROBE: &[u8] = include_bytes!("probe.bin");
/// `SeaBIOS` boots no disk of a single sector.
const PROBE_DISK: u64 = 1 << 20;
/// QEMU's debug port ends it with twice the byte that was written, plus one.
const PROBE_PASSED: i32 = 42 * 2 + 1;
/// The probe takes 0.3 s where it passes.
const PROBE_LIMIT: Duration = Duration::from_secs(10);
/// The kernel's interface to virtualisation.
const KVM: &str = "/dev/kvm";

/// What executes the machine's instructions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accelerator {
    /// The processor.
    Kvm,
    /// QEMU's translator, ten times slower, with the reason.
    Tcg {
        /// Why not KVM.
        reason: String,
    },
}

impl Accelerator {
    /// Looks for KVM and has it run a probe.
    ///
    /// # Errors
    ///
    /// If QEMU cannot be started.
    pub fn choose(qemu: &Path) -> Result<Self, QemuError> {
        let reason = match disk::open_device(Path::new(KVM)) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                format!("there is no {KVM}")
            }
            Err(error) => format!("{KVM} cannot be opened: {error}"),
            Ok(_) => match probe(qemu, &Self::Kvm)? {
                None => return Ok(Self::Kvm),
                Some(reason) => format!("KVM cannot run a kernel here: {reason}"),
            },
        };
        Ok(Self::Tcg { reason })
    }

    /// QEMU's arguments.
    pub(super) fn arguments(&self) -> Vec<&'static str> {
        match self {
            Self::Kvm => vec!["-machine", "q35,accel=kvm", "-cpu", "host"],
            // Five-level paging only slows an emulated machine down; and one that waits for
            // a busy computer has not hung: its watchdog must not reset it.
            Self::Tcg { .. } => vec![
                "-machine",
                "q35,accel=tcg",
                "-cpu",
                "max,la57=off",
                "-action",
                "watchdog=none",
            ],
        }
    }
}

/// Why the accelerator does not run the probe; nothing where it does.
pub(super) fn probe(qemu: &Path, accelerator: &Accelerator) -> Result<Option<String>, QemuError> {
    let failed = QemuError::doing("prepare the probe of KVM");
    let sector = (|| {
        let mut file = disk::nameless()?;
        std::io::Write::write_all(&mut file, PROBE)?;
        file.set_len(PROBE_DISK)?;
        Ok(file)
    })()
    .map_err(failed)?;
    let mut inherited = Inherited::default();
    let path = inherited.disk(sector)?;
    let mut arguments: Vec<String> = accelerator
        .arguments()
        .into_iter()
        .map(Into::into)
        .collect();
    let rest = [
        "-m",
        "64",
        "-nodefaults",
        "-display",
        "none",
        "-no-reboot",
        "-device",
        "isa-debug-exit,iobase=0xf4,iosize=1",
        "-drive",
        &format!("if=virtio,format=raw,file={path}"),
    ];
    arguments.extend(rest.map(ToOwned::to_owned));
    run_probe(inherited.launch(qemu.to_owned(), arguments)).map_err(QemuError::doing("run QEMU"))
}

fn run_probe(launch: Launch) -> std::io::Result<Option<String>> {
    let mut process = launch.start()?;
    let status = process.wait(PROBE_LIMIT)?;
    process.end(Duration::ZERO)?;
    let errors = read_all(process.take_errors());
    Ok(match status.map(|status| status.code()) {
        Some(Some(PROBE_PASSED)) => None,
        _ => Some(last_words(&errors).unwrap_or_else(|| match status {
            Some(status) => format!("QEMU ended with {status}"),
            None => format!("no end after {} s", PROBE_LIMIT.as_secs()),
        })),
    })
}

/// The line that says what is wrong, without the program's name.
fn last_words(errors: &str) -> Option<String> {
    let mut lines = errors.lines().filter(|line| !line.contains("warning:"));
    let line = lines.clone().find(|line| line.contains("rror"));
    let line = line.or_else(|| lines.next_back())?;
    let words = line.trim_start_matches("qemu-system-x86_64: ");
    Some(words.trim_start_matches("error: ").to_owned())
}

#[cfg(test)]
mod tests {
    use super::last_words;

    #[test]
    fn the_reason_is_the_line_with_the_error() {
        let errors = "qemu-system-x86_64: warning: host doesn't support requested feature\n\
            qemu-system-x86_64: error: failed to set MSR 0x10a to 0xc000069\n\
            qemu-system-x86_64: target/i386/kvm/kvm.c:3849: Assertion failed.\n";
        let reason = last_words(errors).unwrap();
        assert_eq!(reason, "failed to set MSR 0x10a to 0xc000069");
        let errors = "KVM internal error. Suberror: 1\nextra data[0]: 0x0000000000000001\n";
        let reason = last_words(errors).unwrap();
        assert_eq!(reason, "KVM internal error. Suberror: 1");
        assert_eq!(last_words(""), None);
    }
}
