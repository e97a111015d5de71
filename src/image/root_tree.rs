//! What the root file system holds, as a map from path to node in the order in
//! which it is written: a function of the specification alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::error::ImageError;
use super::registration::{STORE, StorePath};
use super::spec::{ExtraContent, ImageSpec};

/// Group of Nix's build users, `nixbld`: fixed by NixOS (`ids.gids.nixbld`).
const NIXBLD: u32 = 30000;
/// Where the registration waits for the first boot, as on all NixOS images
/// that cannot run `nix-store --load-db` while they are made.
pub const REGISTRATION: &str = "/nix-path-registration";
/// The profile of the system and its first generation.
const PROFILES: &str = "/nix/var/nix/profiles";

/// How the permissions of a copied tree are decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permissions {
    /// As Nix has them: read-only, executable or not.
    Store,
    /// As in the source.
    Source,
    /// As in the source, which lies in the store, with the owner's right to
    /// write that Nix took away.
    Writable,
}

/// One node of the root file system; owner is root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// A folder with permissions and group.
    Directory(u32, u32),
    /// A file with these contents, readable by all.
    File(Vec<u8>),
    /// A symbolic link.
    Symlink(PathBuf),
    /// A file on this machine, contents only, readable by all.
    CopiedFile(PathBuf),
    /// A tree on this machine.
    Copy(PathBuf, Permissions),
}

/// Nodes by their path without the leading `/`. `Path` compares by components,
/// so a folder is followed at once by all that is in it.
pub type RootTree = BTreeMap<PathBuf, Node>;

/// The root file system of an image: what NixOS's installer leaves behind,
/// without anything that a first boot makes (host keys, machine id, logs).
///
/// # Errors
///
/// [`ImageError::Spec`] if two nodes claim one path, a node lies inside a
/// copied tree, or the toplevel is not in the closure.
pub fn plan(
    spec: &ImageSpec,
    closure: &[StorePath],
    registration: &str,
) -> Result<RootTree, ImageError> {
    if !closure.iter().any(|path| path.path == spec.toplevel) {
        return Err(ImageError::Spec(format!(
            "toplevel {} is not in the closure's registration",
            spec.toplevel
        )));
    }
    let mut tree = RootTree::new();
    for (path, node) in skeleton(&spec.toplevel, registration) {
        add(&mut tree, path, node)?;
    }
    for path in closure {
        let source = spec.closure.root.join(relative(&path.path));
        add(
            &mut tree,
            &path.path,
            Node::Copy(source, Permissions::Store),
        )?;
    }
    for include in &spec.include {
        let permissions = if include.source.starts_with(STORE) {
            Permissions::Writable
        } else {
            Permissions::Source
        };
        add(
            &mut tree,
            &include.target,
            Node::Copy(include.source.clone(), permissions),
        )?;
    }
    for file in &spec.files {
        let node = match &file.content {
            ExtraContent::Text(text) => Node::File(text.clone().into_bytes()),
            ExtraContent::Source(source) => Node::CopiedFile(source.clone()),
            ExtraContent::Link(target) => Node::Symlink(target.clone()),
            ExtraContent::Directory(mode) => Node::Directory(parse_mode(&file.target, mode)?, 0),
        };
        add(&mut tree, &file.target, node)?;
    }
    refuse_nested(&tree)?;
    complete(&mut tree);
    Ok(tree)
}

/// What is the same on every NixOS: `nixos-install`, and mount points that
/// must exist while the root is still read-only.
fn skeleton(toplevel: &str, registration: &str) -> Vec<(&'static str, Node)> {
    let folder = |mode| Node::Directory(mode, 0);
    vec![
        ("/dev", folder(0o755)),
        ("/etc/NIXOS", Node::File(Vec::new())),
        (REGISTRATION, Node::File(registration.as_bytes().to_vec())),
        (STORE, Node::Directory(0o1775, NIXBLD)),
        ("/nix/var/nix/gcroots", folder(0o755)),
        (
            "/nix/var/nix/profiles/system",
            Node::Symlink("system-1-link".into()),
        ),
        (
            "/nix/var/nix/profiles/system-1-link",
            Node::Symlink(toplevel.into()),
        ),
        (
            "/nix/var/nix/gcroots/profiles",
            Node::Symlink(PROFILES.into()),
        ),
        ("/proc", folder(0o755)),
        ("/root", folder(0o700)),
        ("/run", folder(0o755)),
        ("/sys", folder(0o755)),
        ("/tmp", folder(0o1777)),
        ("/var", folder(0o755)),
    ]
}

