//! Size and parameters of the root file system: pure planning for `mke2fs`.

use std::io::{self, Read, Seek, SeekFrom};

use super::identifiers::Identifiers;

/// Bytes of a block. `GRUB` and every cloud kernel read 4 KiB blocks.
pub const BLOCK: u64 = 4096;
/// Bytes of an inode on disk.
const INODE: u64 = 256;
/// Blocks of a block group: one bitmap block holds a bit for each.
pub const GROUP_BLOCKS: u64 = 8 * BLOCK;
/// Blocks of the journal, 64 MiB: mke2fs's own choice from 16 GiB on would
/// depend on the size, and a journal does not grow with the file system.
const JOURNAL_BLOCKS: u64 = 64 * 256;
/// Blocks of the smallest file system, 256 MiB: mke2fs refuses a journal that
/// takes more than half of what is free.
const MINIMUM_BLOCKS: u64 = 4 * JOURNAL_BLOCKS;
/// Blocks up to which descriptor space is reserved for growing online (2 TiB).
const GROWTH_BLOCKS: u64 = 1 << 29;
/// Bytes of a group descriptor with the feature `64bit`.
const DESCRIPTOR: u64 = 64;
/// Percentage of blocks kept for root, so that a full disk can still be repaired.
const RESERVED_PERCENT: u64 = 1;
/// Inodes left free beyond the content before the file system is grown.
const SPARE_INODES: u64 = 4096;
/// Densities tried, largest first: 16 KiB per inode is ext4's default, and
/// 4 KiB gives one inode to every block.
const BYTES_PER_INODE: [u64; 3] = [16384, 8192, 4096];

/// What the root file system must hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// Files, folders and links.
    pub inodes: u64,
    /// Blocks of [`BLOCK`] bytes for their data.
    pub blocks: u64,
    /// Bytes of the files themselves.
    pub bytes: u64,
}

/// Length of the longest link target that is kept in the inode itself.
const FAST_SYMLINK: u64 = 59;

impl Content {
    /// Adds a file of so many bytes.
    pub fn add_file(&mut self, bytes: u64) {
        let blocks = bytes.div_ceil(BLOCK);
        // From 4 extents on (128 MiB each at best) the tree takes blocks of its own.
        let tree = if blocks > GROUP_BLOCKS {
            1 + blocks / GROUP_BLOCKS / 64
        } else {
            0
        };
        self.inodes += 1;
        self.bytes += bytes;
        self.blocks += blocks + tree;
    }

    /// Adds a symbolic link whose target has so many bytes.
    pub fn add_symlink(&mut self, target: u64) {
        self.inodes += 1;
        self.blocks += u64::from(target > FAST_SYMLINK);
    }

    /// Adds a folder; `names` is the sum of [`directory_entry`] of its entries.
    pub fn add_directory(&mut self, names: u64) {
        self.inodes += 1;
        // mke2fs fills blocks in order; an entry never crosses a block, so up
        // to 263 bytes at each end stay unused.
        self.blocks += (names + 24).div_ceil(BLOCK - 264).max(1);
    }
}

/// Bytes of a directory entry for a name of so many bytes: 8 bytes of header,
/// the name, padding to four.
#[must_use]
pub fn directory_entry(name: u64) -> u64 {
    8 + name.next_multiple_of(4)
}

/// Size of the root file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ext4Plan {
    /// Blocks of the whole file system.
    pub blocks: u64,
    /// Density of inodes (`mke2fs -i`), kept when the file system grows.
    pub bytes_per_inode: u64,
}

impl Ext4Plan {
    /// The smallest file system of whole MiB that holds the content and leaves
    /// `margin` blocks for what the first boot writes before it has grown.
    #[must_use]
    pub fn for_content(content: &Content, margin: u64) -> Self {
        BYTES_PER_INODE
            .into_iter()
            .map(|bytes_per_inode| Self {
                blocks: fit(content, margin, bytes_per_inode),
                bytes_per_inode,
            })
            // The first of equals wins: the sparser one.
            .min_by_key(|plan| plan.blocks)
            .unwrap_or(Self {
                blocks: 0,
                bytes_per_inode: BYTES_PER_INODE[0],
            })
    }

