//! SHA-256 of what passes by.

use std::io::{self, Read, Write};

use serde::Serialize;
use sha2::{Digest, Sha256};

/// Size and hash of some bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Fingerprint {
    /// Number of bytes.
    pub bytes: u64,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

/// Hashes what is written to it before it passes it on.
pub struct HashingWriter<W> {
    inner: W,
    digest: Sha256,
    bytes: u64,
}

impl<W> HashingWriter<W> {
    /// Passes on to `inner`.
    pub fn new(inner: W) -> Self {
        Self {
            inner,
            digest: Sha256::new(),
            bytes: 0,
        }
    }

    /// The inner writer and the fingerprint of all that was written.
    pub fn finish(self) -> (W, Fingerprint) {
        let sha256 = hex(&self.digest.finalize());
        (
            self.inner,
            Fingerprint {
                bytes: self.bytes,
                sha256,
            },
        )
    }
}

impl<W: Write> Write for HashingWriter<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(buffer)?;
        self.digest.update(&buffer[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Bytes in lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            for digit in [byte >> 4, byte & 15] {
                text.extend(char::from_digit(u32::from(digit), 16));
            }
            text
        })
}

/// The fingerprint of all that `input` has.
///
/// # Errors
///
/// Those of `input`.
pub fn fingerprint(input: impl Read) -> io::Result<Fingerprint> {
    let mut writer = HashingWriter::new(io::sink());
    let mut input = io::BufReader::with_capacity(1 << 20, input);
    io::copy(&mut input, &mut writer)?;
    Ok(writer.finish().1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_hash() {
        let found = fingerprint(&b"abc"[..]).unwrap();
        assert_eq!(found.bytes, 3);
        assert_eq!(
            found.sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
