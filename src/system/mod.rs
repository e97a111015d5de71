//! The only place that touches files, processes, the environment and the clock.
#![expect(
    clippy::disallowed_methods,
    reason = "everything else goes through the functions of this folder"
)]

pub mod computer;
pub mod disk;
mod environment;
mod files;
mod fleet;
mod interrupt;
mod lines;
pub mod network;
pub mod process;
mod temporary;
mod terminal;
pub mod tool;
pub mod tree;

pub use environment::{default_public_keys, no_color};
pub use files::{
    FileError, create_directory, exists, is_file, read_bounded, read_if_there, write_atomic,
};
pub use fleet::{Fleet, FleetError, HostFile};
pub use interrupt::Interrupt;
pub use lines::Lines;
pub use temporary::{TemporaryFolder, remove_on_signals};
pub use terminal::KeptModes;
