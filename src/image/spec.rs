//! What an image is made from: one JSON file, written by Nix or by hand.

use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::ImageError;
use super::layout::{Architecture, Firmware};

/// The input of an assembly. Paths are absolute.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageSpec {
    /// Name of the host; all identifiers derive from it.
    pub name: String,
    /// The processor.
    pub architecture: Architecture,
    /// The firmware that must boot it.
    pub firmware: Firmware,
    /// Store path of the system that the image boots.
    pub toplevel: String,
    /// The store paths that go into the image.
    pub closure: Closure,
    /// Trees copied beside the store, such as a `/usr`.
    #[serde(default)]
    pub include: Vec<Include>,
    /// Single files, folders and links.
    #[serde(default)]
    pub files: Vec<ExtraFile>,
    /// GRUB's folders of modules.
    pub grub: Grub,
    /// External programs.
    #[serde(default)]
    pub tools: Tools,
    /// MiB left free for what the first boot writes before the root has grown.
    #[serde(default = "default_margin")]
    pub margin_mib: u64,
    /// Hash of the description, passed on to the manifest.
    #[serde(default)]
    pub description_hash: Option<String>,
    /// Revision of nixpkgs, passed on to the manifest.
    #[serde(default)]
    pub nixpkgs_revision: Option<String>,
}

/// The closure of the system.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closure {
    /// The `registration` of nixpkgs's `closureInfo` (or `nix-store --dump-db`):
    /// names every store path with its NAR hash and its references.
    pub registration: PathBuf,
    /// Where `/nix/store` is to be found: `/`, or a copy elsewhere.
    #[serde(default = "root_folder")]
    pub root: PathBuf,
}

/// A tree that is copied with its modes, owned by root.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Include {
    /// The tree on this machine.
    pub source: PathBuf,
    /// Where it goes in the image.
    pub target: PathBuf,
}

impl std::str::FromStr for Include {
    type Err = String;

    /// `SOURCE:TARGET`, both absolute.
    fn from_str(text: &str) -> Result<Self, String> {
        let (source, target) = text
            .rsplit_once(':')
            .filter(|(source, target)| source.starts_with('/') && target.starts_with('/'))
            .ok_or_else(|| format!("`{text}`: write SOURCE:TARGET, two absolute paths"))?;
        Ok(Self {
            source: source.into(),
            target: target.into(),
        })
    }
}

/// A single file, folder or link.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtraFile {
    /// Where it goes in the image.
    pub target: PathBuf,
    /// What it is.
    #[serde(flatten)]
    pub content: ExtraContent,
}

/// What a single file holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExtraContent {
    /// This text.
    Text(String),
    /// The contents of this file.
    Source(PathBuf),
    /// A symbolic link to this target.
    Link(PathBuf),
    /// A folder with these permissions, in octal such as `0700`.
    Directory(String),
}

/// GRUB's folders of modules, as installed by its packages.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grub {
    /// `i386-pc`, for a BIOS.
    #[serde(default)]
    pub bios: Option<PathBuf>,
    /// `x86_64-efi` or `arm64-efi`, for UEFI.
    #[serde(default)]
    pub uefi: Option<PathBuf>,
}

/// External programs: paths, or names in `PATH`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tools {
    /// From e2fsprogs 1.47.1 or later.
    pub mke2fs: PathBuf,
    /// From GRUB 2.06 or later.
    pub grub_mkimage: PathBuf,
}

impl Default for Tools {
    fn default() -> Self {
        Self {
            mke2fs: "mke2fs".into(),
            grub_mkimage: "grub-mkimage".into(),
        }
    }
}

fn default_margin() -> u64 {
    128
}

fn root_folder() -> PathBuf {
    "/".into()
}

impl ImageSpec {
    /// Reads a specification.
    ///
    /// # Errors
    ///
    /// [`ImageError::Spec`] with line and column, or the rule that it breaks.
    pub fn from_json(text: &str) -> Result<Self, ImageError> {
        let spec: Self =
            serde_json::from_str(text).map_err(|error| ImageError::Spec(error.to_string()))?;
        spec.check()?;
        Ok(spec)
    }