    /// Blocks left for data after the file system's own structures.
    #[must_use]
    pub fn data_blocks(&self) -> u64 {
        self.blocks
            .saturating_sub(overhead(self.blocks, self.bytes_per_inode))
    }

    /// Inodes that the file system has.
    #[must_use]
    pub fn inodes(&self) -> u64 {
        self.blocks * BLOCK / self.bytes_per_inode
    }

    /// Bytes of the file system.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.blocks * BLOCK
    }

    /// Arguments of mke2fs that make this file system, empty, at `offset` bytes
    /// in the file `image`.
    #[must_use]
    pub fn mke2fs_arguments(&self, ids: &Identifiers, offset: u64, image: &str) -> Vec<String> {
        let extended = format!(
            "hash_seed={seed},root_owner=0:0,nodiscard,lazy_itable_init=0,\
             lazy_journal_init=0,assume_storage_prezeroed=1,resize={GROWTH_BLOCKS},offset={offset}",
            seed = ids.hash_seed,
        );
        let journal = format!("size={}", (JOURNAL_BLOCKS * BLOCK) >> 20);
        let uuid = ids.root_file_system.to_string();
        let (density, reserved) = (
            self.bytes_per_inode.to_string(),
            RESERVED_PERCENT.to_string(),
        );
        let block = BLOCK.to_string();
        let mut arguments: Vec<String> = [
            "-q", "-F", "-t", "ext4", "-T", "default", "-b", &block, "-L", ROOT_LABEL, "-U", &uuid,
        ]
        .map(str::to_owned)
        .to_vec();
        arguments.extend(
            [
                "-i", &density, "-J", &journal, "-m", &reserved, "-E", &extended,
            ]
            .map(str::to_owned),
        );
        arguments.extend([image, &self.blocks.to_string()].map(str::to_owned));
        arguments
    }
}

/// Label of the root file system.
pub const ROOT_LABEL: &str = "nixos";

/// mke2fs's configuration: the machine's own would leak its features into the
/// image. These features are all read by GRUB 2.06 and later; `orphan_file` and
/// `metadata_csum_seed` are not.
pub const MKE2FS_CONFIG: &str = "\
[defaults]
base_features = sparse_super,large_file,filetype,resize_inode,dir_index,ext_attr
default_mntopts = acl,user_xattr
enable_periodic_fsck = 0
blocksize = 4096
inode_size = 256
inode_ratio = 16384
[fs_types]
ext4 = {
features = has_journal,extent,huge_file,flex_bg,metadata_csum,64bit,dir_nlink,extra_isize
inode_size = 256
}
";

/// How full an ext4 file system is, from its superblock
/// (Documentation/filesystems/ext4/super.rst of Linux).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Usage {
    /// Blocks.
    pub blocks: u64,
    /// Blocks that hold nothing.
    pub free_blocks: u64,
    /// Bytes of a block.
    pub block_size: u64,
    /// Inodes.
    pub inodes: u32,
    /// Inodes that are not in use.
    pub free_inodes: u32,
}

impl Usage {
    /// Reads the superblock of the file system that begins where `device` does.
    ///
    /// # Errors
    ///
    /// Those of `device`.
    pub fn read<F: Read + Seek>(mut device: F) -> io::Result<Self> {
        let mut block = [0; 1024];
        device.seek(SeekFrom::Start(1024))?;
        device.read_exact(&mut block)?;
        let word = |at: usize| u32::from_le_bytes(std::array::from_fn(|byte| block[at + byte]));
        let long = |low: usize, high: usize| u64::from(word(low)) | (u64::from(word(high)) << 32);
        Ok(Self {
            inodes: word(0x0),
            blocks: long(0x4, 0x150),
            free_blocks: long(0xC, 0x158),
            free_inodes: word(0x10),
            block_size: 1024 << word(0x18).min(6),
        })
    }

