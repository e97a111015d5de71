//! Running external programs in an environment that is ours: nothing of the
//! caller's locale, time zone or configuration reaches their output.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

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

    /// Runs it while `feed` writes its standard input. The program's failure
    /// counts more than that of `feed`, whose pipe it broke.
    ///
    /// # Errors
    ///
    /// If it cannot be started; the inner result is that of `feed`.
    pub fn run_with_input<S: AsRef<OsStr>, E>(
        &self,
        arguments: &[S],
        feed: impl FnOnce(&mut dyn Write) -> Result<(), E>,
    ) -> io::Result<(Finished, Result<(), E>)> {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take();
        let errors = child.stderr.take();
        // Read meanwhile: a program whose errors fill their pipe reads no more input.
        let (result, errors) = thread::scope(|scope| {
            let errors = scope.spawn(move || read_all(errors));
            // The pipe is closed when `input` is dropped, before the wait.
            let result = input.map_or(Ok(()), |mut input| feed(&mut input));
            (result, errors.join())
        });
        let status = child.wait()?;
        let errors = errors.map_err(|_| io::Error::other("the reader of errors broke"))??;
        let finished = Finished {
            success: status.success(),
            status: status.to_string(),
            output: Vec::new(),
            errors: String::from_utf8_lossy(&errors).trim().to_owned(),
        };
        Ok((finished, result))
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

fn read_all(stream: Option<impl Read>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        stream.read_to_end(&mut bytes)?;
    }
    Ok(bytes)
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

    #[test]
    fn a_program_that_complains_before_it_reads_is_fed() {
        let tool = Tool::new(Path::new("sh"), Path::new("/"));
        let complain = "head -c 1000000 /dev/zero | tr '\\0' x >&2; cat >/dev/null";
        let (finished, written) = tool
            .run_with_input(&["-c", complain], |input| {
                (0..100).try_for_each(|_| input.write_all(&[0; 4096]))
            })
            .unwrap();
        assert!(finished.success && written.is_ok());
        assert_eq!(finished.errors.len(), 1_000_000);
    }

    #[test]
    fn a_program_that_fails_early_is_heard() {
        let tool = Tool::new(Path::new("sh"), Path::new("/"));
        let (finished, written) = tool
            .run_with_input(&["-c", "echo no room >&2; exit 3"], |input| {
                (0..100_000).try_for_each(|_| input.write_all(&[0; 4096]))
            })
            .unwrap();
        assert!(!finished.success);
        assert_eq!(finished.errors, "no room");
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }
}
