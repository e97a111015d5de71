//! Long work: a line that moves on a terminal, plain lines elsewhere.

use std::io::{IsTerminal, stderr};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Between two pictures of a spinner.
const TICK: Duration = Duration::from_millis(100);

/// A line about work of unknown length.
#[derive(Debug)]
pub(super) struct Spinner {
    bar: ProgressBar,
    terminal: bool,
}

impl Spinner {
    pub(super) fn new() -> Self {
        let terminal = stderr().is_terminal();
        let bar = if terminal {
            ProgressBar::new_spinner()
        } else {
            ProgressBar::hidden()
        };
        bar.enable_steady_tick(TICK);
        Self { bar, terminal }
    }

    /// Whether lines that stay are wanted instead.
    pub(super) fn is_hidden(&self) -> bool {
        !self.terminal
    }

    pub(super) fn show(&self, text: &str) {
        self.bar.set_message(text.to_owned());
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A bar over so many bytes.
#[derive(Debug)]
pub(super) struct Bytes(ProgressBar);

impl Bytes {
    pub(super) fn new(what: &'static str) -> Self {
        let bar = if stderr().is_terminal() {
            ProgressBar::new(0)
        } else {
            ProgressBar::hidden()
        };
        if let Ok(style) =
            ProgressStyle::with_template("{msg} {wide_bar} {binary_bytes} of {binary_total_bytes}")
        {
            bar.set_style(style);
        }
        Self(bar.with_message(what))
    }

    pub(super) fn show(&self, done: u64, total: u64) {
        self.0.set_length(total);
        self.0.set_position(done);
    }
}

impl Drop for Bytes {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
