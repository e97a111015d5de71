//! What a host shows of itself: which commands of a root shell show a fact,
//! and what their output says of it. Pure: who runs the commands, over a
//! machine's port or over SSH, is a [`Shell`].
//!
//! A host needs `/bin/sh`, systemd and coreutils for it, and the programs that
//! the fact is about.

#![warn(
    clippy::wildcard_enum_match_arm,
    reason = "a new kind of fact is refused here until it has its own arm"
)]

mod access;
mod bans;
mod commands;
mod host;
mod judge;
mod output;
pub mod reach;
mod report;
mod survey;
#[cfg(test)]
mod tests;
mod volatile;

pub use output::Output;
pub use report::{Elsewhere, Outcome, Report, Verdict};
pub use survey::{Survey, SurveyError};

/// A root shell on a host.
pub trait Shell {
    /// Why it could not be asked.
    type Error;

    /// Runs a script and gives what it printed.
    ///
    /// # Errors
    ///
    /// If the host did not run it to its end.
    fn run(&mut self, script: &str) -> Result<String, Self::Error>;
}
