//! Where images run.

pub mod qemu;
