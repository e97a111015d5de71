//! From the bytes of a TOML file to its keys and values, with their places.
//! Knows TOML and the schema; knows no rules.

mod document;
pub mod raw;
mod schema;
mod secret;
mod structure;

pub use document::{Document, MAX_BYTES, parse};
pub use raw::Description;
pub use schema::json_schema;
pub use secret::{is_reference, is_secret_name, secret_kind};
pub use structure::{Structure, check_structure};
