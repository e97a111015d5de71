//! Making an image: the plan first, then every part of it in its place.

use std::fs::File;
use std::path::{Path, PathBuf};

use nix_archive::nar::{CaseHack, hash_path};
use nix_derivation::NixHash;
use rayon::prelude::*;

use crate::system::{TemporaryFolder, disk};

use super::boot_code;
use super::error::{ImageError, at, part};
use super::esp;
use super::ext4::{BLOCK, Ext4Plan};
use super::grub::{self, Platform};
use super::hashing::Fingerprint;
use super::identifiers::Identifiers;
use super::layout::{Layout, Role};
use super::manifest::{self, FileRecord, Manifest, Measured, ToolVersions};
use super::mke2fs::{self, Place};
use super::pack::{self, Format};
use super::partition_table::{self, BootSectorCode};
use super::registration::{self, StorePath};
use super::root_items;
use super::root_tree::{self, RootTree};
use super::root_writer;
use super::spec::ImageSpec;
use super::window::Window;

/// One assembly.
#[derive(Clone, Debug)]
pub struct Assembly {
    /// What the image is made from.
    pub spec: ImageSpec,
    /// The folder for the results; made if it is not there.
    pub output: PathBuf,
    /// The forms that are wanted.
    pub formats: Vec<Format>,
}

/// What an assembly is about to do, for whoever waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Looking at every file.
    Measure,
    /// Making partition table, boot code and EFI system partition.
    Boot,
    /// Writing so many bytes of files into the root, hashing the store beside it.
    Root(u64),
    /// Hashing disk and partitions.
    Hash,
    /// Writing a file for a provider.
    Pack(Format),
}

impl Assembly {
    /// Makes the image, its files and its manifest. Nothing appears in the
    /// output folder before all is complete.
    ///
    /// # Errors
    ///
    /// Any [`ImageError`].
    pub fn run(&self, report: &mut dyn FnMut(Stage)) -> Result<Manifest, ImageError> {
        self.spec.check()?;
        let tools = ToolVersions {
            mke2fs: mke2fs::version(&self.spec.tools.mke2fs)?,
            grub: grub::version(&self.spec.tools.grub_mkimage)?,
        };
        let registration = read_text(&self.spec.closure.registration)?;
        let closure = registration::parse(&registration)?;
        report(Stage::Measure);
        let tree = root_tree::plan(&self.spec, &closure, &registration)?;
        let content = root_items::measure(&tree)?;
        let root = Ext4Plan::for_content(&content, self.spec.margin_mib * ((1 << 20) / BLOCK));
        let layout = Layout::plan(self.spec.firmware, &root);

        let folder = TemporaryFolder::inside(&self.output).map_err(at(&self.output))?;
        let raw = folder.join("disk");
        let image = disk::create(&raw, layout.bytes()).map_err(at(&raw))?;
        let writer = Writer {
            spec: &self.spec,
            layout: &layout,
            ids: &Identifiers::derive(&self.spec.name),
            folder: &folder,
        };
        report(Stage::Boot);
        writer.write_boot(&image)?;
        report(Stage::Root(content.bytes));
        writer.format_root(&raw, &root)?;
        writer.write_root(&image, &tree, &closure)?;
        report(Stage::Hash);
        let (disk, partitions) = pack::fingerprints(&raw, &layout)?;
        let files = self.pack(&raw, &disk, report)?;
        let measured = Measured {
            disk,
            partitions,
            files,
            tools,
        };
        let manifest = Manifest::new(&self.spec, &closure, &layout, measured);
        self.publish(&folder, &manifest)?;
        Ok(manifest)
    }

    fn pack(
        &self,
        raw: &Path,
        disk: &Fingerprint,
        report: &mut dyn FnMut(Stage),
    ) -> Result<Vec<FileRecord>, ImageError> {
        let mut image = disk::open(raw).map_err(at(raw))?;
        let mut files = Vec::new();
        for format in &self.formats {
            report(Stage::Pack(*format));
            let name = format!("{}.{}", self.spec.name, format.extension());
            let target = raw.with_file_name(&name);
            files.push(match format {
                // The disk itself becomes the file; `image` stays open.
                Format::Raw => {
                    disk::rename(raw, &target).map_err(at(&target))?;
                    FileRecord {
                        name,
                        fingerprint: disk.clone(),
                    }
                }
                _ => pack::pack(&mut image, *format, &target, &name)?,
            });
        }
        Ok(files)
    }

