//! GRUB's boot code for a BIOS, prepared for our layout. What `grub-bios-setup`
//! does on a device, done on bytes: boot.img for the first sector learns where
//! core.img lies, core.img's first sector learns where the rest of it lies.
//!
//! Offsets: GRUB's `include/grub/i386/pc/boot.h` (boot.img, `GRUB_BOOT_MACHINE_*`)
//! and `include/grub/offsets.h` (core.img, `GRUB_DECOMPRESSOR_I386_PC_*`). Each is
//! asserted against the GRUB in use before anything is changed, so that another
//! GRUB is refused instead of made unbootable.

use super::error::ImageError;

const SECTOR: usize = 512;

/// `GRUB_BOOT_MACHINE_KERNEL_ADDRESS`: where core.img is loaded, 0x8000.
const KERNEL_ADDRESS: usize = 0x5A;
/// `GRUB_BOOT_MACHINE_KERNEL_SECTOR`: 64-bit sector of core.img.
const KERNEL_SECTOR: usize = 0x5C;
/// `GRUB_BOOT_MACHINE_BOOT_DRIVE`: 0xFF takes the drive that the BIOS names.
const BOOT_DRIVE: usize = 0x64;
/// `GRUB_BOOT_MACHINE_DRIVE_CHECK`: a jump past a workaround for BIOSes that pass
/// a wrong drive; two no-ops switch the workaround on, as for every hard disk.
const DRIVE_CHECK: usize = 0x66;
/// `GRUB_BOOT_MACHINE_WINDOWS_NT_MAGIC`: from here on the sector is the disk's.
const BOOT_CODE: usize = 440;

/// The first `grub_pc_bios_boot_blocklist` of diskboot.img: start (u64),
/// sectors (u16), segment (u16). The list grows downwards.
const BLOCKLIST: usize = SECTOR - 12;
/// Segment of core.img's second sector: (0x8000 + 512) / 16.
const SECOND_SEGMENT: u16 = 0x820;
/// Sectors that the list's 16-bit length can name.
const MAX_SECTORS: usize = 0xFFFF;

/// boot.img's code for the first sector (all before the disk signature),
/// pointing to core.img at `core_sector`.
///
/// # Errors
///
/// [`ImageError::BootCode`] if boot.img differs from what is documented.
pub fn boot_sector_code(boot: &[u8], core_sector: u64) -> Result<[u8; BOOT_CODE], ImageError> {
    let refuse = |rule, found: &[u8]| ImageError::BootCode {
        file: "boot.img",
        rule,
        found: hex(found),
    };
    if boot.len() != SECTOR || !boot.ends_with(&[0x55, 0xAA]) {
        return Err(refuse("must be one sector that ends in 55 aa", tail(boot)));
    }
    let expected: [(usize, &[u8], &'static str); 4] = [
        (
            KERNEL_ADDRESS,
            &[0x00, 0x80],
            "must load core.img at 0x8000 (offset 0x5a)",
        ),
        (
            KERNEL_SECTOR,
            &[1, 0, 0, 0, 0, 0, 0, 0],
            "must have sector 1 as core.img's place (offset 0x5c)",
        ),
        (
            BOOT_DRIVE,
            &[0xFF],
            "must take the drive from the BIOS (offset 0x64)",
        ),
        (
            DRIVE_CHECK,
            &[0xEB, 0x05],
            "must jump over the drive check (offset 0x66)",
        ),
    ];
    for (offset, bytes, rule) in expected {
        let found = &boot[offset..offset + bytes.len()];
        if found != bytes {
            return Err(refuse(rule, found));
        }
    }
    let mut code = [0; BOOT_CODE];
    code.copy_from_slice(&boot[..BOOT_CODE]);
    code[KERNEL_SECTOR..KERNEL_SECTOR + 8].copy_from_slice(&core_sector.to_le_bytes());
    code[DRIVE_CHECK..DRIVE_CHECK + 2].copy_from_slice(&[0x90, 0x90]);
    Ok(code)
}

/// core.img padded to whole sectors, whose first sector loads the rest from
/// the sectors that follow it at `core_sector`.
///
/// # Errors
///
/// [`ImageError::BootCode`] if core.img differs from what is documented or is
/// too long for the partition of `room` sectors.
pub fn embedded_core(core: &[u8], core_sector: u64, room: u64) -> Result<Vec<u8>, ImageError> {
    let refuse = |rule, found: &[u8]| ImageError::BootCode {
        file: "core.img",
        rule,
        found: hex(found),
    };
    let sectors = core.len().div_ceil(SECTOR);
    if sectors < 2 || sectors - 1 > MAX_SECTORS || sectors as u64 > room {
        return Err(refuse(
            "must fit into the BIOS boot partition",
            &(core.len() as u64).to_be_bytes(),
        ));
    }
    let rest = u16::try_from(sectors - 1).unwrap_or(u16::MAX);
    let list = &core[BLOCKLIST..SECTOR];
    let expected = blocklist(2, rest);
    if list != expected {
        return Err(refuse(
            "must load all its sectors from 2 on to segment 0x820 (offset 0x1f4)",
            list,
        ));
    }
    let terminator = &core[BLOCKLIST - 12..BLOCKLIST];
    if terminator != [0; 12] {
        return Err(refuse(
            "must have one entry in its block list (offset 0x1e8)",
            terminator,
        ));
    }
    let mut bytes = core.to_vec();
    bytes.resize(sectors * SECTOR, 0);
    bytes[BLOCKLIST..SECTOR].copy_from_slice(&blocklist(core_sector + 1, rest));
    Ok(bytes)
}

/// What the boot code of an image says about itself.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct BootCode {
    /// Sector at which the first sector's code expects core.img.
    pub core_sector: u64,
    /// Sector from which core.img loads its rest.
    pub rest_sector: u64,
    /// Sectors of that rest.
    pub rest_sectors: u16,
}

