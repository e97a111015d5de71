//! What `run` and `verify` share: finding or building the image of a host, and
//! the machine that boots it.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::build::bytes;
use crate::cloud::qemu::{self, Accelerator, Bus, Console, Firmware, Machine, QemuError, Uefi};
use crate::host::{Architecture, Host, Provider, Size};
use crate::image::hashing::fingerprint;
use crate::image::{MANIFEST, Manifest};
use crate::render;
use crate::rules::CheckedHost;
use crate::system::{Interrupt, computer, disk};

use super::Global;
use super::build::Job;
use super::load::Loaded;
use super::output::Output;
use super::progress::Bytes;

/// How an image is booted.
#[derive(Debug, clap::Args)]
pub(super) struct Boot {
    /// Image in any form (raw, qcow2, compressed); by default that of
    /// `result-HOST`, which is built if it is not there
    #[arg(long, value_name = "FILE")]
    image: Option<PathBuf>,
    /// Firmware
    #[arg(long, value_name = "FIRMWARE", default_value = "bios")]
    firmware: Firmware,
    /// Memory, such as 2GiB; by default that of the machine type, at most half
    /// of what is free
    #[arg(long, value_name = "SIZE")]
    memory: Option<Size>,
    /// Processors; by default those of the machine type, at most those here
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=255))]
    cpus: Option<u32>,
    /// Bus of the disk; by default that of the provider
    #[arg(long, value_name = "BUS")]
    bus: Option<Bus>,
}

/// What a subcommand works with.
pub(super) struct Work<'a> {
    pub(super) global: &'a Global,
    pub(super) interrupt: &'a Interrupt,
    pub(super) output: &'a mut Output,
}

/// Everything but console and network.
pub(super) struct Prepared {
    machine: Machine,
    /// The image, for messages.
    pub(super) image: PathBuf,
}

impl Boot {
    /// Finds QEMU, firmware, image; unpacks it. Says what will run.
    pub(super) fn prepare(
        &self,
        subject: (&Loaded, &CheckedHost),
        work: &mut Work<'_>,
    ) -> anyhow::Result<Prepared> {
        let (loaded, host) = subject;
        if host.machine.architecture == Architecture::Aarch64 {
            return Err(QemuError::Architecture.into());
        }
        // What is missing is said before anything takes long.
        let qemu = qemu::find()?;
        let uefi = match self.firmware {
            Firmware::Bios => None,
            Firmware::Uefi => Some(Uefi::find(&qemu)?),
        };
        let image = self.find_image(subject, work)?;
        note_age(&image, loaded, work.output)?;
        let accelerator = Accelerator::choose(&qemu)?;
        let bar = Bytes::new("unpacking");
        let disk = qemu::prepare_disk(
            &image,
            host.machine.disk,
            work.interrupt,
            &mut |done, total| {
                bar.show(done, total);
            },
        )?;
        drop(bar);
        let machine = Machine {
            processors: self.cpus.unwrap_or_else(|| fit_processors(host)),
            memory: self.memory.unwrap_or_else(|| fit_memory(host)).mib(),
            bus: self.bus.unwrap_or_else(|| bus(host.machine.provider)),
            devices: Vec::new(),
            descriptors: Vec::new(),
            qemu,
            accelerator,
            uefi,
            disk,
            console: Console::Terminal,
        };
        let prepared = Prepared { machine, image };
        work.output.say(&self.describe(&prepared, host))?;
        Ok(prepared)
    }

    fn find_image(
        &self,
        (loaded, host): (&Loaded, &CheckedHost),
        work: &mut Work<'_>,
    ) -> anyhow::Result<PathBuf> {
        if let Some(image) = &self.image {
            return Ok(image.clone());
        }
        let link = PathBuf::from(format!("result-{}", loaded.file.name));
        if !link.join(MANIFEST).is_file() {
            let job = Job::new(loaded, host, work.global, Path::new("."))?;
            job.run(&[], work.interrupt, work.output)?;
        }
        image_in(&link)
    }

