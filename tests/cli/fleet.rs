//! A fleet of its own for a test that writes.

use std::path::{Path, PathBuf};
use std::process::Output;

use tempfile::TempDir;

use crate::support::{hostwright, read, transcript};

/// The hosts of this repository, in a directory that a test may change.
pub(crate) struct Fleet(TempDir);

impl Fleet {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hosts = folder.path().join("hosts");
        std::fs::create_dir(&hosts).unwrap();
        let description = read(Path::new("hosts/hetzner-cpx31.toml"));
        std::fs::write(hosts.join("web.toml"), description).unwrap();
        Self(folder)
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        hostwright(arguments)
            .current_dir(self.0.path())
            .output()
            .unwrap()
    }

    pub(crate) fn transcript(&self, arguments: &[&str]) -> String {
        transcript(&self.run(arguments))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Replaces the first `old` of a file by `new`.
    pub(crate) fn edit(&self, name: &str, old: &str, new: &str) {
        let text = self.text(name);
        assert!(text.contains(old), "{name} has no {old:?}");
        std::fs::write(self.path(name), text.replacen(old, new, 1)).unwrap();
    }
}
