//! Identifiers of an image, derived from the host's name: never random, so
//! that two builds are equal; different for two hosts, so that both disks can
//! be attached to one machine.

use serde::Serialize;
use uuid::Uuid;

/// Version of the layout. It enters every identifier: raise it when partitions,
/// file system parameters or boot code change their meaning.
pub const LAYOUT_VERSION: u32 = 1;

/// Namespace of all derived identifiers, drawn once at random.
const NAMESPACE: Uuid = Uuid::from_u128(0x5d1f_0f6e_96a0_4c0b_8f0e_2f7b_9f64_3f15);

/// Every identifier that an image carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Identifiers {
    /// GUID of the disk, in the GPT header.
    pub disk: Uuid,
    /// GUID of the BIOS boot partition.
    pub bios_partition: Uuid,
    /// GUID of the EFI system partition.
    pub esp_partition: Uuid,
    /// GUID of the root partition.
    pub root_partition: Uuid,
    /// UUID of the root file system; GRUB searches it.
    pub root_file_system: Uuid,
    /// Seed of ext4's directory hashes.
    pub hash_seed: Uuid,
    /// Volume serial number of the EFI system partition.
    pub fat_serial: u32,
    /// Disk signature of the protective MBR (offset 0x1B8).
    pub mbr_signature: u32,
}

impl Identifiers {
    /// The identifiers of a host's image in this layout version.
    #[must_use]
    pub fn derive(host: &str) -> Self {
        let uuid = |what: &str| {
            // The host's name cannot hold a line break, so names never run together.
            let name = format!("{host}\n{LAYOUT_VERSION}\n{what}");
            Uuid::new_v5(&NAMESPACE, name.as_bytes())
        };
        Self {
            disk: uuid("disk"),
            bios_partition: uuid("bios partition"),
            esp_partition: uuid("esp partition"),
            root_partition: uuid("root partition"),
            root_file_system: uuid("root file system"),
            hash_seed: uuid("hash seed"),
            fat_serial: first_word(uuid("fat serial")),
            mbr_signature: first_word(uuid("mbr signature")),
        }
    }

    /// The FAT serial as `/dev/disk/by-uuid` spells it, such as `3B1A-4A5E`.
    #[must_use]
    pub fn fat_uuid(&self) -> String {
        format_fat_serial(self.fat_serial)
    }
}

/// A FAT volume serial as Linux spells it: two groups of four hexadecimal digits.
#[must_use]
pub fn format_fat_serial(serial: u32) -> String {
    format!("{:04X}-{:04X}", serial >> 16, serial & 0xFFFF)
}

/// The first 32 bits of a version-5 UUID, which are bits of its SHA-1.
fn first_word(uuid: Uuid) -> u32 {
    uuid.as_fields().0
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn identifiers_never_change_for_a_name() {
        let ids = Identifiers::derive("web");
        insta::assert_snapshot!(serde_json::to_string_pretty(&ids).unwrap());
        assert_eq!(ids.fat_uuid().len(), 9);
    }

    /// The same constants are in tests/nix/hosts.sh, for what modules/disk.nix derives.
    #[test]
    fn the_modules_derive_the_same() {
        let ids = Identifiers::derive("sample");
        assert_eq!(ids.disk.to_string(), "23cb0732-4ab5-5960-9517-8e91c5b1e236");
        assert_eq!(
            ids.root_file_system.to_string(),
            "4065ace0-4ff2-5793-9cd7-921189f8b92f"
        );
    }

    #[test]
    fn the_modules_derive_from_the_same_name_space() {
        let file = include_bytes!("../../modules/disk-namespace");
        assert_eq!(file.as_slice(), NAMESPACE.as_bytes());
    }

    #[test]
    fn no_identifier_is_used_twice() {
        let mut seen = BTreeSet::new();
        for host in ["a", "b", "a1"] {
            let ids = Identifiers::derive(host);
            for id in [
                ids.disk,
                ids.bios_partition,
                ids.esp_partition,
                ids.root_partition,
                ids.root_file_system,
                ids.hash_seed,
            ] {
                assert!(seen.insert(id), "{host}: {id} twice");
            }
        }
    }
}
