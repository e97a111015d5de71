//! The command line: one file per subcommand. stdout is the result, stderr is
//! progress and findings.

mod boot;
mod bound;
mod build;
mod check;
mod explain;
mod facts;
mod image;
mod init;
mod keys;
mod load;
mod output;
mod plan;
mod progress;
mod reference;
mod render;
mod run;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

pub use output::Exit;

/// One TOML file per server becomes a checked NixOS host
#[derive(Debug, Parser)]
#[command(name = "hostwright", version, propagate_version = true)]
struct Arguments {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options of every subcommand.
#[derive(Clone, Debug, clap::Args)]
struct Global {
    /// Directory of the descriptions
    #[arg(
        long = "hosts",
        id = "fleet",
        global = true,
        value_name = "DIR",
        default_value = "hosts"
    )]
    fleet: PathBuf,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: output::Color,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check descriptions and print every finding
    Check(check::Check),
    /// Write a first fleet repository, with one host
    Init(init::Init),
    /// Write the NixOS module of each description beside it
    Render(render::Render),
    /// Print what would be done, and the rules that are broken on purpose
    Plan(plan::Plan),
    /// Say which options a key makes, or which key makes an option
    Explain(explain::Explain),
    /// Build the images of hosts with Nix
    Build(build::Build),
    /// Boot the image of a host on this computer
    Run(run::Run),
    /// Prove what must be true of a host where it runs
    Verify(verify::Verify),
    /// Make, read and compare disk images
    Image(image::Image),
    /// Print what must be true of a host
    Facts(facts::Facts),
    /// Print the JSON Schema of a description
    Schema,
    /// Print shell completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the manual pages into a directory
    Man {
        /// The directory; it must exist
        directory: PathBuf,
    },
    /// Become a program that dies with its parent
    #[command(hide = true)]
    Bound(bound::Bound),
    /// Write the generated reference into a directory
    #[command(hide = true)]
    Reference {
        /// The directory; it must exist
        directory: PathBuf,
    },
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    output::report_defects();
    let arguments = Arguments::parse();
    let mut output = output::Output::new(arguments.global.color);
    let result = match arguments.command {
        Command::Check(check) => check.run(&arguments.global, &mut output),
        Command::Init(init) => init.run(&arguments.global, &mut output),
        Command::Render(render) => render.run(&arguments.global, &mut output),
        Command::Plan(plan) => plan.run(&arguments.global, &mut output),
        Command::Explain(explain) => explain.run(&arguments.global, &mut output),
        Command::Build(build) => build.run(&arguments.global, &mut output),
        Command::Run(run) => run.run(&arguments.global, &mut output),
        Command::Verify(verify) => verify.run(&arguments.global, &mut output),
        Command::Image(image) => image.run(&mut output),
        Command::Facts(facts) => facts.run(&arguments.global, &mut output),
        Command::Schema => reference::schema(&mut output),
        Command::Completions { shell } => {
            reference::completions(shell, &mut Arguments::command(), &mut output)
        }
        Command::Bound(bound) => bound.run(),
        Command::Man { directory } => reference::man(Arguments::command(), &directory),
        Command::Reference { directory } => reference::reference(&directory),
    };
    output.finish(result)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_arguments_do_not_clash() {
        super::Arguments::command().debug_assert();
    }
}
