//! Inodes, extents and folders of ext4 as bytes. Every offset is from Linux,
//! Documentation/filesystems/ext4: inodes.rst, ifork.rst, directory.rst,
//! checksums.rst.

use std::io;

use super::ext4::{BLOCK, directory_entry};

/// Bytes of an inode on disk.
pub const INODE: usize = 256;
/// Bytes of an inode beyond the first 128 that are in use: `i_extra_isize`.
const EXTRA_ISIZE: u16 = 32;
/// All times, in seconds: Nix's own modification time of the store.
const TIME: u32 = 1;
/// `EXT4_EXTENTS_FL`.
const EXTENTS: u32 = 0x8_0000;
/// Sectors of 512 bytes in a block: the unit of `i_blocks`.
const SECTORS: u64 = BLOCK / 512;
/// Bytes of an inode for its extents or the target of a short link.
pub const BODY: usize = 60;
/// Extents that fit into an inode.
pub const IN_INODE: usize = 4;
/// Extents that fit into a block, between its header and its checksum.
pub const IN_BLOCK: usize = 340;
/// Bytes of a block, as an index.
const BLOCK_BYTES: usize = 4096;
/// Bytes of a folder's block before the entry that holds its checksum.
const ENTRIES: usize = BLOCK_BYTES - 12;

/// CRC-32C as ext4 has it: without the inversions at both ends.
#[must_use]
pub fn checksum(seed: u32, bytes: &[u8]) -> u32 {
    !crc32c::crc32c_append(!seed, bytes)
}

/// The seed of what belongs to an inode of generation 0.
#[must_use]
pub fn inode_seed(seed: u32, number: u32) -> u32 {
    checksum(checksum(seed, &number.to_le_bytes()), &[0; 4])
}

/// Overwrites the bytes at `at`.
pub fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    bytes[at..at + value.len()].copy_from_slice(value);
}

/// What an inode is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A folder.
    Directory,
    /// A symbolic link.
    Symlink,
}

impl Kind {
    /// `S_IFREG`, `S_IFDIR`, `S_IFLNK`.
    fn mode(self) -> u32 {
        match self {
            Self::File => 0o10_0000,
            Self::Directory => 0o4_0000,
            Self::Symlink => 0o12_0000,
        }
    }

    /// `EXT4_FT_*` of a folder's entry.
    fn code(self) -> u8 {
        match self {
            Self::File => 1,
            Self::Directory => 2,
            Self::Symlink => 7,
        }
    }
}

/// One inode; its owner is root.
#[derive(Clone, Copy, Debug)]
pub struct Inode {
    /// What it is.
    pub kind: Kind,
    /// Permission bits.
    pub mode: u32,
    /// Group.
    pub group: u32,
    /// Names that it has.
    pub links: u16,
    /// Bytes of its contents.
    pub size: u64,
    /// Where the contents are.
    pub place: Place,
}

/// Where the contents of an inode are.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// In the inode itself: the target of a short link.
    Here([u8; BODY]),
    /// In blocks (their number, with those of the tree) that this tree of
    /// extents names.
    Extents([u8; BODY], u64),
}

impl Inode {
    /// Its bytes, with the checksum that depends on its number.
    #[must_use]
    pub fn encode(&self, number: u32, seed: u32) -> [u8; INODE] {
        let (body, blocks, flags) = match self.place {
            Place::Here(body) => (body, 0, 0),
            Place::Extents(body, blocks) => (body, blocks, EXTENTS),
        };
        let mut bytes = [0; INODE];
        let (size, group) = (self.size.to_le_bytes(), self.group.to_le_bytes());
        let sectors = (blocks * SECTORS).to_le_bytes();
        let mode = (self.kind.mode() | self.mode).to_le_bytes();
        put(&mut bytes, 0x0, &mode[..2]);
        put(&mut bytes, 0x4, &size[..4]);
        // Access, change, modification; 0x90: creation.
        for at in [0x8, 0xC, 0x10, 0x90] {
            put(&mut bytes, at, &TIME.to_le_bytes());
        }
        put(&mut bytes, 0x18, &group[..2]);
        put(&mut bytes, 0x1A, &self.links.to_le_bytes());
        put(&mut bytes, 0x1C, &sectors[..4]);
        put(&mut bytes, 0x20, &flags.to_le_bytes());
        put(&mut bytes, 0x28, &body);
        put(&mut bytes, 0x6C, &size[4..]);
        put(&mut bytes, 0x74, &sectors[4..6]);
        put(&mut bytes, 0x7A, &group[2..]);
        put(&mut bytes, 0x80, &EXTRA_ISIZE.to_le_bytes());
        let sum = checksum(inode_seed(seed, number), &bytes).to_le_bytes();
        put(&mut bytes, 0x7C, &sum[..2]);
        put(&mut bytes, 0x82, &sum[2..]);
        bytes
    }
}

