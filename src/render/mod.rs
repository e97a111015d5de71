//! From a checked host to its NixOS module: ordinary options with computed
//! values, each with its reason.

mod context;
mod literal;
mod module;
mod origins;
mod template;

pub use module::{Module, RenderError, Staleness, hash, render, staleness};
pub use origins::{RenderedOption, written_options};
