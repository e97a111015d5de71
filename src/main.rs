//! The `hostwright` program.

fn main() {}
