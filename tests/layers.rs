//! The layers of docs/architecture.md: who may import whom, and that pure folders
//! reach neither files nor the network, the clock, the environment or processes.
//!
//! A source is read as text: comments are cut off, `use a::{b, c::{d}}` is spelt
//! out. What a macro makes is not seen.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the test reads the sources, and ends where one cannot be read"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Folder of `src` to the folders that it may import.
const ARROWS: &[(&str, &[&str])] = &[
    ("build", &["image"]),
    ("catalogue", &["host"]),
    (
        "cli",
        &[
            "build",
            "cloud",
            "description",
            "diagnostics",
            "evidence",
            "facts",
            "host",
            "image",
            "plan",
            "render",
            "rules",
            "system",
        ],
    ),
    ("cloud", &["evidence", "facts", "host", "image", "system"]),
    ("description", &["diagnostics", "firewall", "hardening"]),
    ("diagnostics", &[]),
    ("evidence", &["facts"]),
    (
        "facts",
        &["description", "firewall", "hardening", "host", "rules"],
    ),
    ("firewall", &[]),
    ("hardening", &[]),
    (
        "host",
        &["description", "diagnostics", "firewall", "hardening"],
    ),
    ("image", &["system"]),
    ("plan", &["render", "rules"]),
    ("render", &["description", "hardening", "host", "rules"]),
    (
        "resolve",
        &[
            "catalogue",
            "description",
            "diagnostics",
            "firewall",
            "host",
        ],
    ),
    (
        "rules",
        &[
            "catalogue",
            "description",
            "diagnostics",
            "firewall",
            "hardening",
            "host",
            "resolve",
        ],
    ),
    ("system", &["diagnostics"]),
];

/// Folders whose code is a function of its arguments.
const PURE: &[&str] = &[
    "build",
    "catalogue",
    "description",
    "diagnostics",
    "evidence",
    "facts",
    "firewall",
    "hardening",
    "host",
    "plan",
    "render",
    "resolve",
    "rules",
];

/// What they may not name. Addresses (`std::net::IpAddr`) are only values.
const IMPURE: &[&str] = &[
    "std::env",
    "std::fs",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "std::net::TcpListener",
    "std::net::TcpStream",
    "std::net::ToSocketAddrs",
    "std::net::UdpSocket",
    "std::os",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "rustix",
    "signal_hook",
    "tempfile",
];

fn is_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// The text without line comments and white space, but for one blank between words.
fn squeezed(source: &str) -> String {
    let code = source
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    let mut text = String::new();
    for letter in code.collect::<Vec<_>>().join(" ").chars() {
        let last = text.chars().next_back();
        match letter {
            ' ' | '\t' if last.is_some_and(is_name) => text.push(' '),
            ' ' | '\t' => {}
            other => {
                if !is_name(other) && last == Some(' ') {
                    text.pop();
                }
                text.push(other);
            }
        }
    }
    text
}

/// Every path that starts with `root` (`std`, `crate`), with each branch of its braces.
fn paths(text: &str, root: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (start, _) in text.match_indices(&format!("{root}::")) {
        if !text[..start].ends_with(is_name) {
            let mut rest = text[start + root.len()..].chars().peekable();
            branch(&mut rest, root.to_owned(), &mut found);
        }
    }
    found
}

fn branch(
    rest: &mut std::iter::Peekable<std::str::Chars<'_>>,
    mut path: String,
    found: &mut BTreeSet<String>,
) {
    while let Some(letter) = rest.next_if(|it| is_name(*it) || *it == ':') {
        path.push(letter);
    }
    if path.ends_with("::") && rest.next_if_eq(&'{').is_some() {
        while rest.next_if_eq(&'}').is_none() {
            branch(rest, path.clone(), found);
            while rest.next_if(|it| !"},".contains(*it)).is_some() {}
            if rest.next_if_eq(&',').is_none() && rest.peek() != Some(&'}') {
                return;
            }
        }
    } else {
        found.insert(path);
    }
}

/// Whether `path` is `named` or lies below it.
fn below(path: &str, named: &str) -> bool {
    let rest = path.strip_prefix(named);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// The impure things that a source names.
fn impurities(source: &str) -> Vec<&'static str> {
    let text = squeezed(source);
    let named: BTreeSet<String> = ["std", "rustix", "signal_hook", "tempfile"]
        .into_iter()
        .flat_map(|root| paths(&text, root))
        .collect();
    let mut roots = IMPURE.iter().copied();
    let mut found: Vec<_> = roots
        .by_ref()
        .filter(|it| named.iter().any(|path| below(path, it)))
        .collect();
    // `use std::time;` and a glob hide what is named.
    let hiding = [
        "std::time",
        "std::time::",
        "std::net",
        "std::net::",
        "std::",
    ];
    found.extend(hiding.iter().filter(|it| named.contains(**it)));
    found
}

