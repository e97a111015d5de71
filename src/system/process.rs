//! Programs that do not outlive this one, however it ends.

use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{Pid, Signal, getppid, kill_process, set_parent_process_death_signal};

/// The hidden subcommand by which this program starts others: it asks the
/// kernel for their death with this process and then becomes the program.
pub const BOUND: &str = "bound";
/// Between two looks at a process that is to end.
const TICK: Duration = Duration::from_millis(20);

/// A program to be started.
#[derive(Debug)]
pub struct Launch {
    /// Its file.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Where it runs.
    pub folder: PathBuf,
    /// Whether it reads and writes the terminal of this program. Otherwise it
    /// reads nothing, its output can be read, and Ctrl-C does not reach it.
    pub terminal: bool,
    /// File descriptors that it gets under their present numbers.
    pub descriptors: Vec<OwnedFd>,
}

/// A program that was started; it ends when this value does.
#[derive(Debug)]
pub struct Process {
    child: Child,
}

impl Launch {
    /// Starts the program. It dies with the calling thread, which should be
    /// that of `main`.
    ///
    /// # Errors
    ///
    /// If this program cannot start itself.
    pub fn start(self) -> io::Result<Process> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args([BOUND, &std::process::id().to_string(), "--"])
            .arg(&self.program)
            .args(&self.arguments)
            .current_dir(&self.folder);
        if !self.terminal {
            command
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .process_group(0);
        }
        for descriptor in &self.descriptors {
            fcntl_setfd(descriptor.as_fd(), FdFlags::empty())?;
        }
        let child = command.spawn()?;
        Ok(Process { child })
    }
}

/// Becomes the program, which then dies with `parent`.
///
/// Returns why it cannot: `parent` is gone already, or there is no such program.
#[must_use]
pub fn become_bound(parent: u32, program: &Path, arguments: &[OsString]) -> io::Error {
    if let Err(error) = set_parent_process_death_signal(Some(Signal::TERM)) {
        return error.into();
    }
    // It may have died before the kernel was asked.
    if getppid().map(|pid| pid.as_raw_nonzero().get().unsigned_abs()) != Some(parent) {
        return io::Error::other("the process that wanted it is gone");
    }
    Command::new(program).args(arguments).exec()
}

impl Process {
    /// Its standard error, once.
    pub fn take_errors(&mut self) -> Option<ChildStderr> {
        self.child.stderr.take()
    }

    /// How it ended, if it did.
    ///
    /// # Errors
    ///
    /// The operating system's.
    pub fn poll(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Waits so long for its end.
    ///
    /// # Errors
    ///
    /// The operating system's.
    pub fn wait(&mut self, limit: Duration) -> io::Result<Option<ExitStatus>> {
        let end = Instant::now() + limit;
        loop {
            let status = self.poll()?;
            if status.is_some() || Instant::now() >= end {
                return Ok(status);
            }
            std::thread::sleep(TICK);
        }
    }

    /// Asks it to end, and makes it end where it has not after `grace`.
    ///
    /// # Errors
    ///
    /// The operating system's.
    pub fn end(&mut self, grace: Duration) -> io::Result<()> {
        if self.poll()?.is_some() {
            return Ok(());
        }
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            kill_process(pid, Signal::TERM)?;
        }
        if self.wait(grace)?.is_none() {
            self.child.kill()?;
            self.child.wait()?;
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Nobody is left to be told; the kernel ends it with this process.
        let _ = self.end(Duration::from_secs(2));
    }
}

/// The number by which a program that inherits a descriptor knows it.
#[must_use]
pub fn descriptor_number(descriptor: &OwnedFd) -> i32 {
    descriptor.as_raw_fd()
}

/// The file of a program: a path, or a name that is looked up in `PATH`.
#[must_use]
pub fn find_program(name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        return Some(PathBuf::from(name)).filter(|path| path.is_file());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}
