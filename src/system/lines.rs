//! Lines of a stream that is read beside other work.

use std::io::{BufRead, BufReader, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// The lines of a stream, as they come.
#[derive(Debug)]
pub struct Lines(Receiver<String>);

impl Lines {
    /// Reads the stream in a thread of its own, to its end.
    #[must_use]
    pub fn of(stream: impl Read + Send + 'static) -> Self {
        let (sender, receiver) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stream).split(b'\n') {
                let Ok(line) = line else { break };
                let line = String::from_utf8_lossy(&line).into_owned();
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self(receiver)
    }

    /// The next line; `Some(None)` if there was none for so long, nothing at
    /// the end of the stream.
    #[must_use]
    pub fn next(&self, patience: Duration) -> Option<Option<String>> {
        match self.0.recv_timeout(patience) {
            Ok(line) => Some(Some(line)),
            Err(RecvTimeoutError::Timeout) => Some(None),
            Err(RecvTimeoutError::Disconnected) => None,
        }
    }
}
