//! `hostwright bound`: how this program starts others, so that none outlives it.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Context;

use crate::system::process::become_bound;

use super::output::Exit;

/// Arguments of `hostwright bound`.
#[derive(Debug, clap::Args)]
pub(super) struct Bound {
    /// Process that it must not outlive
    parent: u32,
    /// The program
    program: PathBuf,
    /// Its arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

impl Bound {
    pub(super) fn run(&self) -> anyhow::Result<Exit> {
        Err(become_bound(self.parent, &self.program, &self.arguments))
            .with_context(|| format!("cannot start {}", self.program.display()))
    }
}
