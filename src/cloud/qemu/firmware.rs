//! Firmware: `SeaBIOS`, which QEMU has, and UEFI, which is looked for in the
//! way of QEMU's docs/interop/firmware.json.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::system::disk;

use super::error::QemuError;

/// What boots the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Firmware {
    /// `SeaBIOS`
    Bios,
    /// OVMF
    Uefi,
}

impl Firmware {
    /// Its name in messages.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Bios => "BIOS",
            Self::Uefi => "UEFI",
        }
    }
}

/// Files of a UEFI firmware.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uefi {
    /// The code, read only.
    pub code: FlashFile,
    /// The variables of a new machine.
    pub variables: FlashFile,
}

/// Contents of a flash memory.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FlashFile {
    /// The file.
    pub filename: PathBuf,
    /// QEMU's name of its form.
    #[serde(default = "raw")]
    pub format: String,
}

fn raw() -> String {
    "raw".into()
}

/// A descriptor, as far as it matters here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Descriptor {
    interface_types: Vec<String>,
    mapping: Mapping,
    targets: Vec<Target>,
    features: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Mapping {
    device: String,
    executable: Option<FlashFile>,
    nvram_template: Option<FlashFile>,
}

#[derive(Debug, Deserialize)]
struct Target {
    architecture: String,
    machines: Vec<String>,
}

/// Where distributions without descriptors keep code and variables: Debian 11
/// and Ubuntu, Arch, Fedora.
const USUAL: [(&str, &str); 4] = [
    (
        "/usr/share/OVMF/OVMF_CODE_4M.fd",
        "/usr/share/OVMF/OVMF_VARS_4M.fd",
    ),
    (
        "/usr/share/OVMF/OVMF_CODE.fd",
        "/usr/share/OVMF/OVMF_VARS.fd",
    ),
    (
        "/usr/share/edk2/x64/OVMF_CODE.4m.fd",
        "/usr/share/edk2/x64/OVMF_VARS.4m.fd",
    ),
    (
        "/usr/share/edk2/ovmf/OVMF_CODE.fd",
        "/usr/share/edk2/ovmf/OVMF_VARS.fd",
    ),
];

impl Uefi {
    /// Finds UEFI firmware for x86-64 that boots what nobody has signed.
    ///
    /// # Errors
    ///
    /// [`QemuError::NoUefi`].
    pub fn find(qemu: &Path) -> Result<Self, QemuError> {
        let folders = folders(qemu);
        let described = folders
            .iter()
            .flat_map(|folder| disk::list(folder, "json"))
            .filter_map(|path| uefi(&disk::read(&path).ok()?));
        let usual = USUAL.map(|(code, variables)| Self {
            code: flash(code),
            variables: flash(variables),
        });
        described
            .chain(usual)
            .find(|uefi| uefi.code.filename.is_file() && uefi.variables.filename.is_file())
            .ok_or_else(|| QemuError::NoUefi {
                looked_in: folders.iter().map(|it| it.display().to_string()).collect(),
            })
    }
}

/// The administrator's, the distribution's, and those of this very QEMU.
fn folders(qemu: &Path) -> Vec<PathBuf> {
    let mut folders = vec![
        PathBuf::from("/etc/qemu/firmware"),
        PathBuf::from("/usr/share/qemu/firmware"),
    ];
    let binary = disk::resolve(qemu);
    if let Some(prefix) = binary.parent().and_then(Path::parent) {
        let own = prefix.join("share/qemu/firmware");
        if !folders.contains(&own) {
            folders.push(own);
        }
    }
    folders
}

fn flash(path: &str) -> FlashFile {
    FlashFile {
        filename: path.into(),
        format: raw(),
    }
}

/// The files of a descriptor that fits: UEFI in two flash memories for q35,
/// without Secure Boot.
fn uefi(descriptor: &[u8]) -> Option<Uefi> {
    let descriptor: Descriptor = serde_json::from_slice(descriptor).ok()?;
    let fits = descriptor.interface_types.iter().any(|it| it == "uefi")
        && descriptor.mapping.device == "flash"
        && descriptor.targets.iter().any(|target| {
            target.architecture == "x86_64"
                && target.machines.iter().any(|it| it.starts_with("pc-q35-"))
        })
        && !descriptor
            .features
            .iter()
            .any(|it| ["secure-boot", "requires-smm", "enrolled-keys"].contains(&it.as_str()));
    let Mapping {
        executable,
        nvram_template,
        ..
    } = descriptor.mapping;
    Some(Uefi {
        code: executable?,
        variables: nvram_template?,
    })
    .filter(|_| fits)
}

#[cfg(test)]
mod tests {
    use super::{Uefi, flash, uefi};

    /// As Debian 12 describes OVMF, shortened.
    fn descriptor(features: &str, machine: &str) -> String {
        format!(
            r#"{{"description": "UEFI", "interface-types": ["uefi"], "tags": [],
            "mapping": {{"device": "flash",
              "executable": {{"filename": "/code.fd", "format": "raw"}},
              "nvram-template": {{"filename": "/vars.fd", "format": "raw"}}}},
            "targets": [{{"architecture": "x86_64", "machines": ["{machine}"]}}],
            "features": [{features}]}}"#
        )
    }

    #[test]
    fn a_descriptor_names_code_and_variables() {
        let found = uefi(descriptor("\"acpi-s3\"", "pc-q35-*").as_bytes());
        let expected = Uefi {
            code: flash("/code.fd"),
            variables: flash("/vars.fd"),
        };
        assert_eq!(found, Some(expected));
    }

    #[test]
    fn firmware_that_boots_no_image_of_ours_is_passed_over() {
        assert_eq!(
            uefi(descriptor("\"secure-boot\"", "pc-q35-*").as_bytes()),
            None
        );
        assert_eq!(uefi(descriptor("", "pc-i440fx-*").as_bytes()), None);
        assert_eq!(uefi(b"{}"), None);
    }
}
