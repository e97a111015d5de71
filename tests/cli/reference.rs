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
    let pages = tempfile::tempdir().unwrap();
    let output = run(&["man", pages.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0));
    let page = std::fs::read_to_string(pages.path().join("hostwright-check.1")).unwrap();
    assert!(page.contains("Check descriptions"), "{page}");
}
