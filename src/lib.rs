//! One TOML file per server becomes a checked description, a readable NixOS
//! module, an image, a server and the proof that the server is what the file
//! says. The folders follow that flow; arrows point one way (docs/architecture.md).

pub mod build;
pub mod catalogue;
pub mod cli;
pub mod cloud;
pub mod description;
pub mod diagnostics;
pub mod evidence;
pub mod facts;
pub mod firewall;
pub mod hardening;
pub mod host;
pub mod image;
pub mod plan;
pub mod render;
pub mod resolve;
pub mod rules;
pub mod system;
