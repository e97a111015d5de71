//! What the documents say of files and of tables that the program has.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use hostwright::image::ImageSpec;

use crate::support::{read, root};

fn text(path: &str) -> String {
    String::from_utf8(read(Path::new(path))).unwrap()
}

fn documents() -> Vec<PathBuf> {
    let mut found = vec![root().join("README.md"), root().join("CONTRIBUTING.md")];
    let mut folders = vec![root().join("docs"), root().join("tests/lane")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "md") {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn links_lead_to_files() {
    let mut links = 0;
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        for target in text.split("](").skip(1) {
            let target = target.split([')', '#']).next().unwrap();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            let path = document.parent().unwrap().join(target);
            assert!(path.exists(), "{}: {target}", document.display());
            links += 1;
        }
    }
    assert!(links > 15, "{links}");
}

/// Words between backticks in the first column of tables.
fn first_column(text: &str) -> BTreeSet<String> {
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| row.split('`').next().unwrap().to_owned())
        .collect()
}

#[test]
fn folders_of_the_code_map_are_those_of_the_source() {
    let map = first_column(&text("docs/architecture.md"));
    let mapped = map.iter().filter(|it| it.starts_with("src/"));
    let mapped = mapped.cloned().collect::<BTreeSet<_>>();
    let entries = std::fs::read_dir(root().join("src")).unwrap();
    let folders = entries.map(Result::unwrap).filter(|it| it.path().is_dir());
    let names = folders.map(|it| format!("src/{}", it.file_name().to_str().unwrap()));
    assert_eq!(mapped, names.collect());
}

#[test]
fn every_kind_has_a_twin() {
    let breaks = text("tests/vm/prover/breaks.py");
    let mut kinds = first_column(&text("docs/reference/facts.md"));
    kinds.retain(|kind| !breaks.contains(&format!("Twin(\"{kind}\",")));
    assert_eq!(kinds, BTreeSet::new(), "no twin");
}

/// Every key of the example is one of the type, and every key of the type is in
/// the example: what was read is what comes out again.
#[test]
fn the_specification_of_an_image_is_shown_whole() {
    let page = text("docs/reference/image.md");
    let (_, after) = page.split_once("```json\n").unwrap();
    let shown = after.split_once("```").unwrap().0;
    let spec = ImageSpec::from_json(shown).unwrap();
    let shown: serde_json::Value = serde_json::from_str(shown).unwrap();
    assert_eq!(serde_json::to_value(&spec).unwrap(), shown);
    let keys = shown.as_object().unwrap().keys().cloned().collect();
    assert_eq!(first_column(page.split_once("## Options").unwrap().0), keys);
}

#[test]
fn options_of_an_image_are_those_of_its_modules() {
    let page = text("docs/reference/image.md");
    let modules = [text("modules/image.nix"), text("modules/disk.nix")].concat();
    let (mut public, mut last) = (BTreeSet::new(), "");
    for line in modules.lines().map(str::trim) {
        // A field of another option's type is none of its own.
        if line.ends_with("mkOption {") && !line.starts_with("options.") {
            last = line.split(' ').next().unwrap();
            public.insert(last.to_owned());
        } else if line == "internal = true;" {
            public.remove(last);
        }
    }
    let shown = first_column(page.split_once("## Options").unwrap().1);
    let shown = shown.iter().map(|it| it.rsplit('.').next().unwrap());
    assert_eq!(public, shown.map(str::to_owned).collect());
}

#[test]
fn a_package_holds_what_the_program_embeds() {
    let output = Command::new(env!("CARGO"))
        .args(["package", "--list", "--offline", "--allow-dirty"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let packed = String::from_utf8(output.stdout).unwrap();
    let packed = packed.lines().collect::<BTreeSet<_>>();
    let mut embedded = 0;
    let mut folders = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let source = std::fs::read_to_string(&path).unwrap();
                // Tests of the library are no part of a package's program.
                let program = source.split("#[cfg(test)]").next().unwrap();
                let program = program.replace("include_bytes!", "include_str!");
                for call in program.split("include_str!(\"").skip(1) {
                    let file = folder.join(call.split('"').next().unwrap());
                    let file = file.canonicalize().unwrap();
                    let file = file.strip_prefix(root()).unwrap().to_str().unwrap();
                    assert!(packed.contains(file), "{file} is not in the package");
                    embedded += 1;
                }
            }
        }
    }
    assert!(embedded > 15, "{embedded}");
}
