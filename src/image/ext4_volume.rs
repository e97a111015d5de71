//! An empty ext4 file system, as mke2fs leaves it, that is filled in one sweep:
//! inodes and blocks are given out in order, and bitmaps, descriptors and
//! superblocks are written once, at the end. Every offset is from Linux,
//! Documentation/filesystems/ext4: super.rst, checksums.rst.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

use super::ext4::{BLOCK, GROUP_BLOCKS, has_backup};
use super::ext4_group::{self as group, DESCRIPTOR, Group};
use super::ext4_node::{
    IN_BLOCK, IN_INODE, INODE, Inode, Place, Run, checksum, extents_in_block, extents_in_inode,
    index_entry, inode_seed, leaf_entries, put,
};

/// Bytes of a superblock.
const SUPERBLOCK: usize = 1024;
/// Bytes of a block, once more, for indexes.
const BLOCK_BYTES: u32 = 4096;
/// The inode of the root folder.
pub const ROOT: u32 = 2;
/// The inode of `lost+found`, the last that mke2fs uses.
pub const LOST_AND_FOUND: u32 = 11;
/// Bytes that are collected before they are written, in blocks that follow
/// each other.
const BUFFER: usize = 1 << 20;

/// A file system that is being filled.
#[derive(Debug)]
pub struct Volume<'a> {
    file: &'a File,
    /// Where it begins in the file, in bytes.
    start: u64,
    superblock: Vec<u8>,
    groups: Vec<Group>,
    /// Of all checksums but the superblock's.
    seed: u32,
    blocks: u64,
    inodes_per_group: u32,
    last_inode: u32,
    /// Every block before it is in use.
    cursor: u64,
    pending: Pending,
}

/// Bytes for blocks from `first` on that are not written yet.
#[derive(Debug)]
struct Pending {
    first: u64,
    bytes: Vec<u8>,
    length: usize,
}

impl<'a> Volume<'a> {
    /// Opens the empty file system that begins at byte `start`.
    ///
    /// # Errors
    ///
    /// Of reading, or if it is not what mke2fs makes of our configuration.
    pub fn open(file: &'a File, start: u64) -> io::Result<Self> {
        let mut superblock = vec![0; SUPERBLOCK];
        file.read_exact_at(&mut superblock, start + 1024)?;
        let blocks = u64::from(word(&superblock, 0x4)) | u64::from(word(&superblock, 0x150)) << 32;
        let inodes = word(&superblock, 0x0);
        let expected = word(&superblock, 0x38) & 0xFFFF == 0xEF53
            && word(&superblock, 0x18) == 2
            && u64::from(word(&superblock, 0x20)) == GROUP_BLOCKS
            && usize::from(superblock[0xFE]) == DESCRIPTOR
            && usize::from(superblock[0x58]) | usize::from(superblock[0x59]) << 8 == INODE
            && word(&superblock, 0x10) == inodes - LOST_AND_FOUND;
        if !expected {
            return Err(io::Error::other(
                "mke2fs made another file system than was asked for",
            ));
        }
        let mut volume = Self {
            file,
            start,
            seed: checksum(!0, &superblock[0x68..0x78]),
            blocks,
            inodes_per_group: word(&superblock, 0x28),
            superblock,
            groups: Vec::new(),
            last_inode: LOST_AND_FOUND,
            cursor: 0,
            pending: Pending {
                first: 0,
                bytes: vec![0; BUFFER],
                length: 0,
            },
        };
        for number in 0..blocks.div_ceil(GROUP_BLOCKS) {
            let group = volume.read_group(number)?;
            volume.groups.push(group);
        }
        Ok(volume)
    }

    fn read_group(&self, number: u64) -> io::Result<Group> {
        let mut descriptor = [0; DESCRIPTOR];
        let at = self.byte(1) + number * DESCRIPTOR as u64;
        self.file.read_exact_at(&mut descriptor, at)?;
        let mut bitmap = vec![0; BLOCK_BYTES as usize];
        if let Some(block) = group::written_bitmap(&descriptor) {
            self.file.read_exact_at(&mut bitmap, self.byte(block))?;
        }
        Group::new(number, descriptor, bitmap)
    }

    /// The seed of what belongs to an inode.
    #[must_use]
    pub fn inode_seed(&self, number: u32) -> u32 {
        inode_seed(self.seed, number)
    }

