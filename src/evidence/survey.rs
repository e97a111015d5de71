//! All commands of a host's facts as one script, and what it printed.

use std::collections::BTreeMap;
use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::facts::Fact;

use super::Output;
use super::commands::{commands, word};
use super::judge::judge;
use super::report::Verdict;

/// Before the output of each command, then its number, exit code and output
/// in base 64.
const MARK: &str = "hostwright-evidence";
/// No command may take longer, in seconds; an emulated machine is slow.
const LIMIT: u32 = 120;

/// What a host is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survey {
    commands: Vec<String>,
}

/// What a host answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed(BTreeMap<String, Output>);

/// Why what a host printed is no answer.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SurveyError {
    /// A line is missing or damaged.
    #[error("the host did not answer command {number}: {command}")]
    Missing {
        /// The command's number.
        number: usize,
        /// The command.
        command: String,
    },
}

impl Survey {
    /// The commands that show these facts, each once.
    #[must_use]
    pub fn of<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> Self {
        let mut found: Vec<String> = facts
            .into_iter()
            .flat_map(|fact| commands(&fact.check))
            .collect();
        found.sort();
        found.dedup();
        Self { commands: found }
    }

    /// A script for `/bin/sh` that runs them all. A command that fails or
    /// hangs is evidence like any other.
    #[must_use]
    pub fn script(&self) -> String {
        let mut script = String::new();
        for (number, command) in self.commands.iter().enumerate() {
            let command = word(command);
            // The exit code passes the pipe by file descriptor 3.
            // A String takes everything.
            let _ = write!(
                script,
                "{{ code=$( {{ {{ timeout {LIMIT} sh -c {command} 2>&1 </dev/null; echo $? >&3; }} | base64 -w 0 >&4; }} 3>&1 ); }} 4>&1\n\
                 echo; echo {MARK} {number} $code\n"
            );
        }
        script
    }

    /// Reads what the script printed.
    ///
    /// # Errors
    ///
    /// [`SurveyError::Missing`] for the first command without an answer.
    pub fn read(&self, printed: &str) -> Result<Observed, SurveyError> {
        let mut found = BTreeMap::new();
        let mut before = "";
        for line in printed.lines() {
            if let Some((number, output)) = answer(line, before) {
                found.insert(number, output);
            }
            before = line;
        }
        let missing = |number: usize, command: &String| SurveyError::Missing {
            number,
            command: command.clone(),
        };
        let answers = self.commands.iter().enumerate();
        let answers = answers.map(|(number, command)| {
            let output = found.remove(&number);
            let output = output.ok_or_else(|| missing(number, command))?;
            Ok((command.clone(), output))
        });
        answers.collect::<Result<_, SurveyError>>().map(Observed)
    }
}

/// A line with a mark, after one with the output.
fn answer(line: &str, before: &str) -> Option<(usize, Output)> {
    let (number, status) = line
        .trim_end()
        .strip_prefix(MARK)?
        .trim_start()
        .split_once(' ')?;
    let bytes = STANDARD.decode(before.trim()).ok()?;
    let output = Output {
        status: status.parse().ok()?,
        text: String::from_utf8_lossy(&bytes).trim().to_owned(),
    };
    Some((number.parse().ok()?, output))
}

impl Observed {
    /// What was seen of a fact; nothing where a look at the host shows none.
    #[must_use]
    pub fn verdict(&self, fact: &Fact) -> Option<Verdict> {
        let commands = commands(&fact.check);
        if commands.is_empty() {
            return None;
        }
        let outputs = commands.iter().map(|command| self.0.get(command));
        let outputs: Option<Vec<&Output>> = outputs.collect();
        Some(match outputs.map(|outputs| judge(&fact.check, &outputs)) {
            Some(Ok(())) => Verdict::Holds,
            Some(Err(reason)) => Verdict::Fails(reason),
            None => Verdict::Fails("the host was not asked".into()),
        })
    }
}
