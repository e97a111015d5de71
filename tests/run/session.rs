//! A folder with one host, and the program in it.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::fixture::{hostwright, text};

/// Until a machine must have said something; it takes 20 s at most alone.
const PATIENCE: Duration = Duration::from_secs(180);

/// Description of the smallest machine of the provider on this computer.
const HOST: &str = "tests/hosts/valid/qemu-lab.toml";

pub(crate) struct Session(tempfile::TempDir);

impl Session {
    pub(crate) fn new() -> Self {
        let session = Self(tempfile::tempdir().unwrap());
        std::fs::create_dir(session.path("hosts")).unwrap();
        std::fs::create_dir(session.path("hosts/tmp")).unwrap();
        std::fs::copy(crate::root().join(HOST), session.path("hosts/lab.toml")).unwrap();
        session
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// `hostwright run lab` with an image, temporary files where they are seen.
    pub(crate) fn command(&self, image: &Path) -> Command {
        self.with(&["run", "lab"], image)
    }

    /// Another subcommand with an image.
    pub(crate) fn with(&self, subcommand: &[&str], image: &Path) -> Command {
        let mut command = hostwright();
        command
            .args(subcommand)
            .args(["--memory", "512MiB", "--image"])
            .arg(image)
            .current_dir(self.0.path())
            .env("TMPDIR", self.path("hosts/tmp"));
        command
    }

    /// The same with `--console`, in a terminal of its own.
    pub(crate) fn in_terminal(&self, image: &Path) -> Terminal {
        let line = format!(
            "{} run lab --memory 512MiB --console --image {}",
            env!("CARGO_BIN_EXE_hostwright"),
            image.display()
        );
        let child = Command::new("script")
            .args([
                "--quiet",
                "--return",
                "--flush",
                "--command",
                &line,
                "/dev/null",
            ])
            .current_dir(self.0.path())
            .env("TMPDIR", self.path("hosts/tmp"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Terminal::of(child)
    }

    /// Names in the folder.
    pub(crate) fn left(&self) -> Vec<String> {
        names(self.0.path())
    }

    /// Names in the folder of temporary files.
    pub(crate) fn temporary(&self) -> Vec<String> {
        names(&self.path("hosts/tmp"))
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A program whose output is read while it runs.
pub(crate) struct Terminal {
    child: Child,
    input: Option<ChildStdin>,
    output: Receiver<Vec<u8>>,
    said: Vec<u8>,
}

impl Terminal {
    pub(crate) fn of(mut child: Child) -> Self {
        let mut stream = child.stdout.take().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut part = [0; 4096];
            while let Ok(count @ 1..) = stream.read(&mut part) {
                if sender.send(part[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            input: child.stdin.take(),
            child,
            output,
            said: Vec::new(),
        }
    }

    pub(crate) fn wait_for(&mut self, words: &str) {
        let end = Instant::now() + PATIENCE;
        while !text(&self.said).contains(words) {
            let left = end.saturating_duration_since(Instant::now());
            let part = self.output.recv_timeout(left);
            let part = part.unwrap_or_else(|_| panic!("no {words:?} in:\n{}", text(&self.said)));
            self.said.extend(part);
        }
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes).unwrap();
        input.flush().unwrap();
    }

    /// Waits for the end; gives all that was said.
    pub(crate) fn finish(mut self) -> (ExitStatus, String) {
        let end = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < end, "no end: {}", text(&self.said));
            std::thread::sleep(Duration::from_millis(50));
        };
        while let Ok(part) = self.output.recv_timeout(Duration::from_secs(1)) {
            self.said.extend(part);
        }
        (status, text(&self.said))
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}