    /// Checks what needs no look at the machine.
    ///
    /// # Errors
    ///
    /// [`ImageError::Spec`] with the first rule that it breaks.
    pub fn check(&self) -> Result<(), ImageError> {
        let rule = |holds: bool, message: String| {
            if holds {
                Ok(())
            } else {
                Err(ImageError::Spec(message))
            }
        };
        rule(
            is_host_name(&self.name),
            format!("name `{}`: must be a host name", self.name),
        )?;
        rule(
            self.architecture == Architecture::X86_64 || !self.firmware.bios(),
            "firmware: aarch64 boots by `uefi` only".to_owned(),
        )?;
        rule(
            !self.firmware.bios() || self.grub.bios.is_some(),
            "grub.bios: is needed for a BIOS; name GRUB's folder `i386-pc`".to_owned(),
        )?;
        rule(
            !self.firmware.uefi() || self.grub.uefi.is_some(),
            "grub.uefi: is needed for UEFI; name GRUB's folder such as `x86_64-efi`".to_owned(),
        )?;
        let targets = self.include.iter().map(|include| &include.target);
        for target in targets.chain(self.files.iter().map(|file| &file.target)) {
            rule(
                is_plain(target),
                format!(
                    "target `{}`: must be absolute, without `..`",
                    target.display()
                ),
            )?;
        }
        let menu = Path::new(GRUB_CONFIG);
        rule(
            self.files.iter().any(|file| file.target == menu)
                || self
                    .include
                    .iter()
                    .any(|include| menu.starts_with(&include.target)),
            format!("files: must hold `{GRUB_CONFIG}`, GRUB's menu, unless an include brings it"),
        )
    }
}

/// The menu that GRUB reads from the root.
pub const GRUB_CONFIG: &str = "/boot/grub/grub.cfg";

/// RFC 1123, lower case: 63 letters, digits and inner hyphens.
fn is_host_name(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&name.len())
        && name.bytes().all(inner)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// Whether a path is `/a/b`: absolute, more than the root, with nothing that climbs.
fn is_plain(path: &Path) -> bool {
    let mut components = path.components();
    components.next() == Some(Component::RootDir)
        && path.components().count() > 1
        && components.all(|component| matches!(component, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refusal(change: impl FnOnce(&mut serde_json::Value)) -> String {
        let mut value = json!({
            "name": "web", "architecture": "x86_64", "firmware": "hybrid",
            "toplevel": "/nix/store/0-system", "closure": { "registration": "/r" },
            "files": [{ "target": "/boot/grub/grub.cfg", "text": "boot" }],
            "grub": { "bios": "/i386-pc", "uefi": "/x86_64-efi" },
        });
        change(&mut value);
        ImageSpec::from_json(&value.to_string())
            .map_or_else(|error| error.to_string(), |_| String::new())
    }

    #[test]
    fn a_good_specification_is_read() {
        assert_eq!(refusal(|_| ()), "");
    }

    #[test]
    fn every_rule_refuses_its_twin() {
        assert_eq!(
            refusal(|v| v["name"] = "Web".into()),
            "image specification: name `Web`: must be a host name"
        );
        assert!(
            refusal(|v| v["architecture"] = "aarch64".into())
                .contains("aarch64 boots by `uefi` only")
        );
        assert!(refusal(|v| v["grub"] = json!({ "uefi": "/x" })).contains("grub.bios: is needed"));
        assert!(refusal(|v| v["grub"] = json!({ "bios": "/x" })).contains("grub.uefi: is needed"));
        assert!(
            refusal(|v| v["include"] = json!([{ "source": "/usr", "target": "/a/../b" }]))
                .contains("without `..`")
        );
        assert!(refusal(|v| v["files"] = json!([])).contains("must hold `/boot/grub/grub.cfg`"));
        assert!(refusal(|v| v["typo"] = 1.into()).contains("unknown field `typo`"));
    }

    #[test]
    fn an_include_is_two_absolute_paths() {
        let include: Include = "/usr:/usr".parse().unwrap();
        assert_eq!(
            (include.source, include.target),
            ("/usr".into(), "/usr".into())
        );
        assert!("usr:/usr".parse::<Include>().is_err());
        assert!("/usr".parse::<Include>().is_err());
    }
}