/// Replaces a folder of the skeleton, refuses any other second claim.
fn add(tree: &mut RootTree, path: impl AsRef<Path>, node: Node) -> Result<(), ImageError> {
    let path = path.as_ref();
    match tree.insert(relative(path), node) {
        None | Some(Node::Directory(..)) => Ok(()),
        Some(_) => Err(ImageError::Spec(format!(
            "{} is written twice",
            path.display()
        ))),
    }
}

/// Adds the folders that lead to every node.
fn complete(tree: &mut RootTree) {
    let parents: Vec<PathBuf> = tree
        .keys()
        .flat_map(|path| path.ancestors().skip(1))
        .filter(|path| *path != Path::new(""))
        .map(Path::to_owned)
        .collect();
    for parent in parents {
        tree.entry(parent).or_insert(Node::Directory(0o755, 0));
    }
}

/// Only folders may have something in them: a copied tree holds what its
/// source holds and nothing else.
fn refuse_nested(tree: &RootTree) -> Result<(), ImageError> {
    for path in tree.keys() {
        let closed = path.ancestors().skip(1).find(|ancestor| {
            tree.get(*ancestor)
                .is_some_and(|node| !matches!(node, Node::Directory(..)))
        });
        if let Some(ancestor) = closed {
            let (path, ancestor) = (path.display(), ancestor.display());
            return Err(ImageError::Spec(format!(
                "/{path} lies in /{ancestor}, which is no folder of the image's own"
            )));
        }
    }
    Ok(())
}

fn relative(path: impl AsRef<Path>) -> PathBuf {
    path.as_ref()
        .strip_prefix("/")
        .map_or_else(|_| path.as_ref().to_owned(), Path::to_owned)
}

fn parse_mode(target: &Path, text: &str) -> Result<u32, ImageError> {
    u32::from_str_radix(text, 8)
        .ok()
        .filter(|mode| *mode <= 0o7777)
        .ok_or_else(|| {
            ImageError::Spec(format!(
                "folder `{}`: permissions `{text}` must be octal, such as `0755`",
                target.display()
            ))
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn planned(include: &serde_json::Value, files: &serde_json::Value) -> Result<RootTree, String> {
        let mut all = vec![json!({ "target": "/boot/grub/grub.cfg", "text": "boot" })];
        all.extend(files.as_array().cloned().unwrap_or_default());
        let spec = json!({
            "name": "web", "architecture": "x86_64", "firmware": "uefi", "toplevel": "/nix/store/s",
            "closure": { "registration": "/r", "root": "/copy" },
            "include": include, "files": all, "grub": { "uefi": "/x86_64-efi" },
        });
        let spec = ImageSpec::from_json(&spec.to_string()).map_err(|error| error.to_string())?;
        let registration = format!("/nix/store/s\n{}\n1\n\n0\n", "0".repeat(64));
        let closure = super::super::registration::parse(&registration).unwrap();
        plan(&spec, &closure, &registration).map_err(|error| error.to_string())
    }

    #[test]
    fn it_is_what_the_installer_leaves_and_no_more() {
        let tree = planned(&json!([]), &json!([])).unwrap();
        let lines: Vec<String> = tree
            .iter()
            .map(|(path, node)| format!("{} {node:?}", path.display()))
            .collect();
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn folders_come_before_their_contents() {
        let tree = planned(
            &json!([{ "source": "/usr", "target": "/usr-b/x" }]),
            &json!([{ "target": "/usr/a/b", "text": "" }]),
        )
        .unwrap();
        let paths: Vec<&Path> = tree.keys().map(PathBuf::as_path).collect();
        for (at, path) in paths.iter().enumerate() {
            let parent = path.parent().filter(|parent| *parent != Path::new(""));
            assert!(
                parent.is_none_or(|parent| paths[..at].contains(&parent)),
                "{}",
                path.display()
            );
        }
    }

    #[test]
    fn claims_that_collide_are_refused() {
        let usr = json!([{ "source": "/usr", "target": "/usr" }]);
        let within = json!([{ "target": "/usr/bin/x", "text": "" }]);
        assert!(
            planned(&usr, &within)
                .unwrap_err()
                .ends_with("/usr/bin/x lies in /usr, which is no folder of the image's own")
        );
        let store = json!([{ "source": "/x", "target": "/nix/store/s/y" }]);
        assert!(
            planned(&store, &json!([]))
                .unwrap_err()
                .contains("/nix/store/s/y lies in /nix/store/s")
        );
        let twice = json!([{ "target": "/etc/NIXOS", "text": "" }]);
        assert!(
            planned(&json!([]), &twice)
                .unwrap_err()
                .ends_with("/etc/NIXOS is written twice")
        );
        let mode = json!([{ "target": "/srv", "directory": "9" }]);
        assert!(
            planned(&json!([]), &mode)
                .unwrap_err()
                .contains("permissions `9` must be octal")
        );
    }
}