/// Blocks that follow each other, at most 32,768.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// The first one.
    pub first: u64,
    /// How many.
    pub blocks: u64,
}

/// A tree of extents in an inode, for at most [`IN_INODE`] entries.
#[must_use]
pub fn extents_in_inode(depth: u8, entries: &[[u8; 12]]) -> [u8; BODY] {
    let mut body = [0; BODY];
    put_extents(&mut body, depth, entries);
    body
}

/// A leaf of a tree of extents, for at most [`IN_BLOCK`] entries of an inode
/// with this seed.
#[must_use]
pub fn extents_in_block(entries: &[[u8; 12]], inode_seed: u32) -> Vec<u8> {
    let mut block = vec![0; BLOCK_BYTES];
    put_extents(&mut block[..BLOCK_BYTES - 4], 0, entries);
    let sum = checksum(inode_seed, &block[..BLOCK_BYTES - 4]);
    put(&mut block, BLOCK_BYTES - 4, &sum.to_le_bytes());
    block
}

fn put_extents(bytes: &mut [u8], depth: u8, entries: &[[u8; 12]]) {
    let room = (bytes.len() - 12) / 12;
    put(bytes, 0, &0xF30A_u16.to_le_bytes());
    put(bytes, 2, &entries.len().to_le_bytes()[..2]);
    put(bytes, 4, &room.to_le_bytes()[..2]);
    put(bytes, 6, &[depth, 0]);
    for (entry, at) in entries.iter().zip((12..).step_by(12)) {
        put(bytes, at, entry);
    }
}

/// Entries of a leaf for the blocks of a file, in order.
#[must_use]
pub fn leaf_entries(runs: &[Run]) -> Vec<[u8; 12]> {
    let mut logical: u64 = 0;
    runs.iter()
        .map(|run| {
            let mut entry = [0; 12];
            let first = run.first.to_le_bytes();
            put(&mut entry, 0, &logical.to_le_bytes()[..4]);
            put(&mut entry, 4, &run.blocks.to_le_bytes()[..2]);
            put(&mut entry, 6, &first[4..6]);
            put(&mut entry, 8, &first[..4]);
            logical += run.blocks;
            entry
        })
        .collect()
}

/// The entry of the root for a leaf in `block`, given the leaf's first entry.
#[must_use]
pub fn index_entry(first: &[u8; 12], block: u64) -> [u8; 12] {
    let mut entry = [0; 12];
    let block = block.to_le_bytes();
    put(&mut entry, 0, &first[..4]);
    put(&mut entry, 4, &block[..6]);
    entry
}

/// The contents of a folder, without an index: as long as the kernel finds no
/// flag for one, it reads the entries in order.
#[derive(Debug)]
pub struct Folder {
    bytes: Vec<u8>,
    /// Where the last entry begins.
    last: usize,
    /// Where the next one would.
    end: usize,
}

impl Folder {
    /// A folder with `.` and `..`.
    #[must_use]
    pub fn new(number: u32, parent: u32) -> Self {
        let mut folder = Self {
            bytes: vec![0; BLOCK_BYTES],
            last: 0,
            end: 0,
        };
        folder.append(b".", 1, number, Kind::Directory);
        folder.append(b"..", 2, parent, Kind::Directory);
        folder
    }

