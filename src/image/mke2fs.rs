//! The empty root file system, by mke2fs.

use std::path::{Path, PathBuf};

use crate::system::{disk, tool::Tool};

use super::error::{ImageError, at};
use super::ext4::{Ext4Plan, MKE2FS_CONFIG};
use super::identifiers::Identifiers;

/// The first release that heeds `SOURCE_DATE_EPOCH`.
const FIRST_RELEASE: (u32, u32, u32) = (1, 47, 1);
/// 1980-01-01 in seconds: the earliest time that ESP and root can share.
const SOURCE_DATE_EPOCH: &str = "315532800";

/// The version of mke2fs, such as `1.47.2`.
///
/// # Errors
///
/// [`ImageError::Tool`] if it is missing or looks at the clock.
pub fn version(mke2fs: &Path) -> Result<String, ImageError> {
    let tool = Tool::new(mke2fs, Path::new("/"));
    let finished = tool.run(&["-V"]).map_err(|error| {
        let name = tool.name();
        ImageError::Tool(format!(
            "{name}: {error}; install e2fsprogs {} or name the program in `tools.mke2fs`",
            release()
        ))
    })?;
    let word = finished
        .errors
        .split_whitespace()
        .nth(1)
        .unwrap_or("of unknown version")
        .to_owned();
    match parse_release(&word) {
        Some(found) if found >= FIRST_RELEASE => Ok(word),
        _ => Err(ImageError::Tool(format!(
            "{} is {word}: the same bytes every time need e2fsprogs {} (Debian 12 has it in bookworm-backports); \
             install it or name a newer program in `tools.mke2fs`",
            tool.name(),
            release()
        ))),
    }
}

/// Makes the file system at `offset` bytes in `image`.
///
/// # Errors
///
/// [`ImageError::Tool`] if mke2fs refuses.
pub fn format(
    mke2fs: &Path,
    plan: &Ext4Plan,
    ids: &Identifiers,
    place: &Place<'_>,
) -> Result<(), ImageError> {
    let config: PathBuf = place.folder.join("mke2fs.conf");
    disk::write(&config, MKE2FS_CONFIG.as_bytes()).map_err(at(&config))?;
    let tool = Tool::new(mke2fs, place.folder)
        .env("MKE2FS_CONFIG", &config)
        .env("SOURCE_DATE_EPOCH", SOURCE_DATE_EPOCH);
    let arguments = plan.mke2fs_arguments(ids, place.offset, &place.image.display().to_string());
    let finished = tool.run(&arguments).map_err(at(mke2fs))?;
    if finished.success {
        return Ok(());
    }
    Err(ImageError::Tool(format!(
        "{}: {} ({})",
        tool.name(),
        finished.errors,
        finished.status
    )))
}

/// Where the file system goes.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The image; an absolute path.
    pub image: &'a Path,
    /// Byte of the image at which the file system begins.
    pub offset: u64,
    /// A folder for temporary files; an absolute path.
    pub folder: &'a Path,
}

fn release() -> String {
    let (major, minor, patch) = FIRST_RELEASE;
    format!("{major}.{minor}.{patch} or later")
}

fn parse_release(text: &str) -> Option<(u32, u32, u32)> {
    // Pre-releases are called 1.47.1-rc1.
    let mut numbers = text.split(['.', '-']).map(str::parse::<u32>);
    Some((
        numbers.next()?.ok()?,
        numbers.next()?.ok()?,
        numbers.next()?.ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_compare_as_numbers() {
        assert_eq!(parse_release("1.47.10"), Some((1, 47, 10)));
        assert!(parse_release("1.47.1-rc1") >= Some(FIRST_RELEASE));
        assert!(parse_release("1.47.0") < Some(FIRST_RELEASE));
        assert_eq!(parse_release("of unknown version"), None);
    }
}