    /// Moves the results to the output folder, the manifest last.
    fn publish(&self, folder: &Path, manifest: &Manifest) -> Result<(), ImageError> {
        let text = serde_json::to_string_pretty(manifest)
            .map_err(|error| ImageError::Spec(error.to_string()))?
            + "\n";
        let path = folder.join(manifest::FILE_NAME);
        disk::write(&path, text.as_bytes()).map_err(at(&path))?;
        let names = manifest
            .files
            .iter()
            .map(|file| file.name.as_str())
            .chain([manifest::FILE_NAME]);
        for name in names {
            let target = self.output.join(name);
            disk::rename(&folder.join(name), &target).map_err(at(&target))?;
        }
        Ok(())
    }
}

/// Writes the parts of one image.
struct Writer<'a> {
    spec: &'a ImageSpec,
    layout: &'a Layout,
    ids: &'a Identifiers,
    folder: &'a Path,
}

impl Writer<'_> {
    /// Boot code, EFI system partition and partition table.
    fn write_boot(&self, image: &File) -> Result<(), ImageError> {
        let code = match self.layout.partition(Role::Bios) {
            Some(partition) => Some(self.write_core(image, partition)?),
            None => None,
        };
        if let (Some(partition), Some(modules)) =
            (self.layout.partition(Role::Esp), &self.spec.grub.uefi)
        {
            let platform = Platform::Uefi(self.spec.architecture);
            let program = self.core_image(platform, modules)?;
            let window = Window::new(image, partition.offset(), partition.bytes());
            esp::write(
                window,
                &partition,
                self.ids,
                self.spec.architecture,
                &program,
            )?;
        }
        partition_table::write(
            image,
            self.layout,
            self.ids,
            self.spec.architecture,
            code.as_ref(),
        )
    }

    /// core.img into its partition; boot.img's code comes back.
    fn write_core(
        &self,
        image: &File,
        partition: super::layout::Partition,
    ) -> Result<BootSectorCode, ImageError> {
        use std::io::Write;
        let modules = self.spec.grub.bios.as_deref().unwrap_or(Path::new(""));
        let boot = modules.join("boot.img");
        let boot = disk::read(&boot).map_err(at(&boot))?;
        let core = self.core_image(Platform::Bios, modules)?;
        let core = boot_code::embedded_core(&core, partition.first, partition.sectors)?;
        let mut window = Window::new(image, partition.offset(), partition.bytes());
        window.write_all(&core).map_err(part("boot code"))?;
        boot_code::boot_sector_code(&boot, partition.first)
    }

    fn core_image(&self, platform: Platform, modules: &Path) -> Result<Vec<u8>, ImageError> {
        grub::core_image(
            &self.spec.tools.grub_mkimage,
            platform,
            modules,
            self.ids.root_file_system,
            self.folder,
        )
    }

    /// The empty root file system.
    fn format_root(&self, raw: &Path, plan: &Ext4Plan) -> Result<(), ImageError> {
        let place = Place {
            image: raw,
            offset: self.root_offset(),
            folder: self.folder,
        };
        mke2fs::format(&self.spec.tools.mke2fs, plan, self.ids, &place)
    }

    /// What the root holds; while one core writes, the store's contents are
    /// checked against their registration on the others.
    fn write_root(
        &self,
        image: &File,
        tree: &RootTree,
        closure: &[StorePath],
    ) -> Result<(), ImageError> {
        let store = &self.spec.closure.root;
        std::thread::scope(|scope| {
            let checked = scope.spawn(|| {
                closure
                    .par_iter()
                    .try_for_each(|path| check_contents(store, path))
            });
            let written = root_writer::write(tree, image, self.root_offset());
            let checked = checked
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            // A corrupt store may be why it could not be written.
            checked.and(written)
        })
    }

    fn root_offset(&self) -> u64 {
        self.layout
            .partition(Role::Root)
            .map_or(0, |partition| partition.offset())
    }
}

/// Compares the contents of a store path with its registration.
fn check_contents(root: &Path, path: &StorePath) -> Result<(), ImageError> {
    let source = root.join(path.path.trim_start_matches('/'));
    let found = hash_path(&source, CaseHack::Disabled)
        .map_err(|error| at(&source)(std::io::Error::other(error)))?;
    let found_hash = NixHash::Sha256(found.sha256);
    if found_hash == path.nar_hash && found.size == path.nar_size {
        return Ok(());
    }
    Err(ImageError::NarMismatch {
        path: path.path.clone(),
        found: found_hash.to_nix_base16_string(),
        registered: path.nar_hash.to_nix_base16_string(),
    })
}

fn read_text(path: &Path) -> Result<String, ImageError> {
    let bytes = disk::read(path).map_err(at(path))?;
    String::from_utf8(bytes).map_err(|error| at(path)(std::io::Error::other(error)))
}
