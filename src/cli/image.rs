//! `hostwright image`: makes, reads and compares disk images.

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::image::{
    Assembly, Difference, Format, ImageSpec, Include, MANIFEST, Stage, compare, inspect,
    verify_manifest,
};
use crate::system::{TemporaryFolder, disk, remove_on_signals};

use super::output::{Exit, Output};

/// Arguments of `hostwright image`.
#[derive(Debug, clap::Args)]
pub(super) struct Image {
    #[command(subcommand)]
    command: ImageCommand,
}

#[derive(Debug, clap::Subcommand)]
enum ImageCommand {
    /// Make an image of a closure, without root, loop device or virtual machine
    Assemble(Assemble),
    /// Print what an image is, from its bytes alone
    Inspect(Inspect),
    /// Say whether an image is identical to its manifest, another image or a rebuild
    Verify(Verify),
}

/// Arguments of `hostwright image assemble`.
#[derive(Debug, clap::Args)]
struct Assemble {
    /// Specification as JSON: host, toplevel, closure, GRUB, tools
    spec: PathBuf,
    /// Folder for the image and its manifest
    #[arg(long, short, value_name = "DIR")]
    output: PathBuf,
    /// Form of the image (can be repeated): raw, raw.zst (Hetzner), qcow2.gz (DigitalOcean)
    #[arg(long = "format", value_name = "FORMAT", default_value = "raw.zst")]
    formats: Vec<Format>,
    /// Copy a tree into the image beside the store (can be repeated)
    #[arg(long = "include", value_name = "SOURCE:TARGET")]
    include: Vec<Include>,
}

/// Arguments of `hostwright image inspect`.
#[derive(Debug, clap::Args)]
struct Inspect {
    /// An image: raw, qcow2, or either compressed by zstd or gzip
    file: PathBuf,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

/// Arguments of `hostwright image verify`.
#[derive(Debug, clap::Args)]
struct Verify {
    /// The image; compared with the manifest.json beside it if nothing else is named
    file: PathBuf,
    /// Another image, in any form
    #[arg(long, value_name = "FILE", conflicts_with = "rebuild")]
    against: Option<PathBuf>,
    /// A specification: assemble it again and compare
    #[arg(long, value_name = "SPEC")]
    rebuild: Option<PathBuf>,
    /// Print the differences as JSON
    #[arg(long)]
    json: bool,
}

impl Image {
    pub(super) fn run(&self, output: &mut Output) -> anyhow::Result<Exit> {
        remove_on_signals()?;
        match &self.command {
            ImageCommand::Assemble(assemble) => assemble.run(output),
            ImageCommand::Inspect(arguments) => {
                let found = inspect(&arguments.file)?;
                if arguments.json {
                    output.json(&found)?;
                } else {
                    output.result(&found.table())?;
                }
                Ok(Exit::Success)
            }
            ImageCommand::Verify(verify) => verify.run(output),
        }
    }
}

impl Assemble {
    fn run(&self, output: &mut Output) -> anyhow::Result<Exit> {
        let mut spec = read_spec(&self.spec)?;
        spec.include.extend(self.include.iter().cloned());
        let mut formats = self.formats.clone();
        formats.sort_unstable();
        formats.dedup();
        let assembly = Assembly {
            spec,
            output: self.output.clone(),
            formats,
        };
        let manifest = assemble(&assembly, output)?;
        for file in &manifest.files {
            let path = self.output.join(&file.name);
            output.result(&format!(
                "{}  {} bytes  {}\n",
                file.fingerprint.sha256,
                file.fingerprint.bytes,
                path.display()
            ))?;
        }
        Ok(Exit::Success)
    }
}

impl Verify {
    fn run(&self, output: &mut Output) -> anyhow::Result<Exit> {
        let differences = self.compare(output)?;
        if self.json {
            output.json(&differences)?;
        } else if differences.is_empty() {
            output.result("identical\n")?;
        } else {
            for difference in &differences {
                output.result(&format!("{difference}\n"))?;
            }
        }
        Ok(if differences.is_empty() {
            Exit::Success
        } else {
            Exit::Refused
        })
    }

    fn compare(&self, output: &mut Output) -> anyhow::Result<Vec<Difference>> {
        if let Some(other) = &self.against {
            return Ok(compare(&self.file, other)?);
        }
        let Some(spec) = &self.rebuild else {
            let manifest = self.file.with_file_name(MANIFEST);
            if self.file.is_file() && !manifest.is_file() {
                anyhow::bail!(
                    "there is no {} to compare with; name another image (--against FILE) or a specification (--rebuild SPEC)",
                    manifest.display()
                );
            }
            return Ok(verify_manifest(&self.file)?);
        };
        let folder = TemporaryFolder::scratch()?;
        let spec = read_spec(spec)?;
        let rebuilt = folder.join(format!("{}.{}", spec.name, Format::Raw.extension()));
        let assembly = Assembly {
            spec,
            output: folder.to_owned(),
            formats: vec![Format::Raw],
        };
        assemble(&assembly, output)?;
        Ok(compare(&self.file, &rebuilt)?)
    }
}

fn assemble(assembly: &Assembly, output: &mut Output) -> anyhow::Result<crate::image::Manifest> {
    let mut told = Ok(());
    let manifest = assembly.run(&mut |stage| {
        if told.is_ok() {
            told = output.say(&describe(stage));
        }
    })?;
    told.map(|()| manifest)
}

fn describe(stage: Stage) -> String {
    match stage {
        Stage::Measure => "measuring the closure".to_owned(),
        Stage::Boot => "writing boot code and EFI system partition".to_owned(),
        Stage::Root(bytes) => format!(
            "writing {} MiB of files into the root, checking the store",
            bytes >> 20
        ),
        Stage::Hash => "hashing the disk".to_owned(),
        Stage::Pack(format) => format!("writing {}", format.extension()),
    }
}

fn read_spec(path: &Path) -> anyhow::Result<ImageSpec> {
    let text = disk::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let text =
        String::from_utf8(text).with_context(|| format!("{} is not UTF-8", path.display()))?;
    ImageSpec::from_json(&text).with_context(|| path.display().to_string())
}