    /// Adds a name.
    ///
    /// # Errors
    ///
    /// If the name has more than 255 bytes.
    pub fn add(&mut self, name: &[u8], number: u32, kind: Kind) -> io::Result<()> {
        let length = u8::try_from(name.len())
            .map_err(|_| io::Error::other("a name has at most 255 bytes"))?;
        self.append(name, length, number, kind);
        Ok(())
    }

    fn append(&mut self, name: &[u8], length: u8, number: u32, kind: Kind) {
        let size = usize::try_from(directory_entry(u64::from(length))).unwrap_or(BLOCK_BYTES);
        if self.end % BLOCK_BYTES + size > ENTRIES {
            self.stretch();
            self.end = self.bytes.len();
            self.bytes.resize(self.end + BLOCK_BYTES, 0);
        }
        let at = self.end;
        put(&mut self.bytes, at, &number.to_le_bytes());
        put(&mut self.bytes, at + 4, &size.to_le_bytes()[..2]);
        put(&mut self.bytes, at + 6, &[length, kind.code()]);
        put(&mut self.bytes, at + 8, name);
        (self.last, self.end) = (at, at + size);
    }

    /// Gives the room that is left in a block to its last entry.
    fn stretch(&mut self) {
        let size = ENTRIES - self.last % BLOCK_BYTES;
        put(&mut self.bytes, self.last + 4, &size.to_le_bytes()[..2]);
    }

    /// Its blocks, with the checksums of the folder with this seed.
    #[must_use]
    pub fn finish(mut self, inode_seed: u32) -> Vec<u8> {
        self.stretch();
        for block in self.bytes.chunks_exact_mut(BLOCK_BYTES) {
            let sum = checksum(inode_seed, &block[..ENTRIES]);
            // An entry without inode and name, of a type that means checksum.
            put(block, ENTRIES + 4, &[12, 0, 0, 0xDE]);
            put(block, ENTRIES + 8, &sum.to_le_bytes());
        }
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check value of CRC-32C, and its complement without inversions.
    #[test]
    fn the_checksum_is_that_of_ext4() {
        assert_eq!(checksum(!0, b"123456789"), !0xE306_9283);
    }

    #[test]
    fn entries_never_cross_a_block() {
        let mut folder = Folder::new(2, 2);
        for number in 0..500_u32 {
            let name = format!("{number:0width$}", width = (number % 250 + 3) as usize);
            folder
                .add(name.as_bytes(), number + 12, Kind::File)
                .unwrap();
        }
        let bytes = folder.finish(0);
        let mut found = Vec::new();
        for block in bytes.chunks(BLOCK_BYTES) {
            let mut at = 0;
            while at < ENTRIES {
                found.push(u32::from_le_bytes(block[at..at + 4].try_into().unwrap()));
                at += usize::from(u16::from_le_bytes(
                    block[at + 4..at + 6].try_into().unwrap(),
                ));
            }
            assert_eq!(
                at, ENTRIES,
                "the last entry ends where the checksum's begins"
            );
        }
        let expected: Vec<u32> = [2, 2].into_iter().chain(12..512).collect();
        assert_eq!(found, expected);
        assert!(Folder::new(2, 2).add(&[b'x'; 256], 12, Kind::File).is_err());
    }

    #[test]
    fn extents_name_blocks_in_the_order_of_the_file() {
        let runs = [
            Run {
                first: 0x1_2345_6789,
                blocks: 32768,
            },
            Run {
                first: 7,
                blocks: 1,
            },
        ];
        let entries = leaf_entries(&runs);
        assert_eq!(
            entries[0],
            [0, 0, 0, 0, 0, 0x80, 1, 0, 0x89, 0x67, 0x45, 0x23]
        );
        assert_eq!(entries[1], [0, 0x80, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0]);
        let body = extents_in_inode(0, &entries);
        assert_eq!(body[..12], [0x0A, 0xF3, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0]);
        let block = extents_in_block(&entries, 0);
        assert_eq!(block[4..6], 340_u16.to_le_bytes());
    }
}
