//! qcow2, version 3, written by ourselves: the tables depend on the data alone
//! (qemu-img's depend on its release), no QEMU is needed to build an image, and
//! the stream goes straight into gzip without a file in between.
//!
//! Format: `docs/interop/qcow2.rst` of QEMU. Clusters in the file: header, L1
//! table, L2 tables, reference counts, then the data in order. Clusters of
//! zeros are left out.

use std::io::{self, Read, Seek, SeekFrom, Write};

/// Bits of a cluster: 64 KiB, QEMU's default.
const CLUSTER_BITS: u32 = 16;
const CLUSTER: u64 = 1 << CLUSTER_BITS;
/// Entries of 8 bytes in an L2 table of one cluster.
const L2_ENTRIES: u64 = CLUSTER / 8;
/// Reference counts of 16 bits in a cluster.
const REFCOUNTS: u64 = CLUSTER / 2;
/// Bit 63 of an entry: the cluster is referred to exactly once.
const COPIED: u64 = 1 << 63;
/// `QFI\xfb`
pub const MAGIC: [u8; 4] = *b"QFI\xfb";
/// Length of the header of version 3 without extensions.
const HEADER_LENGTH: u32 = 104;

/// Where the clusters of a file lie, counted in clusters.
struct Map {
    /// For every cluster of the disk, whether it holds data.
    used: Vec<bool>,
    l1: u64,
    l2: u64,
    table: u64,
    blocks: u64,
}

impl Map {
    fn new(used: Vec<bool>) -> Self {
        let l2 = (used.len() as u64).div_ceil(L2_ENTRIES);
        let l1 = (l2 * 8).div_ceil(CLUSTER).max(1);
        let data = used.iter().filter(|used| **used).count() as u64;
        // Reference counts count themselves: grow until all are counted.
        let (mut table, mut blocks) = (1, 1);
        loop {
            let total = 1 + l1 + l2 + table + blocks + data;
            let (need_blocks, need_table) =
                (total.div_ceil(REFCOUNTS), (blocks * 8).div_ceil(CLUSTER));
            if need_blocks <= blocks && need_table <= table {
                return Self {
                    used,
                    l1,
                    l2,
                    table,
                    blocks,
                };
            }
            blocks = blocks.max(need_blocks);
            table = table.max(need_table);
        }
    }

    /// First cluster of the L2 tables.
    fn l2_start(&self) -> u64 {
        1 + self.l1
    }

    /// First cluster of the table of reference count blocks.
    fn table_start(&self) -> u64 {
        self.l2_start() + self.l2
    }

    /// First cluster of the reference count blocks.
    fn blocks_start(&self) -> u64 {
        self.table_start() + self.table
    }

    /// First cluster of data.
    fn data_start(&self) -> u64 {
        self.blocks_start() + self.blocks
    }

    /// Clusters of the whole file.
    fn total(&self) -> u64 {
        self.data_start() + self.used.iter().filter(|used| **used).count() as u64
    }
}

/// Writes the disk `raw` of `size` bytes as qcow2, in one pass over the output.
///
/// # Errors
///
/// Those of reading and writing.
pub fn write<R: Read + Seek, W: Write>(mut raw: R, size: u64, mut output: W) -> io::Result<W> {
    let map = Map::new(used_clusters(&mut raw, size)?);
    write_tables(&map, size, &mut output)?;
    raw.seek(SeekFrom::Start(0))?;
    let mut cluster = vec![0; 1 << CLUSTER_BITS];
    for used in &map.used {
        read_cluster(&mut raw, &mut cluster)?;
        if *used {
            output.write_all(&cluster)?;
        }
    }
    Ok(output)
}

fn write_tables(map: &Map, size: u64, output: &mut impl Write) -> io::Result<()> {
    padded(output, &header(map, size))?;
    let l1: Vec<u64> = (0..map.l2)
        .map(|table| ((map.l2_start() + table) * CLUSTER) | COPIED)
        .collect();
    padded_words(output, &l1, map.l1)?;
    let mut next = map.data_start();
    let mut l2 = Vec::with_capacity(map.used.len());
    for used in &map.used {
        l2.push(if *used { (next * CLUSTER) | COPIED } else { 0 });
        next += u64::from(*used);
    }
    padded_words(output, &l2, map.l2)?;
    let table: Vec<u64> = (0..map.blocks)
        .map(|block| (map.blocks_start() + block) * CLUSTER)
        .collect();
    padded_words(output, &table, map.table)?;
    // Every cluster of the file is referred to once.
    for block in 0..map.blocks {
        let counts = (block * REFCOUNTS..(block + 1) * REFCOUNTS)
            .map(|cluster| u16::from(cluster < map.total()));
        output.write_all(&counts.flat_map(u16::to_be_bytes).collect::<Vec<u8>>())?;
    }
    Ok(())
}

fn header(map: &Map, size: u64) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    let word = |bytes: &mut Vec<u8>, value: u32| bytes.extend(value.to_be_bytes());
    let long = |bytes: &mut Vec<u8>, value: u64| bytes.extend(value.to_be_bytes());
    word(&mut bytes, 3); // version
    long(&mut bytes, 0); // no backing file
    word(&mut bytes, 0);
    word(&mut bytes, CLUSTER_BITS);
    long(&mut bytes, size);
    word(&mut bytes, 0); // no encryption
    word(&mut bytes, u32::try_from(map.l2).unwrap_or(u32::MAX)); // entries of L1
    long(&mut bytes, CLUSTER); // L1 is the second cluster
    long(&mut bytes, map.table_start() * CLUSTER);
    word(&mut bytes, u32::try_from(map.table).unwrap_or(u32::MAX));
    word(&mut bytes, 0); // no snapshots
    long(&mut bytes, 0);
    long(&mut bytes, 0); // incompatible, compatible, autoclear features
    long(&mut bytes, 0);
    long(&mut bytes, 0);
    word(&mut bytes, 4); // reference counts of 2^4 bits
    word(&mut bytes, HEADER_LENGTH);
    bytes
}

