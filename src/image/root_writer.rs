//! The tree of the root into an empty file system: every node in the order of
//! the tree, with our owners, modes and times.

use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::system::tree;

use super::error::{ImageError, at, part};
use super::ext4_node::{BODY, Folder, Inode, Kind, Place, put};
use super::ext4_volume::{LOST_AND_FOUND, ROOT, Volume};
use super::root_items::{self, Body, Item};
use super::root_tree::RootTree;

/// Names that a folder's inode can count (`EXT4_LINK_MAX`); 1 says that there are more.
const MOST_LINKS: u32 = 65_000;

/// Writes the tree into the empty file system that begins at byte `start` of
/// the image.
///
/// # Errors
///
/// [`ImageError::File`] if a source cannot be read or changes meanwhile,
/// [`ImageError::Part`] if the file system does not take it.
pub fn write(tree: &RootTree, image: &File, start: u64) -> Result<(), ImageError> {
    let volume = Volume::open(image, start).map_err(part("root"))?;
    let mut writer = Writer::new(volume).map_err(part("root"))?;
    root_items::visit(tree, &mut |item| writer.add(&item))?;
    writer.finish().map_err(part("root"))
}

struct Writer<'a> {
    volume: Volume<'a>,
    /// The folders that lead to where the next node goes, the root first.
    open: Vec<Open>,
}

/// A folder that is not complete yet.
struct Open {
    path: PathBuf,
    number: u32,
    mode: u32,
    group: u32,
    links: u32,
    folder: Folder,
}

impl<'a> Writer<'a> {
    fn new(volume: Volume<'a>) -> io::Result<Self> {
        let mut folder = Folder::new(ROOT, ROOT);
        folder.add(b"lost+found", LOST_AND_FOUND, Kind::Directory)?;
        let root = Open {
            path: PathBuf::new(),
            number: ROOT,
            mode: 0o755,
            group: 0,
            links: 3,
            folder,
        };
        Ok(Self {
            volume,
            open: vec![root],
        })
    }

    fn add(&mut self, item: &Item) -> Result<(), ImageError> {
        while self.open.len() > 1 && !self.is_open(item.path.parent()) {
            self.close().map_err(part("root"))?;
        }
        let number = self.volume.next_inode().map_err(part("root"))?;
        let kind = match item.body {
            Body::Directory(_) => Kind::Directory,
            Body::Text(_) | Body::File(..) => Kind::File,
            Body::Symlink(_) => Kind::Symlink,
        };
        let parent = self.name(item, number, kind).map_err(at(&item.path))?;
        let (size, place) = match &item.body {
            Body::Directory(_) => {
                self.open.push(Open {
                    path: item.path.clone(),
                    number,
                    mode: item.mode,
                    group: item.group,
                    links: 2,
                    folder: Folder::new(number, parent),
                });
                return Ok(());
            }
            Body::Text(bytes) => {
                let size = bytes.len() as u64;
                let place = self.volume.write_contents(number, &mut &**bytes, size);
                (size, place.map_err(part("root"))?)
            }
            Body::File(source, size) => {
                let mut file = tree::open(source).map_err(at(source))?;
                let place = self.volume.write_contents(number, &mut file, *size);
                (*size, place.map_err(at(source))?)
            }
            Body::Symlink(target) => self.link(number, target).map_err(part("root"))?,
        };
        let inode = Inode {
            kind,
            mode: item.mode,
            group: item.group,
            links: 1,
            size,
            place,
        };
        self.volume
            .write_inode(number, &inode)
            .map_err(part("root"))
    }

    /// Enters a node into its folder, which is the last open one; gives the folder.
    fn name(&mut self, item: &Item, number: u32, kind: Kind) -> io::Result<u32> {
        let (Some(folder), Some(name)) = (self.open.last_mut(), item.path.file_name()) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        folder.folder.add(name.as_bytes(), number, kind)?;
        folder.links += u32::from(kind == Kind::Directory);
        Ok(folder.number)
    }

    fn is_open(&self, folder: Option<&Path>) -> bool {
        self.open.last().map(|open| open.path.as_path()) == folder
    }

    /// Size and place of a link's target: in the inode where it fits.
    fn link(&mut self, number: u32, target: &Path) -> io::Result<(u64, Place)> {
        let target = target.as_os_str().as_bytes();
        let size = target.len() as u64;
        if target.len() < BODY {
            let mut body = [0; BODY];
            put(&mut body, 0, target);
            return Ok((size, Place::Here(body)));
        }
        Ok((
            size,
            self.volume.write_contents(number, &mut &*target, size)?,
        ))
    }

    /// Writes the last open folder.
    fn close(&mut self) -> io::Result<()> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let number = open.number;
        let bytes = open.folder.finish(self.volume.inode_seed(number));
        let size = bytes.len() as u64;
        let place = if number == ROOT {
            self.volume.write_root(&bytes)?
        } else {
            self.volume
                .write_contents(number, &mut bytes.as_slice(), size)?
        };
        let inode = Inode {
            kind: Kind::Directory,
            mode: open.mode,
            group: open.group,
            links: if open.links >= MOST_LINKS {
                1
            } else {
                u16::try_from(open.links).unwrap_or(1)
            },
            size,
            place,
        };
        self.volume.write_inode(number, &inode)
    }

    fn finish(mut self) -> io::Result<()> {
        while !self.open.is_empty() {
            self.close()?;
        }
        self.volume.finish()
    }
}
