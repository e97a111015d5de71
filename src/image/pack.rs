//! The raw image as the files that providers take, and its fingerprints.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::system::disk;

use super::error::{ImageError, at};
use super::gzip::GzipWriter;
use super::hashing::{Fingerprint, HashingWriter, fingerprint};
use super::layout::Layout;
use super::manifest::FileRecord;
use super::qcow2;
use super::window::Window;

/// zstd's level: docs/performance.md has the measurements behind it.
const ZSTD_LEVEL: i32 = 9;
/// Each worker holds 30 MB at this level; an assembly stays below 200 MB.
const MOST_WORKERS: usize = 3;

/// A form of the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Format {
    /// The disk as it is.
    #[serde(rename = "raw")]
    Raw,
    /// zstd over the disk: Hetzner, whose rescue system unpacks it.
    #[serde(rename = "raw.zst")]
    RawZst,
    /// gzip over qcow2: `DigitalOcean`, which takes gzip and bzip2 only.
    #[serde(rename = "qcow2.gz")]
    Qcow2Gz,
}

impl Format {
    /// All forms.
    pub const ALL: [Self; 3] = [Self::Raw, Self::RawZst, Self::Qcow2Gz];

    /// The extension of a file in this form, without a dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::RawZst => "raw.zst",
            Self::Qcow2Gz => "qcow2.gz",
        }
    }
}

impl std::str::FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|format| format.extension() == text)
            .ok_or_else(|| format!("`{text}`: must be raw, raw.zst or qcow2.gz"))
    }
}

/// Writes `raw` in a form to `target` and says what was written.
///
/// # Errors
///
/// [`ImageError::File`] if either file fails.
pub fn pack(
    raw: &mut File,
    format: Format,
    target: &Path,
    name: &str,
) -> Result<FileRecord, ImageError> {
    let output = disk::create(target, 0).map_err(at(target))?;
    let output = HashingWriter::new(BufWriter::with_capacity(1 << 20, output));
    let written = match format {
        Format::Raw => copy(raw, output),
        Format::RawZst => compress_zstd(raw, output),
        Format::Qcow2Gz => compress_qcow2(raw, output),
    };
    let (mut file, fingerprint) = written.map_err(at(target))?.finish();
    file.flush().map_err(at(target))?;
    Ok(FileRecord {
        name: name.to_owned(),
        fingerprint,
    })
}

fn copy<W: Write>(raw: &mut File, mut output: W) -> io::Result<W> {
    raw.seek(SeekFrom::Start(0))?;
    io::copy(raw, &mut output)?;
    Ok(output)
}

/// One frame with its content size, always by workers: zstd's workers cut the
/// input by the level's parameters, so their number does not show.
fn compress_zstd<W: Write>(raw: &mut File, output: W) -> io::Result<W> {
    let size = raw.seek(SeekFrom::End(0))?;
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let workers = workers.min(MOST_WORKERS);
    let mut encoder = zstd::Encoder::new(output, ZSTD_LEVEL)?;
    encoder.multithread(u32::try_from(workers).unwrap_or(1))?;
    encoder.include_checksum(true)?;
    encoder.set_pledged_src_size(Some(size))?;
    raw.seek(SeekFrom::Start(0))?;
    io::copy(
        &mut io::BufReader::with_capacity(1 << 20, raw),
        &mut encoder,
    )?;
    encoder.finish()
}

fn compress_qcow2<W: Write>(raw: &mut File, output: W) -> io::Result<W> {
    let size = raw.seek(SeekFrom::End(0))?;
    let gzip = BufWriter::with_capacity(1 << 20, GzipWriter::new(output)?);
    let gzip = qcow2::write(raw, size, gzip)?;
    gzip.into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .finish()
}

/// Fingerprints of the whole disk and of each partition.
///
/// # Errors
///
/// [`ImageError::File`] if the image cannot be read.
pub fn fingerprints(
    raw: &Path,
    layout: &Layout,
) -> Result<(Fingerprint, Vec<Fingerprint>), ImageError> {
    let part = |offset, bytes| {
        let file = disk::open(raw).map_err(at(raw))?;
        fingerprint(Window::new(file, offset, bytes)).map_err(at(raw))
    };
    let (whole, parts) = rayon::join(
        || part(0, layout.bytes()),
        || {
            layout
                .partitions
                .iter()
                .map(|p| part(p.offset(), p.bytes()))
                .collect::<Result<Vec<_>, ImageError>>()
        },
    );
    Ok((whole?, parts?))
}

/// Unpacks a file into another, as [`unpack_file`] does.
///
/// # Errors
///
/// [`ImageError::File`].
pub fn unpack(source: &Path, raw: &Path) -> Result<(), ImageError> {
    let file = disk::open(source).map_err(at(source))?;
    let output = disk::create(raw, 0).map_err(at(raw))?;
    unpack_file(file, output).map_err(at(source))
}

/// The first bytes of a file decide how it is unpacked. Blocks of zeros are
/// not written: `output` must be empty.
///
/// # Errors
///
/// Of reading, writing, or what is not in the form that its first bytes say.
pub fn unpack_file(mut file: File, output: File) -> io::Result<()> {
    let mut magic = [0; 4];
    file.read_exact(&mut magic)
        .map_err(|_| io::Error::other("is shorter than any image"))?;
    file.seek(SeekFrom::Start(0))?;
    match magic {
        [0x28, 0xB5, 0x2F, 0xFD] => sparse_copy(zstd::Decoder::new(file)?, output),
        [0x1F, 0x8B, ..] => {
            // qcow2 is read in the order of its tables.
            let unzipped = disk::nameless()?;
            sparse_copy(
                flate2::read::MultiGzDecoder::new(file),
                unzipped.try_clone()?,
            )?;
            let mut unzipped = unzipped;
            unzipped.seek(SeekFrom::Start(0))?;
            unpack_file(unzipped, output)
        }
        qcow2::MAGIC => {
            let size = qcow2::expand(file, &output)?;
            output.set_len(size)
        }
        _ => sparse_copy(file, output),
    }
}

/// Copies and leaves blocks of zeros unwritten.
fn sparse_copy(input: impl Read, mut output: File) -> io::Result<()> {
    let mut input = io::BufReader::with_capacity(1 << 20, input);
    let (mut block, zeros) = (Vec::with_capacity(1 << 16), vec![0; 1 << 16]);
    let mut length = 0;
    loop {
        block.clear();
        input.by_ref().take(1 << 16).read_to_end(&mut block)?;
        if block.is_empty() {
            return output.set_len(length);
        }
        if block != zeros[..block.len()] {
            output.seek(SeekFrom::Start(length))?;
            output.write_all(&block)?;
        }
        length += block.len() as u64;
    }
}
