//! A part of a file that behaves like a file of its own.

use std::io::{self, Read, Seek, SeekFrom, Write};

/// Bytes `start..start + len` of `inner`. Reads stop at the end, writes beyond
/// it fail.
#[derive(Debug)]
pub struct Window<F> {
    inner: F,
    start: u64,
    len: u64,
    position: u64,
}

impl<F: Seek> Window<F> {
    /// The window at its beginning.
    pub fn new(inner: F, start: u64, len: u64) -> Self {
        Self {
            inner,
            start,
            len,
            position: 0,
        }
    }

    /// Bytes from the position to the end.
    fn left(&self) -> u64 {
        self.len.saturating_sub(self.position)
    }

    /// Moves `inner` to the position and says how much of a buffer may be used.
    fn aim(&mut self, wanted: usize) -> io::Result<usize> {
        self.inner
            .seek(SeekFrom::Start(self.start + self.position))?;
        Ok(usize::try_from(self.left()).map_or(wanted, |left| wanted.min(left)))
    }
}

impl<F: Read + Seek> Read for Window<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = self.aim(buffer.len())?;
        let read = self.inner.read(&mut buffer[..wanted])?;
        self.position += read as u64;
        Ok(read)
    }
}

impl<F: Write + Seek> Write for Window<F> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let wanted = self.aim(buffer.len())?;
        let written = self.inner.write(&buffer[..wanted])?;
        self.position += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<F> Seek for Window<F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(offset) => self.len.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = target.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn nothing_outside_is_read_or_written() {
        let mut window = Window::new(Cursor::new(*b"abcdefgh"), 2, 4);
        let mut text = String::new();
        window.read_to_string(&mut text).unwrap();
        assert_eq!(text, "cdef");
        window.seek(SeekFrom::End(-2)).unwrap();
        assert!(window.write_all(b"123").is_err(), "one byte too many");
        assert_eq!(&window.inner.into_inner(), b"abcd12gh");
    }
}
