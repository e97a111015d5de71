//! The protective MBR and the GUID partition table, by crate `gpt`.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io::{self, Read, Seek, Write};

use gpt::GptConfig;
use gpt::disk::LogicalBlockSize;
use gpt::mbr::ProtectiveMBR;
use gpt::partition::Partition as GptPartition;
use gpt::partition_types::{self, Type};

use super::error::{ImageError, part};
use super::identifiers::Identifiers;
use super::layout::{Architecture, Layout, Role};

/// The code area of the first sector.
pub type BootSectorCode = [u8; 440];

/// Writes MBR, both headers and both tables to an image of the layout's size.
///
/// # Errors
///
/// [`ImageError::Part`] or [`ImageError::PartitionTable`] if writing fails.
pub fn write<F: Read + Write + Seek + Debug>(
    mut image: F,
    layout: &Layout,
    ids: &Identifiers,
    architecture: Architecture,
    boot_code: Option<&BootSectorCode>,
) -> Result<(), ImageError> {
    let covered = u32::try_from(layout.sectors - 1).unwrap_or(u32::MAX);
    let mut mbr = ProtectiveMBR::with_lb_size(covered);
    mbr.set_disk_signature(ids.mbr_signature.to_le_bytes());
    if let Some(code) = boot_code {
        mbr.set_bootcode(*code);
    }
    mbr.overwrite_lba0(&mut image)
        .map_err(|error| part("boot code")(io::Error::other(error)))?;

    let table = |error: gpt::GptError| ImageError::PartitionTable(error.to_string());
    let mut disk = GptConfig::new()
        .writable(true)
        .logical_block_size(LogicalBlockSize::Lb512)
        .create_from_device(image, Some(ids.disk))
        .map_err(table)?;
    let partitions: BTreeMap<u32, GptPartition> = layout
        .partitions
        .iter()
        .map(|p| (p.number, entry(p, ids, architecture)))
        .collect();
    disk.update_partitions(partitions).map_err(table)?;
    disk.write().map_err(table)?;
    Ok(())
}

fn entry(
    partition: &super::layout::Partition,
    ids: &Identifiers,
    architecture: Architecture,
) -> GptPartition {
    GptPartition {
        part_type_guid: partition_type(partition.role, architecture),
        part_guid: partition.role.guid(ids),
        first_lba: partition.first,
        last_lba: partition.first + partition.sectors - 1,
        flags: 0,
        name: partition.role.label().to_owned(),
    }
}

/// The type GUID, for the root that of its processor (Discoverable Partitions).
fn partition_type(role: Role, architecture: Architecture) -> Type {
    match (role, architecture) {
        (Role::Bios, _) => partition_types::BIOS,
        (Role::Esp, _) => partition_types::EFI,
        (Role::Root, Architecture::X86_64) => partition_types::LINUX_ROOT_X64,
        (Role::Root, Architecture::Aarch64) => partition_types::LINUX_ROOT_ARM_64,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::ext4::Ext4Plan;
    use super::super::layout::Firmware;
    use super::*;

    fn table(host: &str) -> Vec<u8> {
        let layout = Layout::plan(
            Firmware::Hybrid,
            &Ext4Plan {
                blocks: 256,
                bytes_per_inode: 16384,
            },
        );
        let mut image = Cursor::new(vec![0; usize::try_from(layout.bytes()).unwrap()]);
        write(
            &mut image,
            &layout,
            &Identifiers::derive(host),
            Architecture::X86_64,
            Some(&[0x90; 440]),
        )
        .unwrap();
        image.into_inner()
    }

    #[test]
    fn the_first_sector_is_a_protective_mbr() {
        let image = table("web");
        assert_eq!(image[..440], [0x90; 440]);
        assert_eq!(
            image[0x1B8..0x1BC],
            Identifiers::derive("web").mbr_signature.to_le_bytes()
        );
        assert_eq!(image[0x1BE..0x1C6], [0, 0, 2, 0, 0xEE, 0xFF, 0xFF, 0xFF]);
        assert_eq!(image[510..512], [0x55, 0xAA]);
    }

    #[test]
    fn equal_names_give_equal_tables_and_others_do_not() {
        assert!(table("web") == table("web"));
        assert!(table("web") != table("db"));
    }

    #[test]
    fn the_table_is_read_back() {
        let disk = GptConfig::new()
            .open_from_device(Cursor::new(table("web")))
            .unwrap();
        let ids = Identifiers::derive("web");
        assert_eq!(*disk.guid(), ids.disk);
        let names: Vec<_> = disk
            .partitions()
            .values()
            .map(|p| (p.name.as_str(), p.part_guid))
            .collect();
        assert_eq!(
            names,
            [
                ("bios", ids.bios_partition),
                ("esp", ids.esp_partition),
                ("root", ids.root_partition)
            ]
        );
        assert_eq!(disk.header().num_parts, 128);
    }
}