    fn describe(&self, prepared: &Prepared, host: &Host) -> String {
        let machine = &prepared.machine;
        let accelerator = match &machine.accelerator {
            Accelerator::Kvm => "with KVM".to_owned(),
            Accelerator::Tcg { reason } => format!("emulated (TCG), slowly: {reason}"),
        };
        let processors = match machine.processors {
            1 => "1 processor".to_owned(),
            count => format!("{count} processors"),
        };
        let bus = match machine.bus {
            Bus::Scsi => "virtio-scsi",
            Bus::Blk => "virtio-blk",
        };
        format!(
            "{}: {}, {}, {}, {} of memory, a disk of {} on {bus}; {accelerator}",
            host.system.host_name,
            prepared.image.display(),
            self.firmware.title(),
            processors,
            bytes(machine.memory << 20),
            bytes(host.machine.disk.bytes()),
        )
    }
}

impl Prepared {
    /// The machine with its console and its devices.
    pub(super) fn with(
        mut self,
        console: Console,
        devices: Vec<String>,
        descriptors: Vec<std::os::fd::OwnedFd>,
    ) -> Machine {
        self.machine.console = console;
        self.machine.devices = devices;
        self.machine.descriptors = descriptors;
        self.machine
    }
}

/// The first file of a built image.
fn image_in(folder: &Path) -> anyhow::Result<PathBuf> {
    let manifest = read_manifest(&folder.join(MANIFEST))?;
    let file = manifest
        .files
        .first()
        .context("its manifest names no image")?;
    Ok(folder.join(&file.name))
}

fn read_manifest(path: &Path) -> anyhow::Result<Manifest> {
    let text = disk::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&text)
        .with_context(|| format!("{} is no manifest of an image", path.display()))
}

/// Says so if the manifest beside the image names another description.
fn note_age(image: &Path, loaded: &Loaded, output: &mut Output) -> anyhow::Result<()> {
    let beside = image.with_file_name(MANIFEST);
    if !beside.is_file() {
        return Ok(());
    }
    let made_from = read_manifest(&beside)?.description_hash;
    if made_from.is_some_and(|it| it != render::hash(&loaded.bytes)) {
        let name = &loaded.file.name;
        output.say(&format!(
            "the image was made from another state of the description; to make it anew: hostwright build {name}"
        ))?;
    }
    Ok(())
}

/// SHA-256 of an image's file, which must be that of the manifest beside it.
pub(super) fn check_bytes(image: &Path) -> anyhow::Result<String> {
    let file = disk::open(image).with_context(|| format!("cannot read {}", image.display()))?;
    let found = fingerprint(file)?.sha256;
    let beside = image.with_file_name(MANIFEST);
    if !beside.is_file() {
        return Ok(found);
    }
    let manifest = read_manifest(&beside)?;
    let name = image.file_name().and_then(|name| name.to_str());
    let record = manifest
        .files
        .iter()
        .find(|it| Some(it.name.as_str()) == name);
    if let Some(record) = record.filter(|it| it.fingerprint.sha256 != found) {
        bail!(
            "{} is not what its manifest says: its SHA-256 is {found} instead of {}; build it again",
            image.display(),
            record.fingerprint.sha256
        );
    }
    Ok(found)
}

fn bus(provider: Provider) -> Bus {
    match provider {
        Provider::Hetzner => Bus::Scsi,
        Provider::DigitalOcean | Provider::Qemu => Bus::Blk,
    }
}

fn fit_processors(host: &Host) -> u32 {
    host.machine.vcpus.min(computer::processors()).max(1)
}

fn fit_memory(host: &Host) -> Size {
    let half = computer::free_memory().map(|bytes| Size::from_bytes(bytes / 2));
    half.map_or(host.machine.memory, |half| half.min(host.machine.memory))
}

/// The log of a machine's serial line, made anew.
pub(super) fn log(path: &Path) -> anyhow::Result<File> {
    disk::create(path, 0).with_context(|| {
        format!(
            "cannot write the serial log {}; name another with --log",
            path.display()
        )
    })
}
