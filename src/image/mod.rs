//! Disk images: planned purely (identifiers, layout, sizes, the tree of the
//! root), written without root, loop device, mount or virtual machine. The
//! same specification and the same closure give the same bytes everywhere.

pub mod assemble;
pub mod boot_code;
pub mod compare;
pub mod disk_view;
pub mod error;
pub mod esp;
pub mod ext4;
pub mod ext4_group;
pub mod ext4_node;
pub mod ext4_volume;
pub mod grub;
pub mod gzip;
pub mod hashing;
pub mod identifiers;
pub mod inspect;
pub mod layout;
pub mod listing;
pub mod manifest;
pub mod mke2fs;
pub mod pack;
pub mod partition_table;
pub mod qcow2;
pub mod registration;
pub mod root_items;
pub mod root_tree;
pub mod root_writer;
pub mod spec;
pub mod window;

pub use assemble::{Assembly, Stage};
pub use boot_code::BootCode;
pub use compare::{Difference, compare, verify_manifest};
pub use error::ImageError;
pub use hashing::Fingerprint;
pub use identifiers::{Identifiers, LAYOUT_VERSION};
pub use inspect::{Inspection, inspect};
pub use layout::{Architecture, Firmware, Role};
pub use manifest::{
    DiskRecord, FILE_NAME as MANIFEST, FileRecord, Manifest, PartitionRecord, PathRecord,
    SizeRecord, ToolVersions,
};
pub use pack::Format;
pub use spec::{Closure, ExtraContent, ExtraFile, Grub, ImageSpec, Include, Tools};
