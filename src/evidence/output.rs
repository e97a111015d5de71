//! What a command left behind.

/// Nothing, or what was seen instead.
pub(super) type Judgement = Result<(), String>;

/// Exit code and output (both streams) of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The exit code.
    pub status: i32,
    /// What it printed, without blank lines around it.
    pub text: String,
}

/// How much of an output is shown in a reason.
const SHOWN: usize = 300;

impl Output {
    /// What it printed, if it succeeded; otherwise how it failed, as a reason.
    pub(super) fn text(&self) -> Result<&str, String> {
        if self.status == 0 {
            Ok(&self.text)
        } else {
            Err(self.describe())
        }
    }

    /// The end of it, for a reason.
    pub(super) fn describe(&self) -> String {
        let count = self.text.chars().count();
        let end: String = self
            .text
            .chars()
            .skip(count.saturating_sub(SHOWN))
            .collect();
        let end = if end.is_empty() { "(no output)" } else { &end };
        format!("exit {}: {end}", self.status)
    }
}

/// The reason why something is not what it should be, if it is not.
pub(super) fn differs<T: PartialEq + std::fmt::Debug>(got: &T, wanted: &T) -> Result<(), String> {
    if got == wanted {
        Ok(())
    } else {
        Err(format!("it is {got:?} instead of {wanted:?}"))
    }
}
