//! Findings, where they are in the file, and the one renderer that prints them.

mod finding;

pub use finding::{Finding, Severity};
