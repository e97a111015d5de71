//! Where everything lies on the disk: pure planning in 512-byte sectors.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ext4::Ext4Plan;
use super::identifiers::Identifiers;

/// Bytes of a sector. Both clouds show 512-byte sectors.
pub const SECTOR: u64 = 512;
/// Sectors of a MiB: every partition starts on one, as all partitioners do.
const MIB: u64 = (1 << 20) / SECTOR;
/// Size of the EFI system partition. It holds GRUB alone (kernels are read
/// from the store); 64 MiB is the smallest that is FAT32 with some room.
const ESP_SECTORS: u64 = 64 * MIB;
/// First sector that is no part of a partition entry: MBR, header, 32 sectors
/// of entries. The backup at the end takes 33 sectors.
const FIRST_USABLE: u64 = 34;

/// The processor that boots the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Architecture {
    /// 64-bit Intel and AMD.
    #[serde(rename = "x86_64")]
    X86_64,
    /// 64-bit ARM; boots by UEFI only.
    Aarch64,
}

/// The firmware that can boot the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Firmware {
    /// BIOS and UEFI, from the same bytes.
    Hybrid,
    /// BIOS alone, without an EFI system partition.
    Bios,
    /// UEFI alone.
    Uefi,
}

impl Firmware {
    /// Whether a BIOS boots it.
    #[must_use]
    pub fn bios(self) -> bool {
        matches!(self, Self::Hybrid | Self::Bios)
    }

    /// Whether UEFI firmware boots it.
    #[must_use]
    pub fn uefi(self) -> bool {
        matches!(self, Self::Hybrid | Self::Uefi)
    }
}

/// What a partition is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// GRUB's core image for a BIOS.
    Bios,
    /// The EFI system partition.
    Esp,
    /// The root file system; last, so that it can grow.
    Root,
}

impl Role {
    /// The partition's name in the table (PARTLABEL).
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Bios => "bios",
            Self::Esp => "esp",
            Self::Root => "root",
        }
    }

    /// The partition's GUID.
    #[must_use]
    pub fn guid(self, ids: &Identifiers) -> Uuid {
        match self {
            Self::Bios => ids.bios_partition,
            Self::Esp => ids.esp_partition,
            Self::Root => ids.root_partition,
        }
    }
}

/// One partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    /// Its number, from 1.
    pub number: u32,
    /// What it is for.
    pub role: Role,
    /// First sector.
    pub first: u64,
    /// Number of sectors.
    pub sectors: u64,
}

impl Partition {
    /// Where it begins, in bytes.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.first * SECTOR
    }

    /// Its size in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.sectors * SECTOR
    }
}

/// The whole disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// In order of their sectors.
    pub partitions: Vec<Partition>,
    /// Sectors of the disk.
    pub sectors: u64,
}

impl Layout {
    /// Places the partitions that the firmware needs, the root last.
    #[must_use]
    pub fn plan(firmware: Firmware, root: &Ext4Plan) -> Self {
        let wanted = [
            (firmware.bios(), Role::Bios, MIB),
            (firmware.uefi(), Role::Esp, ESP_SECTORS),
            (true, Role::Root, root.bytes() / SECTOR),
        ];
        let mut first = MIB;
        let mut partitions = Vec::new();
        for (number, (_, role, sectors)) in
            (1..).zip(wanted.into_iter().filter(|(wanted, ..)| *wanted))
        {
            partitions.push(Partition {
                number,
                role,
                first,
                sectors,
            });
            first = (first + sectors).next_multiple_of(MIB);
        }
        // A last MiB for the backup of the table.
        Self {
            partitions,
            sectors: first + MIB,
        }
    }

    /// The partition with this role, if the layout has one.
    #[must_use]
    pub fn partition(&self, role: Role) -> Option<Partition> {
        self.partitions
            .iter()
            .copied()
            .find(|partition| partition.role == role)
    }

    /// Size of the disk in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.sectors * SECTOR
    }

    /// Last sector that a partition may use.
    #[must_use]
    pub fn last_usable(&self) -> u64 {
        self.sectors - FIRST_USABLE
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_firmware() -> impl Strategy<Value = Firmware> {
        prop_oneof![
            Just(Firmware::Hybrid),
            Just(Firmware::Bios),
            Just(Firmware::Uefi)
        ]
    }

    #[test]
    fn the_hybrid_layout_is_the_documented_one() {
        let root = Ext4Plan {
            blocks: 65536,
            bytes_per_inode: 16384,
        };
        let layout = Layout::plan(Firmware::Hybrid, &root);
        let places: Vec<_> = layout
            .partitions
            .iter()
            .map(|p| (p.number, p.role.label(), p.first, p.sectors))
            .collect();
        assert_eq!(
            places,
            [
                (1, "bios", 2048, 2048),
                (2, "esp", 4096, 131_072),
                (3, "root", 135_168, 524_288)
            ]
        );
        assert_eq!(layout.sectors, 135_168 + 524_288 + 2048);
    }

    proptest! {
        #[test]
        fn partitions_are_aligned_in_order_and_inside(firmware in any_firmware(), mib in 1u64..4_000_000) {
            let layout = Layout::plan(firmware, &Ext4Plan { blocks: mib * 256, bytes_per_inode: 16384 });
            let mut free = FIRST_USABLE;
            for partition in &layout.partitions {
                prop_assert!(partition.first >= free);
                prop_assert_eq!(partition.first % MIB, 0);
                free = partition.first + partition.sectors;
            }
            prop_assert!(free - 1 <= layout.last_usable());
            prop_assert_eq!(layout.partitions.last().map(|p| p.role), Some(Role::Root));
            prop_assert_eq!(layout.partition(Role::Bios).is_some(), firmware.bios());
            prop_assert_eq!(layout.partition(Role::Esp).is_some(), firmware.uefi());
            prop_assert_eq!(layout.bytes() % (1 << 20), 0);
        }
    }
}