    /// Size in MiB.
    #[must_use]
    pub fn mib(&self) -> u64 {
        (self.blocks * self.block_size) >> 20
    }

    /// Free space in MiB.
    #[must_use]
    pub fn free_mib(&self) -> u64 {
        (self.free_blocks * self.block_size) >> 20
    }
}

/// Blocks that hold the content, found by adding what is missing until it fits.
fn fit(content: &Content, margin: u64, bytes_per_inode: u64) -> u64 {
    // One in a hundred for fragments at the ends of groups, and the root's
    // reserve, which services may not use.
    let wanted = content.blocks + content.blocks / 100 + margin;
    let wanted = wanted + wanted * RESERVED_PERCENT / 100;
    let inodes = content.inodes + content.inodes / 50 + SPARE_INODES;
    let mut blocks = wanted
        .max(inodes * bytes_per_inode / BLOCK)
        .max(MINIMUM_BLOCKS);
    loop {
        let missing = wanted.saturating_sub(blocks - overhead(blocks, bytes_per_inode).min(blocks));
        if missing == 0 {
            return blocks.next_multiple_of(256);
        }
        blocks += missing;
    }
}

/// Blocks that the file system's own structures take at most.
fn overhead(blocks: u64, bytes_per_inode: u64) -> u64 {
    let groups = blocks.div_ceil(GROUP_BLOCKS);
    let descriptors = (groups * DESCRIPTOR).div_ceil(BLOCK);
    let reserved = (GROWTH_BLOCKS / GROUP_BLOCKS * DESCRIPTOR).div_ceil(BLOCK);
    let backups = (0..groups).filter(|group| has_backup(*group)).count() as u64;
    let inode_table = (GROUP_BLOCKS * BLOCK / bytes_per_inode * INODE).div_ceil(BLOCK) + 1;
    // lost+found has four blocks, the root folder one.
    backups * (1 + descriptors + reserved) + groups * (2 + inode_table) + JOURNAL_BLOCKS + 5
}

/// Whether `sparse_super` puts a copy of the superblock into this group.
pub(super) fn has_backup(group: u64) -> bool {
    group <= 1
        || [3, 5, 7].into_iter().any(|base: u64| {
            std::iter::successors(Some(base), |power| power.checked_mul(base))
                .take_while(|power| *power <= group)
                .any(|power| power == group)
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn backups_are_in_powers_of_three_five_seven() {
        let groups: Vec<u64> = (0..130).filter(|group| has_backup(*group)).collect();
        assert_eq!(groups, [0, 1, 3, 5, 7, 9, 25, 27, 49, 81, 125]);
    }

    #[test]
    fn many_small_files_get_denser_inodes() {
        let large = Content {
            inodes: 1000,
            blocks: 500_000,
            bytes: 0,
        };
        let small = Content {
            inodes: 400_000,
            blocks: 400_000,
            bytes: 0,
        };
        assert_eq!(Ext4Plan::for_content(&large, 0).bytes_per_inode, 16384);
        assert_eq!(Ext4Plan::for_content(&small, 0).bytes_per_inode, 4096);
    }

    proptest! {
        #[test]
        fn the_plan_holds_the_content(inodes in 0u64..3_000_000, blocks in 0u64..30_000_000, margin in 0u64..1_000_000) {
            let content = Content { inodes, blocks, bytes: 0 };
            let plan = Ext4Plan::for_content(&content, margin);
            prop_assert!(plan.data_blocks() >= blocks + margin);
            prop_assert!(plan.inodes() >= inodes + SPARE_INODES);
            prop_assert_eq!(plan.bytes() % (1 << 20), 0);
        }

        #[test]
        fn more_content_never_needs_less(inodes in 0u64..100_000, blocks in 0u64..1_000_000, more in 1u64..10_000) {
            let plan = |blocks| Ext4Plan::for_content(&Content { inodes, blocks, bytes: 0 }, 0).blocks;
            prop_assert!(plan(blocks + more) >= plan(blocks));
        }
    }
}
