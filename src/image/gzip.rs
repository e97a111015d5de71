//! gzip on all cores, with the same bytes on every machine: the input is cut
//! into blocks of fixed size, each is compressed by itself and ends on a byte
//! (`Z_SYNC_FLUSH`), and all form one stream, as pigz does it. RFC 1952; the
//! header has neither name nor time.

use std::io::{self, Write};

use flate2::{Compress, Compression, FlushCompress};
use rayon::prelude::*;

/// Bytes of a block: large against deflate's window of 32 KiB, so that cutting
/// costs little.
const BLOCK: usize = 1 << 20;
/// Blocks in memory at once.
const BATCH: usize = 16;
/// Level 6, zlib's default.
const LEVEL: u32 = 6;
/// ID1, ID2, deflate, no flags, no time, no extra flags, unknown system.
const HEADER: [u8; 10] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF];
/// The last block of the stream: empty, final, with fixed codes.
const END: [u8; 2] = [0x03, 0x00];

/// Compresses what is written to it; [`finish`](Self::finish) ends the stream.
pub struct GzipWriter<W> {
    output: W,
    pending: Vec<u8>,
    checksum: crc32fast::Hasher,
    length: u64,
}

impl<W: Write> GzipWriter<W> {
    /// Begins a stream.
    ///
    /// # Errors
    ///
    /// Those of `output`.
    pub fn new(mut output: W) -> io::Result<Self> {
        output.write_all(&HEADER)?;
        Ok(Self {
            output,
            pending: Vec::new(),
            checksum: crc32fast::Hasher::new(),
            length: 0,
        })
    }

    /// Ends the stream and gives the output back.
    ///
    /// # Errors
    ///
    /// Those of the output.
    pub fn finish(mut self) -> io::Result<W> {
        self.write_batch()?;
        self.output.write_all(&END)?;
        self.output
            .write_all(&self.checksum.finalize().to_le_bytes())?;
        // ISIZE is the length modulo 2^32.
        self.output.write_all(&self.length.to_le_bytes()[..4])?;
        Ok(self.output)
    }

    /// Compresses all that is pending. Whole blocks except at the end, so that
    /// blocks begin at the same bytes however the writes were cut.
    fn write_batch(&mut self) -> io::Result<()> {
        let blocks: Vec<(Vec<u8>, crc32fast::Hasher)> = self
            .pending
            .par_chunks(BLOCK)
            .map(deflate)
            .collect::<io::Result<_>>()?;
        for (bytes, part) in &blocks {
            self.output.write_all(bytes)?;
            self.checksum.combine(part);
        }
        self.length += self.pending.len() as u64;
        self.pending.clear();
        Ok(())
    }
}

impl<W: Write> Write for GzipWriter<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let taken = buffer.len().min(BATCH * BLOCK - self.pending.len());
        self.pending.extend_from_slice(&buffer[..taken]);
        if self.pending.len() == BATCH * BLOCK {
            self.write_batch()?;
        }
        Ok(taken)
    }

    /// Does nothing: a flush in the middle would change the bytes.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn deflate(block: &[u8]) -> io::Result<(Vec<u8>, crc32fast::Hasher)> {
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(block);
    let mut state = Compress::new(Compression::new(LEVEL), false);
    let mut bytes = Vec::with_capacity(block.len() + 1024);
    loop {
        let at = usize::try_from(state.total_in()).map_err(io::Error::other)?;
        state
            .compress_vec(&block[at..], &mut bytes, FlushCompress::Sync)
            .map_err(io::Error::other)?;
        // Room that is left over means that everything was flushed.
        if bytes.len() < bytes.capacity() {
            return Ok((bytes, checksum));
        }
        bytes.reserve(BLOCK);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;
    use proptest::prelude::*;

    use super::*;

    fn pack(data: &[u8]) -> Vec<u8> {
        let mut writer = GzipWriter::new(Vec::new()).unwrap();
        writer.write_all(data).unwrap();
        writer.finish().unwrap()
    }

    fn unpack(bytes: &[u8]) -> Vec<u8> {
        let mut all = Vec::new();
        // GzDecoder reads one member and checks length and checksum.
        GzDecoder::new(bytes).read_to_end(&mut all).unwrap();
        all
    }

    #[test]
    fn sizes_around_a_block_survive() {
        for size in [
            0,
            1,
            BLOCK - 1,
            BLOCK,
            BLOCK + 1,
            BATCH * BLOCK,
            BATCH * BLOCK + 1,
        ] {
            let data: Vec<u8> = (0..size)
                .map(|at| u8::try_from(at * at % 251).unwrap())
                .collect();
            let packed = pack(&data);
            assert!(unpack(&packed) == data, "{size}");
        }
    }

    #[test]
    fn the_number_of_threads_does_not_matter() {
        let data: Vec<u8> = (0..5 * BLOCK)
            .map(|at| u8::try_from(at / 3 % 200).unwrap())
            .collect();
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| pack(&data))
        };
        assert!(with(1) == with(4));
    }

    proptest! {
        #[test]
        fn any_bytes_survive(data in prop::collection::vec(any::<u8>(), 0..5000)) {
            let packed = pack(&data);
            prop_assert_eq!(unpack(&packed), data);
        }
    }
}
