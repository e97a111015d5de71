//! Findings, where they are in the file, and the one renderer that prints them.

mod closest;
mod finding;
mod render;

pub use closest::closest;
pub use finding::{Finding, Place, Severity};
pub use render::{FileReport, Located};
