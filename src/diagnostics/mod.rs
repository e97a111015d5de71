//! Findings, where they are in the file, and the one renderer that prints them.

mod closest;
mod finding;
mod render;
mod spans;

pub use closest::closest;
pub use finding::{Finding, Place, Severity};
pub use render::{FileReport, Located};
pub use spans::{SpanIndex, key_path};
