//! The terminal under standard input.

use std::io;

use rustix::termios::{OptionalActions, Termios, isatty, tcgetattr, tcsetattr};

/// Its modes as they are now; they are those again when this value ends,
/// whatever a program made of them.
#[derive(Debug)]
pub struct KeptModes(Option<Termios>);

impl KeptModes {
    /// Remembers the modes; nothing where standard input is no terminal.
    #[must_use]
    pub fn now() -> Self {
        let input = io::stdin();
        Self(isatty(&input).then(|| tcgetattr(&input).ok()).flatten())
    }
}

impl Drop for KeptModes {
    fn drop(&mut self) {
        if let Some(modes) = &self.0 {
            // A terminal that is gone has no modes.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, modes);
        }
    }
}