/// Writes bytes and zeros up to the end of a cluster.
fn padded(output: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    let mut cluster = bytes.to_vec();
    cluster.resize(bytes.len().next_multiple_of(1 << CLUSTER_BITS), 0);
    output.write_all(&cluster)
}

/// Writes 64-bit words and zeros up to the end of so many clusters.
fn padded_words(output: &mut impl Write, words: &[u64], clusters: u64) -> io::Result<()> {
    for at in 0..clusters * L2_ENTRIES {
        let word = usize::try_from(at)
            .ok()
            .and_then(|at| words.get(at))
            .copied()
            .unwrap_or(0);
        output.write_all(&word.to_be_bytes())?;
    }
    Ok(())
}

fn used_clusters<R: Read + Seek>(raw: &mut R, size: u64) -> io::Result<Vec<bool>> {
    raw.seek(SeekFrom::Start(0))?;
    let (mut cluster, zeros) = (vec![0; 1 << CLUSTER_BITS], vec![0; 1 << CLUSTER_BITS]);
    (0..size.div_ceil(CLUSTER))
        .map(|_| {
            read_cluster(raw, &mut cluster)?;
            Ok(cluster != zeros)
        })
        .collect()
}

/// Reads a cluster; what lies beyond the end is zero.
fn read_cluster(raw: &mut impl Read, cluster: &mut [u8]) -> io::Result<()> {
    let mut filled = 0;
    while filled < cluster.len() {
        match raw.read(&mut cluster[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    cluster[filled..].fill(0);
    Ok(())
}

/// Reads a qcow2 file that this module could have written into `raw`.
///
/// # Errors
///
/// Those of reading and writing, and `InvalidData` for a file with features
/// that this module never writes (backing file, encryption, compression).
pub fn expand<R: Read + Seek, W: Write + Seek>(mut file: R, mut raw: W) -> io::Result<u64> {
    let mut header = [0; HEADER_LENGTH as usize];
    file.read_exact(&mut header)?;
    let long = |at: usize| u64::from_be_bytes(std::array::from_fn(|byte| header[at + byte]));
    let word = |at: usize| u32::from_be_bytes(std::array::from_fn(|byte| header[at + byte]));
    let plain =
        word(4) == 3 && long(8) == 0 && word(20) == CLUSTER_BITS && word(32) == 0 && long(72) == 0;
    if header[..4] != MAGIC || !plain {
        let message = "a qcow2 file of another kind; convert it with `qemu-img convert -O raw`";
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    let (size, l1) = (long(24), long(40));
    let mut cluster = vec![0; 1 << CLUSTER_BITS];
    for (at, table) in (0..).zip(read_words(&mut file, l1, u64::from(word(36)))?) {
        for (index, entry) in (0..).zip(read_words(&mut file, table & !COPIED, L2_ENTRIES)?) {
            let target = (at * L2_ENTRIES + index) * CLUSTER;
            if entry & !COPIED != 0 && target < size {
                file.seek(SeekFrom::Start(entry & !COPIED))?;
                file.read_exact(&mut cluster)?;
                let kept = usize::try_from(size - target)
                    .map_or(cluster.len(), |left| left.min(cluster.len()));
                raw.seek(SeekFrom::Start(target))?;
                raw.write_all(&cluster[..kept])?;
            }
        }
    }
    Ok(size)
}

fn read_words<R: Read + Seek>(file: &mut R, offset: u64, count: u64) -> io::Result<Vec<u64>> {
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    file.by_ref().take(count * 8).read_to_end(&mut bytes)?;
    Ok(bytes
        .chunks_exact(8)
        .map(|word| u64::from_be_bytes(std::array::from_fn(|at| word[at])))
        .collect())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn a_disk_survives(size in 1u64..4_000_000, data in prop::collection::vec((0u64..4_000_000, any::<u8>()), 0..20)) {
            let mut disk = vec![0; usize::try_from(size).unwrap()];
            for (at, byte) in data {
                disk[usize::try_from(at % size).unwrap()] = byte;
            }
            let file = write(Cursor::new(&disk), size, Vec::new()).unwrap();
            let mut back = Cursor::new(vec![0; disk.len()]);
            prop_assert_eq!(expand(Cursor::new(&file), &mut back).unwrap(), size);
            prop_assert!(back.into_inner() == disk);
        }
    }

    #[test]
    fn zeros_take_no_room() {
        let file = write(Cursor::new(vec![0; 8 << 20]), 8 << 20, Vec::new()).unwrap();
        assert_eq!(
            file.len() as u64,
            5 * CLUSTER,
            "header, L1, L2, table, counts"
        );
    }

    #[test]
    fn another_kind_is_refused() {
        let mut file = write(Cursor::new(vec![1; 100]), 100, Vec::new()).unwrap();
        file[15] = 1;
        let error = expand(Cursor::new(&file), Cursor::new(Vec::new())).unwrap_err();
        assert!(error.to_string().contains("qemu-img convert"));
    }
}
