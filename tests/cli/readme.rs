//! What the README shows is what the program does.

use std::path::Path;

use tempfile::TempDir;

use crate::support::{hostwright, read};

fn readme() -> String {
    String::from_utf8(read(Path::new("README.md"))).unwrap()
}

/// A section by its heading, up to the next one.
fn section(heading: &str) -> String {
    let readme = readme();
    let (_, after) = readme.split_once(&format!("\n## {heading}\n")).unwrap();
    after.split("\n## ").next().unwrap().to_owned()
}

/// The first block between fences of this language.
fn fenced(text: &str, language: &str) -> String {
    let (_, after) = text.split_once(&format!("\n```{language}\n")).unwrap();
    after.split_once("```\n").unwrap().0.to_owned()
}

/// Blocks of indented lines, without the indentation.
fn indented(text: &str) -> Vec<String> {
    let mut blocks = vec![String::new()];
    let mut fence = false;
    for line in text.lines() {
        fence ^= line.starts_with("```");
        match line.strip_prefix("    ") {
            Some(line) if !fence => blocks.last_mut().unwrap().extend([line, "\n"]),
            _ => blocks.push(String::new()),
        }
    }
    blocks.retain(|block| !block.is_empty());
    blocks
}

/// A fleet of one host.
fn fleet(description: &str) -> TempDir {
    let fleet = tempfile::tempdir().unwrap();
    std::fs::create_dir(fleet.path().join("hosts")).unwrap();
    std::fs::write(fleet.path().join("hosts/web.toml"), description).unwrap();
    fleet
}

/// Everything that `hostwright ARGUMENTS` prints, results first.
fn printed(fleet: &Path, arguments: &str) -> String {
    let arguments = arguments.split(' ').collect::<Vec<_>>();
    let output = hostwright(&arguments).current_dir(fleet).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8(text).unwrap()
}

const EXAMPLE: &str = "A description, and what comes out";

#[test]
fn the_example_prints_what_is_shown() {
    let section = section(EXAMPLE);
    let fleet = fleet(&fenced(&section, "toml"));
    let shown = indented(&section);
    let session = shown.iter().find(|it| it.starts_with("$ ")).unwrap();
    let mut commands = 0;
    for step in session.split("$ hostwright ").skip(1) {
        let (arguments, expected) = step.split_once('\n').unwrap();
        assert_eq!(printed(fleet.path(), arguments), expected, "{arguments}");
        commands += 1;
    }
    assert_eq!(commands, 2);
    let module = std::fs::read_to_string(fleet.path().join("hosts/web.nix")).unwrap();
    let excerpt = fenced(&section, "nix");
    assert!(module.contains(&excerpt), "{excerpt}is not in\n{module}");
}

#[test]
fn the_example_s_mistake_is_found_as_shown() {
    let section = section(EXAMPLE);
    let (before, after) = (
        "\"allow 80,443/tcp\"]",
        "\"allow 80,443/tcp\", \"allow 9200/tcp\"]",
    );
    let right = fenced(&section, "toml");
    assert!(right.contains(before), "{right}");
    let fleet = fleet(&right.replace(before, after));
    let output = printed(fleet.path(), "check");
    // Blank lines of a drawing end no block of the README.
    let (_, finding) = section.split_once("    error[").unwrap();
    let finding = finding.split("\n\n").next().unwrap();
    let finding = format!("error[{}", finding.replace("\n    ", "\n"));
    assert!(output.contains(&finding), "{finding}\nis not in\n{output}");
}

#[test]
fn the_quick_start_works_as_far_as_it_needs_no_nix() {
    let section = section("Quick start");
    let commands = indented(&section).concat();
    let home = tempfile::tempdir().unwrap();
    let key = std::fs::read_to_string("hosts/hetzner-cpx31.toml").unwrap();
    let (_, key) = key.split_once("keys = [\"").unwrap();
    std::fs::create_dir(home.path().join(".ssh")).unwrap();
    let file = home.path().join(".ssh/id_ed25519.pub");
    std::fs::write(file, key.split('"').next().unwrap()).unwrap();
    let mut folder = home.path().to_owned();
    let mut ran = 0;
    for line in commands.lines() {
        let command = line.split('#').next().unwrap().trim();
        let Some(arguments) = command.strip_prefix("hostwright ") else {
            continue;
        };
        let words = arguments.split(' ').collect::<Vec<_>>();
        // Those that build or boot are read by the program, and no more.
        let asks = ["build", "run", "verify"].contains(&words[0]);
        let words = if asks {
            [&words[..], &["--help"]].concat()
        } else {
            words
        };
        let output = hostwright(&words)
            .current_dir(&folder)
            .env("HOME", home.path())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{command}: {output:?}");
        if words[0] == "init" {
            folder = folder.join(words[1]);
        }
        ran += 1;
    }
    assert_eq!(ran, 8);
}