    /// The next free inode.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn next_inode(&mut self) -> io::Result<u32> {
        if self.last_inode == word(&self.superblock, 0x0) {
            return Err(full("inodes"));
        }
        self.last_inode += 1;
        Ok(self.last_inode)
    }

    /// Writes contents of so many bytes into blocks, and gives their place.
    ///
    /// # Errors
    ///
    /// If there is no room, or `input` ends early or cannot be read.
    pub fn write_contents(
        &mut self,
        number: u32,
        input: &mut dyn Read,
        size: u64,
    ) -> io::Result<Place> {
        let runs = self.allocate(size.div_ceil(BLOCK))?;
        self.write_runs(&runs, input, size)?;
        self.place(number, &runs)
    }

    /// Writes the root folder: its first block is the one that it has.
    ///
    /// # Errors
    ///
    /// If there is no room.
    pub fn write_root(&mut self, bytes: &[u8]) -> io::Result<Place> {
        let mut inode = [0; INODE];
        self.file.read_exact_at(&mut inode, self.inode_byte(ROOT))?;
        let size = bytes.len() as u64;
        let mut runs = vec![Run {
            first: u64::from(word(&inode, 0x3C)),
            blocks: 1,
        }];
        runs.extend(self.allocate(size.div_ceil(BLOCK) - 1)?);
        self.write_runs(&runs, &mut &*bytes, size)?;
        self.place(ROOT, &runs)
    }

    /// Writes an inode.
    ///
    /// # Errors
    ///
    /// Of writing.
    pub fn write_inode(&mut self, number: u32, inode: &Inode) -> io::Result<()> {
        if inode.kind == super::ext4_node::Kind::Directory && number != ROOT {
            let (group, _) = self.place_of_inode(number);
            self.groups[group].add_folder();
        }
        let bytes = inode.encode(number, self.seed);
        self.file.write_all_at(&bytes, self.inode_byte(number))
    }

    /// Gives out blocks in order, in runs that stay within a group.
    fn allocate(&mut self, blocks: u64) -> io::Result<Vec<Run>> {
        let mut runs = Vec::new();
        let mut left = blocks;
        while left > 0 {
            while self.cursor < self.blocks && self.is_used(self.cursor) {
                self.cursor += 1;
            }
            if self.cursor == self.blocks {
                return Err(full("blocks"));
            }
            let first = self.cursor;
            let end = self
                .blocks
                .min(first + left)
                .min((first / GROUP_BLOCKS + 1) * GROUP_BLOCKS);
            while self.cursor < end && !self.is_used(self.cursor) {
                let (group, block) = place_of_block(self.cursor);
                self.groups[group].take(block);
                self.cursor += 1;
            }
            let run = Run {
                first,
                blocks: self.cursor - first,
            };
            left -= run.blocks;
            runs.push(run);
        }
        Ok(runs)
    }

    fn is_used(&self, block: u64) -> bool {
        let (group, block) = place_of_block(block);
        self.groups[group].has(block)
    }

    /// The extents of an inode, with a level of leaves where it has many.
    fn place(&mut self, number: u32, runs: &[Run]) -> io::Result<Place> {
        let blocks: u64 = runs.iter().map(|run| run.blocks).sum();
        let entries = leaf_entries(runs);
        if entries.len() <= IN_INODE {
            return Ok(Place::Extents(extents_in_inode(0, &entries), blocks));
        }
        let mut indexes = Vec::new();
        for leaf in entries.chunks(IN_BLOCK) {
            let run = self.allocate(1)?;
            let bytes = extents_in_block(leaf, self.inode_seed(number));
            self.write_runs(&run, &mut bytes.as_slice(), BLOCK)?;
            indexes.push(index_entry(&leaf[0], run[0].first));
        }
        if indexes.len() > IN_INODE {
            return Err(io::Error::other(
                "a file is in more pieces than two levels name",
            ));
        }
        let blocks = blocks + indexes.len() as u64;
        Ok(Place::Extents(extents_in_inode(1, &indexes), blocks))
    }

    fn write_runs(&mut self, runs: &[Run], input: &mut dyn Read, size: u64) -> io::Result<()> {
        let mut left = size;
        for run in runs {
            let bytes = left.min(run.blocks * BLOCK);
            if self.pending.end() != run.first {
                self.flush()?;
                self.pending.first = run.first;
            }
            let mut wanted = bytes;
            while wanted > 0 {
                if self.pending.length == BUFFER {
                    self.flush()?;
                }
                wanted -= self.pending.fill(input, wanted)?;
            }
            self.pending.pad();
            left -= bytes;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        let at = self.byte(self.pending.first);
        self.file
            .write_all_at(&self.pending.bytes[..self.pending.length], at)?;
        self.pending.first = self.pending.end();
        self.pending.length = 0;
        Ok(())
    }

    /// Writes what is left: bitmaps, group descriptors, superblocks and their copies.
    ///
    /// # Errors
    ///
    /// Of writing.
    pub fn finish(mut self) -> io::Result<()> {
        self.flush()?;
        let mut descriptors = Vec::new();
        for (number, group) in (0..).zip(&mut self.groups) {
            let used = self
                .last_inode
                .saturating_sub(number * self.inodes_per_group)
                .min(self.inodes_per_group);
            let inodes = group.seal((number, self.seed), used, self.inodes_per_group);
            for (block, bitmap) in [
                (group.block_bitmap(), group.blocks()),
                (group.inode_bitmap(), &inodes),
            ] {
                self.file.write_all_at(bitmap, self.start + block * BLOCK)?;
            }
            descriptors.extend(group.descriptor());
        }
        let free: u64 = self.groups.iter().map(Group::free_blocks).sum();
        let free = free.to_le_bytes();
        put(&mut self.superblock, 0xC, &free[..4]);
        put(&mut self.superblock, 0x158, &free[4..]);
        let inodes = word(&self.superblock, 0x0) - self.last_inode;
        put(&mut self.superblock, 0x10, &inodes.to_le_bytes());
        for group in (0..self.groups.len() as u64).filter(|group| has_backup(*group)) {
            put(&mut self.superblock, 0x5A, &group.to_le_bytes()[..2]);
            let sum = checksum(!0, &self.superblock[..0x3FC]);
            put(&mut self.superblock, 0x3FC, &sum.to_le_bytes());
            let first = self.byte(group * GROUP_BLOCKS);
            let at = if group == 0 { first + 1024 } else { first };
            self.file.write_all_at(&self.superblock, at)?;
            self.file.write_all_at(&descriptors, first + BLOCK)?;
        }
        Ok(())
    }

    fn byte(&self, block: u64) -> u64 {
        self.start + block * BLOCK
    }

    /// Group of an inode and its place there.
    fn place_of_inode(&self, number: u32) -> (usize, u32) {
        let index = number - 1;
        (
            (index / self.inodes_per_group) as usize,
            index % self.inodes_per_group,
        )
    }

    fn inode_byte(&self, number: u32) -> u64 {
        let (group, index) = self.place_of_inode(number);
        self.byte(self.groups[group].inode_table()) + u64::from(index) * INODE as u64
    }
}

impl Pending {
    /// The block that follows.
    fn end(&self) -> u64 {
        self.first + self.length as u64 / BLOCK
    }

    /// Reads as much as is wanted and has room; gives how much that was.
    fn fill(&mut self, input: &mut dyn Read, wanted: u64) -> io::Result<u64> {
        let room = BUFFER - self.length;
        let bytes = usize::try_from(wanted).map_or(room, |wanted| wanted.min(room));
        let target = &mut self.bytes[self.length..self.length + bytes];
        input
            .read_exact(target)
            .map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => {
                    io::Error::other("became shorter while it was read")
                }
                _ => error,
            })?;
        self.length += bytes;
        Ok(bytes as u64)
    }

    /// Zeros up to the end of the block.
    fn pad(&mut self) {
        let end = self.length.next_multiple_of(4096);
        self.bytes[self.length..end].fill(0);
        self.length = end;
    }
}

fn full(what: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::StorageFull,
        format!("the file system has too few {what}; raise `margin_mib`"),
    )
}

/// Group of a block, and its place there.
fn place_of_block(block: u64) -> (usize, usize) {
    let index = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    (index(block / GROUP_BLOCKS), index(block % GROUP_BLOCKS))
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(std::array::from_fn(|index| bytes[at + index]))
}
