//! Everything that a user of the program sees: the real binary, an empty
//! environment, complete output.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests make files, start the program, and end where something fails"
)]

mod check;
mod corpus;
mod documents;
mod explain;
mod fleet;
mod hostile;
mod init;
mod machine;
mod mutations;
mod names;
mod plan;
mod readme;
mod reference;
mod render;
mod schema;
mod scripts;
mod support;
