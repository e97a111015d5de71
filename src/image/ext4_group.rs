//! A group of blocks of an ext4 file system: its descriptor and its bitmaps.
//! Every offset is from Linux, Documentation/filesystems/ext4:
//! `group_descr.rst`, bitmaps.rst, checksums.rst.

use std::io;

use super::ext4::BLOCK;
use super::ext4_node::{checksum, put};

/// Bytes of a group descriptor.
pub const DESCRIPTOR: usize = 64;
/// Flags of a group whose bitmaps nobody has written yet.
const UNINITIALISED: u8 = 0x1 | 0x2;
/// The flag for the bitmap of blocks alone.
const BLOCKS_UNINITIALISED: u8 = 0x2;

/// A group that is being filled.
#[derive(Debug)]
pub struct Group {
    descriptor: [u8; DESCRIPTOR],
    /// A bit for each block.
    blocks: Vec<u8>,
    /// Folders that were added.
    folders: u32,
}

/// The block of the bitmap of blocks; a group without one has nothing in use,
/// as mke2fs writes the bitmaps of all groups that hold something of its own.
#[must_use]
pub fn written_bitmap(descriptor: &[u8; DESCRIPTOR]) -> Option<u64> {
    let written = descriptor[0x12] & BLOCKS_UNINITIALISED == 0;
    written.then(|| block_of(descriptor, 0x0))
}

impl Group {
    /// The group with this number.
    ///
    /// # Errors
    ///
    /// If descriptor and bitmap contradict each other.
    pub fn new(number: u64, descriptor: [u8; DESCRIPTOR], blocks: Vec<u8>) -> io::Result<Self> {
        let free = [0xC, 0xD, 0x2C, 0x2D].map(|at| descriptor[at]);
        let free = u64::from(u32::from_le_bytes(free));
        let group = Self {
            descriptor,
            blocks,
            folders: 0,
        };
        if group.free_blocks() == free {
            return Ok(group);
        }
        Err(io::Error::other(format!(
            "mke2fs counts {free} free blocks in group {number}, its bitmap has {}",
            group.free_blocks()
        )))
    }

    /// Whether a block, counted from the group's first, is in use.
    #[must_use]
    pub fn has(&self, block: usize) -> bool {
        self.blocks[block / 8] & (1 << (block % 8)) != 0
    }

    /// Marks a block as in use.
    pub fn take(&mut self, block: usize) {
        self.blocks[block / 8] |= 1 << (block % 8);
    }

    /// Counts a folder.
    pub fn add_folder(&mut self) {
        self.folders += 1;
    }

    /// The descriptor.
    #[must_use]
    pub fn descriptor(&self) -> [u8; DESCRIPTOR] {
        self.descriptor
    }

    /// A bit for each block.
    #[must_use]
    pub fn blocks(&self) -> &[u8] {
        &self.blocks
    }

    /// The block of the bitmap of blocks.
    #[must_use]
    pub fn block_bitmap(&self) -> u64 {
        block_of(&self.descriptor, 0x0)
    }

    /// The block of the bitmap of inodes.
    #[must_use]
    pub fn inode_bitmap(&self) -> u64 {
        block_of(&self.descriptor, 0x4)
    }

    /// The first block of the inodes.
    #[must_use]
    pub fn inode_table(&self) -> u64 {
        block_of(&self.descriptor, 0x8)
    }

    /// Blocks that are not in use.
    #[must_use]
    pub fn free_blocks(&self) -> u64 {
        let zeros = self.blocks.iter().map(|byte| byte.count_zeros());
        zeros.map(u64::from).sum()
    }

    /// Brings the descriptor up to date; gives the bitmap of the inodes, of
    /// which so many are in use.
    #[must_use]
    pub fn seal(&mut self, (number, seed): (u32, u32), used: u32, inodes: u32) -> Vec<u8> {
        let bitmap = inode_bitmap(used, inodes);
        let in_use = (inodes / 8) as usize;
        let blocks = self.free_blocks().to_le_bytes();
        // mke2fs has made two at most.
        let folders = u32::from(self.descriptor[0x10]) + self.folders;
        let descriptor = &mut self.descriptor;
        put_halves(descriptor, (0xC, 0x2C), &blocks);
        put_halves(descriptor, (0xE, 0x2E), &(inodes - used).to_le_bytes());
        put_halves(descriptor, (0x10, 0x30), &folders.to_le_bytes());
        // And so many at the end of the table never were.
        put_halves(descriptor, (0x1C, 0x32), &(inodes - used).to_le_bytes());
        descriptor[0x12] &= !UNINITIALISED;
        let sum = checksum(seed, &self.blocks).to_le_bytes();
        put_halves(descriptor, (0x18, 0x38), &sum);
        let sum = checksum(seed, &bitmap[..in_use]).to_le_bytes();
        put_halves(descriptor, (0x1A, 0x3A), &sum);
        put(descriptor, 0x1E, &[0, 0]);
        let sum = checksum(checksum(seed, &number.to_le_bytes()), descriptor).to_le_bytes();
        put(descriptor, 0x1E, &sum[..2]);
        bitmap
    }
}

/// A bit for each inode, and ones for those that the block has beyond them.
fn inode_bitmap(used: u32, inodes: u32) -> Vec<u8> {
    let (used, inodes) = (u64::from(used), u64::from(inodes));
    (0..8 * BLOCK)
        .step_by(8)
        .map(|first| {
            (0..8)
                .filter(|bit| first + bit < used || first + bit >= inodes)
                .fold(0, |byte, bit| byte | 1 << bit)
        })
        .collect()
}

/// The block that a descriptor names: its upper half is 32 bytes further on.
fn block_of(descriptor: &[u8; DESCRIPTOR], at: usize) -> u64 {
    u64::from(word(descriptor, at)) | u64::from(word(descriptor, at + 0x20)) << 32
}

fn word(descriptor: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(std::array::from_fn(|index| descriptor[at + index]))
}

/// Writes a number whose halves of 16 bits lie apart.
fn put_halves(descriptor: &mut [u8], (low, high): (usize, usize), value: &[u8]) {
    put(descriptor, low, &value[..2]);
    put(descriptor, high, &value[2..4]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inodes_beyond_the_last_are_in_use() {
        let bitmap = inode_bitmap(11, 32);
        assert_eq!(bitmap[..5], [0xFF, 0b111, 0, 0, 0xFF]);
        assert_eq!(bitmap.len(), 4096);
    }

    #[test]
    fn a_bitmap_that_contradicts_its_descriptor_is_refused() {
        let mut descriptor = [0; DESCRIPTOR];
        put_halves(&mut descriptor, (0xC, 0x2C), &16_u32.to_le_bytes());
        assert!(Group::new(0, descriptor, vec![0; 2]).is_ok());
        let error = Group::new(0, descriptor, vec![1, 0]).unwrap_err();
        assert!(error.to_string().ends_with("its bitmap has 15"), "{error}");
    }
}
