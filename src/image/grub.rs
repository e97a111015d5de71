//! GRUB's core images, made by grub-mkimage: every module that is needed lies
//! inside, so that the root holds a menu and no module files.

use std::path::Path;

use uuid::Uuid;

use crate::system::{disk, tool::Tool};

use super::error::{ImageError, at};
use super::layout::Architecture;

/// Modules for every firmware: the menu (`normal` and the commands that NixOS's
/// menu uses), finding the root, reading it, consoles.
const MODULES: [&str; 25] = [
    "normal",
    "configfile",
    "linux",
    "search",
    "search_fs_uuid",
    "search_label",
    "part_gpt",
    "ext2",
    "fat",
    "echo",
    "test",
    "ls",
    "cat",
    "boot",
    "serial",
    "terminal",
    "loadenv",
    "minicmd",
    "reboot",
    "halt",
    "sleep",
    "regexp",
    "gzio",
    "font",
    "gfxterm",
];
/// For a BIOS: its disks and its screen.
const BIOS_MODULES: [&str; 3] = ["biosdisk", "vbe", "vga"];
/// For UEFI: its screen.
const UEFI_MODULES: [&str; 2] = ["efi_gop", "all_video"];

/// Which core image is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// core.img for a BIOS.
    Bios,
    /// The program for UEFI firmware.
    Uefi(Architecture),
}

impl Platform {
    /// GRUB's name of the platform.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bios => "i386-pc",
            Self::Uefi(Architecture::X86_64) => "x86_64-efi",
            Self::Uefi(Architecture::Aarch64) => "arm64-efi",
        }
    }

    fn modules(self) -> &'static [&'static str] {
        match self {
            Self::Bios => &BIOS_MODULES,
            Self::Uefi(_) => &UEFI_MODULES,
        }
    }
}

/// What core.img does first: find the root by its UUID on any disk, then read
/// the menu that lies there.
#[must_use]
pub fn early_config(root: Uuid) -> String {
    format!("search --no-floppy --fs-uuid --set=root {root}\nset prefix=($root)/boot/grub\n")
}

/// The core image for a platform, from the modules in `modules`; `folder` is
/// for temporary files.
///
/// # Errors
///
/// [`ImageError::Tool`] if grub-mkimage fails or is missing.
pub fn core_image(
    mkimage: &Path,
    platform: Platform,
    modules: &Path,
    root: Uuid,
    folder: &Path,
) -> Result<Vec<u8>, ImageError> {
    let config = folder.join("early.cfg");
    disk::write(&config, early_config(root).as_bytes()).map_err(at(&config))?;
    let tool = Tool::new(mkimage, folder);
    let modules_folder = modules.display().to_string();
    let mut arguments = vec![
        "-O",
        platform.name(),
        "-d",
        &modules_folder,
        "-p",
        "/boot/grub",
        "-c",
        "early.cfg",
    ];
    // It syncs its output, which a pipe refuses.
    arguments.extend(["-o", "core.img"]);
    arguments.extend(MODULES);
    arguments.extend(platform.modules());
    let finished = tool
        .run(&arguments)
        .map_err(|error| missing(&tool, &error))?;
    if !finished.success {
        let message = format!(
            "{} for {}: {}",
            tool.name(),
            platform.name(),
            finished.errors
        );
        return Err(ImageError::Tool(message));
    }
    let output = folder.join("core.img");
    disk::read(&output).map_err(at(&output))
}

/// GRUB's version as grub-mkimage tells it.
///
/// # Errors
///
/// [`ImageError::Tool`] if grub-mkimage fails or is missing.
pub fn version(mkimage: &Path) -> Result<String, ImageError> {
    let tool = Tool::new(mkimage, Path::new("/"));
    let finished = tool
        .run(&["--version"])
        .map_err(|error| missing(&tool, &error))?;
    let text = String::from_utf8_lossy(&finished.output).into_owned();
    Ok(text
        .split_whitespace()
        .last()
        .unwrap_or_default()
        .to_owned())
}

fn missing(tool: &Tool, error: &std::io::Error) -> ImageError {
    let name = tool.name();
    ImageError::Tool(format!(
        "{name}: {error}; install GRUB's tools (Debian: grub-common, grub-pc-bin, grub-efi-amd64-bin) \
         or name the program in `tools.grub_mkimage`"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_grub_is_named_with_its_packages() {
        let error = version(Path::new("/nowhere/grub-mkimage"))
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("/nowhere/grub-mkimage: ") && error.contains("grub-pc-bin"),
            "{error}"
        );
    }
}
