//! Running external programs in an environment that is ours: nothing of the
//! caller's locale, time zone or configuration reaches their output.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where administrators' programs lie on distributions that keep them out of a
/// user's `PATH`.
const ADMIN_PATH: &str = "/usr/sbin:/sbin";

/// An external program and its surroundings.
#[derive(Clone, Debug)]
pub struct Tool {
    program: PathBuf,
    environment: Vec<(&'static str, OsString)>,
    folder: PathBuf,
}

/// What a program left behind.
#[derive(Debug)]
pub struct Finished {
    /// Whether it exited with 0.
    pub success: bool,
    /// How it ended, such as `exit status: 1`.
    pub status: String,
    /// Standard output.
    pub output: Vec<u8>,
    /// Standard error.
    pub errors: String,
}

impl Tool {
    /// `program` is a path or a name in `PATH`; it runs in `folder`, in UTC and
    /// the C locale.
    #[must_use]
    pub fn new(program: &Path, folder: &Path) -> Self {
        let mut path = std::env::var_os("PATH").unwrap_or_default();
        path.push(":");
        path.push(ADMIN_PATH);
        let environment = vec![("PATH", path), ("LC_ALL", "C".into()), ("TZ", "UTC".into())];
        Self {
            program: program.to_owned(),
            environment,
            folder: folder.to_owned(),
        }
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn env(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.environment.push((name, value.into()));
        self
    }

    /// The program, for messages.
    #[must_use]
    pub fn name(&self) -> String {
        self.program.display().to_string()
    }

    /// Runs it to its end with nothing on standard input.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> io::Result<Finished> {
        let output = self.command(arguments).stdin(Stdio::null()).output()?;
        Ok(Finished {
            success: output.status.success(),
            status: output.status.to_string(),
            output: output.stdout,
            errors: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        })
    }

    fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .env_clear()
            .current_dir(&self.folder);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_caller_reaches_the_program() {
        let tool = Tool::new(Path::new("env"), Path::new("/")).env("ONE", "1");
        let finished = tool.run::<&str>(&[]).unwrap();
        let text = String::from_utf8(finished.output).unwrap();
        let names: Vec<&str> = text
            .lines()
            .filter_map(|line| line.split('=').next())
            .collect();
        assert_eq!(names, ["LC_ALL", "ONE", "PATH", "TZ"]);
    }
}
