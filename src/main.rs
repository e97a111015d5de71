//! The `hostwright` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    hostwright::cli::main()
}