/// The folders of `src` that a source imports.
fn imports(source: &str) -> BTreeSet<String> {
    let paths = paths(&squeezed(source), "crate");
    let folder = |path: String| path.split("::").nth(1).map(ToOwned::to_owned);
    paths.into_iter().filter_map(folder).collect()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
    found
}

/// Folder of `src` to the files in it.
fn folders() -> BTreeMap<String, Vec<PathBuf>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let entries = fs::read_dir(root).unwrap().map(|it| it.unwrap().path());
    entries
        .filter(|path| path.is_dir())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, sources(&path))
        })
        .collect()
}

#[test]
fn imports_follow_the_arrows() {
    let arrows: BTreeMap<_, _> = ARROWS.iter().copied().collect();
    let mut wrong = Vec::new();
    let mut used = BTreeSet::new();
    for (folder, files) in folders() {
        let allowed = arrows.get(folder.as_str()).copied();
        let allowed = allowed.unwrap_or_else(|| panic!("ARROWS has no row for src/{folder}"));
        for file in files {
            for import in imports(&fs::read_to_string(&file).unwrap()) {
                if import != folder && !allowed.contains(&import.as_str()) {
                    wrong.push(format!("{}: crate::{import}", file.display()));
                }
                used.insert((folder.clone(), import));
            }
        }
    }
    assert!(wrong.is_empty(), "against the arrows: {wrong:#?}");
    for (from, to) in ARROWS
        .iter()
        .flat_map(|(from, to)| to.iter().map(move |to| (from, to)))
    {
        let arrow = ((*from).to_owned(), (*to).to_owned());
        assert!(
            used.contains(&arrow),
            "nobody uses the arrow {from} -> {to}"
        );
    }
}

#[test]
fn the_arrows_have_no_circle() {
    let mut left: BTreeMap<_, _> = ARROWS.iter().copied().collect();
    // Takes away who imports nobody that is left, until nobody is left.
    while !left.is_empty() {
        let ends: Vec<&str> = left
            .iter()
            .filter(|(_, to)| !to.iter().any(|to| left.contains_key(to)))
            .map(|(from, _)| *from)
            .collect();
        assert!(!ends.is_empty(), "a circle among {left:#?}");
        left.retain(|from, _| !ends.contains(from));
    }
}

#[test]
fn pure_folders_reach_nothing() {
    let folders = folders();
    let mut wrong = Vec::new();
    for folder in PURE {
        for file in &folders[*folder] {
            for what in impurities(&fs::read_to_string(file).unwrap()) {
                wrong.push(format!("{}: {what}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "impure: {wrong:#?}");
}

#[test]
fn every_spelling_of_an_impurity_is_seen() {
    for source in [
        "fn f() { std::fs::metadata(p); }",
        "fn f() -> bool { !std::fs::exists(p).unwrap() }",
        "use std::env; fn f() { env::vars(); }",
        "use std::{collections::BTreeMap, env::vars_os};",
        "use std::{\n    fmt,\n    net::{IpAddr, TcpStream},\n};",
        "use std::net::UdpSocket as Socket;",
        "use std::time::{Duration, Instant};",
        "use std::time::SystemTime;",
        "use std::time; fn f() { time::Instant::now(); }",
        "use std::time::*;",
        "fn f() { ::std::thread::sleep(d); }",
        "use std::process as p;",
        "fn f() { std :: fs :: read(p); }",
        "use std::os::unix::fs::MetadataExt;",
        "fn f() { tempfile::tempfile(); }",
    ] {
        assert!(!impurities(source).is_empty(), "not seen: {source}");
    }
    for source in [
        "use std::net::{IpAddr, Ipv4Addr};",
        "use std::time::Duration;",
        "use std::collections::BTreeMap; // not std::fs",
        "struct Std { fs: u8 } fn f(crate_std: u8) {}",
    ] {
        assert_eq!(impurities(source), [] as [&str; 0], "{source}");
    }
    let source = "use crate::{cli, host::{Host, Size}};\nfn f() { crate::cloud::qemu::x(); }";
    let expected = ["cli", "cloud", "host"].map(ToOwned::to_owned);
    assert_eq!(imports(source), expected.into());
}
