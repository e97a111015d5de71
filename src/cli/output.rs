//! Where results, findings and errors go, and with which exit code.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use serde::Serialize;

use crate::diagnostics::FileReport;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything is as it should be.
    Success,
    /// The input is refused, or something is not as it should be.
    Refused,
}

/// Exit codes: 0 success, 1 refused or failed, 2 usage (clap's), 3 the reader
/// of stdout went away, 70 a defect of ours (`EX_SOFTWARE` of sysexits.h).
const REFUSED: u8 = 1;
const BROKEN_PIPE: u8 = 3;
const DEFECT: i32 = 70;

/// When to use colours.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The two streams.
#[derive(Debug)]
pub(super) struct Output {
    stdout: io::Stdout,
    stderr: io::Stderr,
    styled: bool,
}

impl Output {
    pub(super) fn new(color: Color) -> Self {
        let styled = match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => io::stderr().is_terminal() && !crate::system::no_color(),
        };
        Self {
            stdout: io::stdout(),
            stderr: io::stderr(),
            styled,
        }
    }

    /// Writes a result.
    pub(super) fn result(&mut self, text: &str) -> anyhow::Result<()> {
        Ok(self.stdout.write_all(text.as_bytes())?)
    }

    /// Writes a result as JSON.
    pub(super) fn json(&mut self, value: &impl Serialize) -> anyhow::Result<()> {
        let mut text = serde_json::to_string_pretty(value)?;
        text.push('\n');
        self.result(&text)
    }

    /// Says something about the work.
    pub(super) fn say(&mut self, text: &str) -> anyhow::Result<()> {
        Ok(writeln!(self.stderr, "{text}")?)
    }

    /// Draws findings.
    pub(super) fn findings(&mut self, report: &FileReport) -> anyhow::Result<()> {
        let text = report.render(self.styled);
        Ok(self.stderr.write_all(text.as_bytes())?)
    }

    /// Prints what went wrong, once, with its causes, and gives the exit code.
    pub(super) fn finish(&mut self, result: anyhow::Result<Exit>) -> ExitCode {
        match result {
            Ok(Exit::Success) => ExitCode::SUCCESS,
            Ok(Exit::Refused) => ExitCode::from(REFUSED),
            Err(error) if is_broken_pipe(&error) => ExitCode::from(BROKEN_PIPE),
            Err(error) => {
                // Nobody is left to tell if stderr is closed too.
                let _ = self.say(&format!("error: {error:#}"));
                ExitCode::from(REFUSED)
            }
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// A panic is a defect of ours: says so and ends with its own code.
#[expect(clippy::exit, reason = "a panic of any thread ends the program")]
pub(super) fn report_defects() {
    std::panic::set_hook(Box::new(|panic| {
        let _ = writeln!(
            io::stderr(),
            "error: this is a defect of hostwright {}, please report it: {panic}",
            env!("CARGO_PKG_VERSION")
        );
        std::process::exit(DEFECT);
    }));
}
