//! The program in an empty environment, and the directories of the project.

use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;

/// The project's root: the program runs there, so that file names in its
/// output are the same everywhere.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The program, without any variable of the caller.
pub(crate) fn hostwright<S: AsRef<std::ffi::OsStr>>(arguments: &[S]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hostwright"));
    command.env_clear().current_dir(root()).args(arguments);
    command
}

/// Runs the program to its end.
pub(crate) fn run<S: AsRef<std::ffi::OsStr>>(arguments: &[S]) -> Output {
    hostwright(arguments).output().unwrap()
}

/// Everything that a run shows, as one text for a snapshot.
pub(crate) fn transcript(output: &Output) -> String {
    let code = output.status.code();
    let code = code.map_or_else(|| "a signal".to_owned(), |code| code.to_string());
    let mut text = format!("exit: {code}\n");
    for (name, stream) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        if !stream.is_empty() {
            text.extend(["--- ", name, "\n", &String::from_utf8_lossy(stream)]);
        }
    }
    text
}

/// The files of `directory` with this extension, sorted, relative to the root.
pub(crate) fn files(directory: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = std::fs::read_dir(root().join(directory))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .map(|name| Path::new(directory).join(name))
        .filter(|path| path.extension().is_some_and(|it| it == extension))
        .collect::<Vec<_>>();
    found.sort();
    assert!(!found.is_empty(), "no *.{extension} in {directory}");
    found
}

/// NAME of NAME.toml.
pub(crate) fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}

/// The bytes of a file of the project.
pub(crate) fn read(path: &Path) -> Vec<u8> {
    std::fs::read(root().join(path)).unwrap()
}
