//! What is generated is what is committed.

use std::path::Path;

use crate::support::{read, root, run};

#[test]
fn the_committed_reference_is_the_generated_one() {
    let fresh = tempfile::tempdir().unwrap();
    let output = run(&["reference", fresh.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0));
    let mut names = std::fs::read_dir(fresh.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect::<Vec<_>>();
    names.sort();
    assert_eq!(names, ["host.md", "host.schema.json", "rules.md"]);
    for name in names {
        let generated = std::fs::read_to_string(fresh.path().join(&name)).unwrap();
        let committed = Path::new("docs/reference").join(&name);
        assert!(root().join(&committed).exists(), "{committed:?}");
        let committed = String::from_utf8(read(&committed)).unwrap();
        assert!(
            generated == committed,
            "{name:?} is stale; run `hostwright reference docs/reference`"
        );
    }
}

#[test]
fn completions_and_manual_pages_are_made() {
    for shell in ["bash", "zsh", "fish"] {
        let output = run(&["completions", shell]);
        assert!(
            String::from_utf8(output.stdout)
                .unwrap()
                .contains("hostwright")
        );
    }
}

#[test]
fn every_command_has_its_manual_page() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&["man", folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0));
    let page = |name: &str| std::fs::read_to_string(folder.path().join(name));
    let check = page("hostwright-check.1").unwrap();
    assert!(check.contains("Check descriptions"), "{check}");
    let assemble = page("hostwright-image-assemble.1").unwrap();
    assert!(
        assemble.contains(r"\fBhostwright image assemble\fR"),
        "{assemble}"
    );
    // A page refers to those of its subcommands, and to none that is not there.
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        for line in page(&name).unwrap().lines() {
            let Some(reference) = line.strip_suffix("(1)") else {
                continue;
            };
            let reference = format!("{}.1", reference.replace('\\', ""));
            assert!(page(&reference).is_ok(), "{name} refers to {reference}");
        }
    }
}
