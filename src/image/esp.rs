//! The EFI system partition: a FAT32 with one program in it, written by
//! ourselves. Crate `fatfs` reads it back, but the folders that it makes have
//! long names before `.` and `..`, which fsck.fat refuses (tests/image/check.rs).
//!
//! Format: Microsoft's "FAT32 File System Specification", 1.03 (fatgen103). One
//! sector to a cluster; root, `EFI`, `BOOT` and the program follow one another.

use std::io::{Seek, SeekFrom, Write};

use super::error::{ImageError, part};
use super::identifiers::Identifiers;
use super::layout::{Architecture, Partition};

const PART: &str = "EFI system partition";
/// Label of the file system, padded to FAT's eleven bytes.
const LABEL: [u8; 11] = *b"ESP        ";
const SECTOR: usize = 512;
/// Sectors before the first table: boot sector, information, their copies.
const RESERVED: u16 = 32;
/// Sector of the copy of the first two sectors.
const BACKUP: u16 = 6;
/// Clusters of the three folders, and the program's first.
const ROOT: u32 = 2;
const EFI: u32 = 3;
const BOOT: u32 = 4;
const PROGRAM: u32 = 5;
/// Marks the last cluster of a chain.
const END: u32 = 0x0FFF_FFFF;
/// Attributes of directory entries.
const VOLUME: u8 = 0x08;
const FOLDER: u8 = 0x10;
const ARCHIVE: u8 = 0x20;
/// 1980-01-01, FAT's first day: the same on every machine and in every time zone.
const DATE: u16 = (1 << 5) | 1;

/// Name of the program that firmware starts from a disk without being told:
/// UEFI specification 2.10, 3.5.1.1, removable media.
#[must_use]
pub fn removable_name(architecture: Architecture) -> &'static str {
    match architecture {
        Architecture::X86_64 => "BOOTX64.EFI",
        Architecture::Aarch64 => "BOOTAA64.EFI",
    }
}

/// The same as a directory entry has it: eight and three bytes, padded.
fn short_name(architecture: Architecture) -> [u8; 11] {
    match architecture {
        Architecture::X86_64 => *b"BOOTX64 EFI",
        Architecture::Aarch64 => *b"BOOTAA64EFI",
    }
}

/// Writes the file system with `program` in `EFI/BOOT` to `device`, which is
/// exactly the partition and zeroed.
///
/// # Errors
///
/// [`ImageError::Part`] if writing fails or the program is larger than the partition.
pub fn write<F: Write + Seek>(
    mut device: F,
    partition: &Partition,
    ids: &Identifiers,
    architecture: Architecture,
    program: &[u8],
) -> Result<(), ImageError> {
    let fat = Fat::plan(partition, program).map_err(part(PART))?;
    let folders = [
        [
            entry(LABEL, VOLUME, 0, 0),
            entry(*b"EFI        ", FOLDER, EFI, 0),
        ]
        .concat(),
        // The parent of a folder in the root is written as cluster 0.
        [
            dots(EFI, 0),
            entry(*b"BOOT       ", FOLDER, BOOT, 0).to_vec(),
        ]
        .concat(),
        [
            dots(BOOT, EFI),
            entry(short_name(architecture), ARCHIVE, PROGRAM, fat.size).to_vec(),
        ]
        .concat(),
    ];
    let mut put = |sector: u64, bytes: &[u8]| {
        device
            .seek(SeekFrom::Start(sector * SECTOR as u64))
            .and_then(|_| device.write_all(bytes))
            .map_err(part(PART))
    };
    for copy in [0, u64::from(BACKUP)] {
        put(copy, &fat.boot_sector(partition, ids.fat_serial))?;
        put(copy + 1, &fat.information())?;
    }
    let table = fat.table();
    for copy in 0..2 {
        put(
            u64::from(u32::from(RESERVED) + copy * fat.table_sectors),
            &table,
        )?;
    }
    for (cluster, folder) in (ROOT..).zip(folders) {
        put(fat.sector_of(cluster), &folder)?;
    }
    put(fat.sector_of(PROGRAM), program)
}

/// Sizes of the file system.
struct Fat {
    sectors: u32,
    table_sectors: u32,
    clusters: u32,
    /// Bytes of the program.
    size: u32,
}

impl Fat {
    fn plan(partition: &Partition, program: &[u8]) -> std::io::Result<Self> {
        let sectors = u32::try_from(partition.sectors).map_err(std::io::Error::other)?;
        let size = u32::try_from(program.len()).map_err(std::io::Error::other)?;
        let reserved = u32::from(RESERVED);
        // 128 entries of the table to a sector, of both tables to two.
        let table_sectors = (sectors - reserved + 2).div_ceil(128 + 2);
        let clusters = sectors - reserved - 2 * table_sectors;
        let fat = Self {
            sectors,
            table_sectors,
            clusters,
            size,
        };
        if fat.last_cluster() >= clusters + ROOT {
            let message = format!("GRUB's program of {size} bytes does not fit");
            return Err(std::io::Error::other(message));
        }
        Ok(fat)
    }

    /// Last cluster in use.
    fn last_cluster(&self) -> u32 {
        BOOT + self.size.div_ceil(512)
    }

    fn sector_of(&self, cluster: u32) -> u64 {
        u64::from(RESERVED) + u64::from(2 * self.table_sectors + cluster - ROOT)
    }

