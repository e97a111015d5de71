//! What is shown of a build: Nix's log while it runs, then what came out. Pure.

mod nix_log;
mod summary;

pub use nix_log::{Event, Progress};
pub use summary::{bytes, summary};