/// Reads GRUB's boot code back from the first sector and core.img's first
/// sector; `None` if this is not GRUB.
#[must_use]
pub fn read_boot_code(
    first: &[u8; SECTOR],
    core_at: impl FnOnce(u64) -> Option<[u8; SECTOR]>,
) -> Option<BootCode> {
    let name = first.windows(5).any(|window| window == b"GRUB ");
    if !name {
        return None;
    }
    let core_sector = u64::from_le_bytes(first[KERNEL_SECTOR..KERNEL_SECTOR + 8].try_into().ok()?);
    let core = core_at(core_sector)?;
    let list = &core[BLOCKLIST..SECTOR];
    if list[10..] != SECOND_SEGMENT.to_le_bytes() {
        return None;
    }
    Some(BootCode {
        core_sector,
        rest_sector: u64::from_le_bytes(list[..8].try_into().ok()?),
        rest_sectors: u16::from_le_bytes(list[8..10].try_into().ok()?),
    })
}

fn blocklist(start: u64, sectors: u16) -> [u8; 12] {
    let mut entry = [0; 12];
    entry[..8].copy_from_slice(&start.to_le_bytes());
    entry[8..10].copy_from_slice(&sectors.to_le_bytes());
    entry[10..].copy_from_slice(&SECOND_SEGMENT.to_le_bytes());
    entry
}

fn tail(bytes: &[u8]) -> &[u8] {
    &bytes[bytes.len().saturating_sub(2)..]
}

fn hex(bytes: &[u8]) -> String {
    super::hashing::hex(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sector with what boot.img has at the documented offsets.
    fn boot_image() -> Vec<u8> {
        let mut boot = vec![0; SECTOR];
        boot[0x5A..0x5C].copy_from_slice(&[0x00, 0x80]);
        boot[0x5C] = 1;
        boot[0x64] = 0xFF;
        boot[0x66..0x68].copy_from_slice(&[0xEB, 0x05]);
        boot[0x180..0x185].copy_from_slice(b"GRUB ");
        boot[510..].copy_from_slice(&[0x55, 0xAA]);
        boot
    }

    /// A core.img of 2.5 sectors.
    fn core_image() -> Vec<u8> {
        let mut core = vec![7; 2 * SECTOR + 256];
        core[BLOCKLIST - 12..SECTOR].fill(0);
        core[BLOCKLIST..SECTOR].copy_from_slice(&blocklist(2, 2));
        core
    }

    #[test]
    fn only_the_documented_bytes_change() {
        let (boot, core) = (boot_image(), core_image());
        let sector = boot_sector_code(&boot, 2048).unwrap();
        let changed: Vec<usize> = (0..BOOT_CODE)
            .filter(|at| sector[*at] != boot[*at])
            .collect();
        assert_eq!(changed, [0x5C, 0x5D, 0x66, 0x67]);
        let embedded = embedded_core(&core, 2048, 2048).unwrap();
        assert_eq!(embedded.len(), 3 * SECTOR);
        let changed: Vec<usize> = (0..core.len())
            .filter(|at| embedded[*at] != core[*at])
            .collect();
        assert_eq!(changed, [0x1F4, 0x1F5], "2 became 2049");
    }

    #[test]
    fn what_is_written_is_read_back() {
        let mut first = [0; SECTOR];
        first[..BOOT_CODE].copy_from_slice(&boot_sector_code(&boot_image(), 2048).unwrap());
        let core = embedded_core(&core_image(), 2048, 2048).unwrap();
        let read = read_boot_code(&first, |sector| {
            (sector == 2048).then(|| core[..SECTOR].try_into().unwrap())
        });
        assert_eq!(
            read,
            Some(BootCode {
                core_sector: 2048,
                rest_sector: 2049,
                rest_sectors: 2
            })
        );
    }

    #[test]
    fn another_boot_image_is_refused() {
        for offset in [0x5A, 0x5C, 0x64, 0x66, 510] {
            let mut boot = boot_image();
            boot[offset] ^= 0x10;
            let error = boot_sector_code(&boot, 2048).unwrap_err().to_string();
            assert!(
                error.starts_with("GRUB's boot.img: must "),
                "{offset:#x}: {error}"
            );
        }
    }

    #[test]
    fn another_core_image_is_refused() {
        let refusal = |core: &[u8], room| embedded_core(core, 2048, room).unwrap_err().to_string();
        let mut list = core_image();
        list[BLOCKLIST + 8] = 9;
        assert!(refusal(&list, 2048).contains("segment 0x820"));
        let mut second = core_image();
        second[BLOCKLIST - 12] = 1;
        assert!(refusal(&second, 2048).contains("one entry"));
        assert!(refusal(&core_image(), 2).contains("fit into the BIOS boot partition"));
    }
}
