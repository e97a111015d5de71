//! Images with real programs: mke2fs, GRUB, QEMU, and the checkers of their
//! owners. Tier 1: `cargo test --features tier1 --test image`, as root, with
//! the packages of tests/packages.debian.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests touch files and run programs, and stop where one fails"
)]

mod boot;
mod check;
mod differ;
mod fixture;
mod parts;
mod reproduce;
mod root;
mod signals;
mod space;