    fn boot_sector(&self, partition: &Partition, serial: u32) -> [u8; SECTOR] {
        let mut sector = [0; SECTOR];
        let mut put = |at: usize, bytes: &[u8]| sector[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &[0xEB, 0x58, 0x90]); // a jump over the parameters
        put(3, b"MSWIN4.1"); // the name that the specification recommends
        put(11, &512u16.to_le_bytes());
        put(13, &[1]); // sectors of a cluster
        put(14, &RESERVED.to_le_bytes());
        put(16, &[2]); // tables
        put(21, &[0xF8]); // a fixed disk
        put(24, &63u16.to_le_bytes()); // sectors of a track, heads: of no meaning
        put(26, &255u16.to_le_bytes());
        put(
            28,
            &u32::try_from(partition.first).unwrap_or(0).to_le_bytes(),
        );
        put(32, &self.sectors.to_le_bytes());
        put(36, &self.table_sectors.to_le_bytes());
        put(44, &ROOT.to_le_bytes());
        put(48, &1u16.to_le_bytes()); // sector of the information
        put(50, &BACKUP.to_le_bytes());
        put(64, &[0x80, 0, 0x29]); // first disk; serial, label and name follow
        put(67, &serial.to_le_bytes());
        put(71, &LABEL);
        put(82, b"FAT32   ");
        put(510, &[0x55, 0xAA]);
        sector
    }

    /// The sector with the count of free clusters.
    fn information(&self) -> [u8; SECTOR] {
        let mut sector = [0; SECTOR];
        let mut put = |at: usize, bytes: &[u8]| sector[at..at + bytes.len()].copy_from_slice(bytes);
        let used = self.last_cluster() - ROOT + 1;
        put(0, b"RRaA");
        put(484, b"rrAa");
        put(488, &(self.clusters - used).to_le_bytes());
        put(492, &(self.last_cluster() + 1).to_le_bytes());
        put(510, &[0x55, 0xAA]);
        sector
    }

    /// The used part of a table: three folders of a cluster each, one chain.
    fn table(&self) -> Vec<u8> {
        let chain = (PROGRAM..self.last_cluster()).map(|cluster| cluster + 1);
        let last = (self.size > 0).then_some(END);
        [0x0FFF_FFF8, END, END, END, END]
            .into_iter()
            .chain(chain)
            .chain(last)
            .flat_map(u32::to_le_bytes)
            .collect()
    }
}

/// A directory entry.
fn entry(name: [u8; 11], attributes: u8, cluster: u32, size: u32) -> [u8; 32] {
    let (cluster, date) = (cluster.to_le_bytes(), DATE.to_le_bytes());
    let mut entry = [0; 32];
    entry[..11].copy_from_slice(&name);
    entry[11] = attributes;
    for at in [16, 18, 24] {
        entry[at..at + 2].copy_from_slice(&date); // created, read, written
    }
    entry[20..22].copy_from_slice(&cluster[2..]);
    entry[26..28].copy_from_slice(&cluster[..2]);
    entry[28..].copy_from_slice(&size.to_le_bytes());
    entry
}

/// The entries for a folder itself and for its parent.
fn dots(own: u32, parent: u32) -> Vec<u8> {
    [
        entry(*b".          ", FOLDER, own, 0),
        entry(*b"..         ", FOLDER, parent, 0),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use fatfs::{FatType, FileSystem, FsOptions};
    use proptest::prelude::*;

    use super::super::layout::Role;
    use super::*;

    const PARTITION: Partition = Partition {
        number: 2,
        role: Role::Esp,
        first: 4096,
        sectors: 131_072,
    };

    fn image(architecture: Architecture, program: &[u8]) -> Result<Vec<u8>, ImageError> {
        let mut image = Cursor::new(vec![0; 64 << 20]);
        write(
            &mut image,
            &PARTITION,
            &Identifiers::derive("web"),
            architecture,
            program,
        )?;
        Ok(image.into_inner())
    }

    #[test]
    fn it_is_fat32_with_our_serial_and_label() {
        let volume = FileSystem::new(
            Cursor::new(image(Architecture::X86_64, b"x").unwrap()),
            FsOptions::new(),
        )
        .unwrap();
        assert_eq!(volume.fat_type(), FatType::Fat32);
        assert_eq!(volume.volume_id(), Identifiers::derive("web").fat_serial);
        assert_eq!(volume.volume_label(), "ESP");
        let stats = volume.stats().unwrap();
        assert_eq!(stats.total_clusters() - stats.free_clusters(), 4);
    }

    #[test]
    fn a_program_too_large_is_refused() {
        let error = image(Architecture::X86_64, &vec![1; 64 << 20]).unwrap_err();
        let reason = std::error::Error::source(&error).unwrap().to_string();
        assert_eq!(reason, "GRUB's program of 67108864 bytes does not fit");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn the_program_is_read_back_under_the_removable_name(size in 0usize..100_000, seed in any::<u8>()) {
            let program: Vec<u8> = (0..=255).cycle().skip(usize::from(seed)).step_by(7).take(size).collect();
            let volume = FileSystem::new(Cursor::new(image(Architecture::Aarch64, &program).unwrap()), FsOptions::new()).unwrap();
            let mut found = Vec::new();
            let mut file = volume.root_dir().open_file("EFI/BOOT/BOOTAA64.EFI").unwrap();
            file.read_to_end(&mut found).unwrap();
            prop_assert_eq!(found, program);
        }
    }
}
