//! Ctrl-C and the like leave nothing behind, whatever the program is doing.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::fixture::{Fixture, hostwright, succeed, write_script};

const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until the program has made something in `folder`, sends it a signal,
/// and says by which signal it ended.
fn interrupt(mut program: Child, folder: &Path, signal: &str) -> Option<i32> {
    let limit = Instant::now() + PATIENCE;
    while fs::read_dir(folder).map_or(0, Iterator::count) == 0 {
        assert!(
            Instant::now() < limit,
            "nothing appears in {}",
            folder.display()
        );
        assert!(program.try_wait().unwrap().is_none(), "it ended before");
        std::thread::sleep(Duration::from_millis(2));
    }
    succeed(Command::new("kill").args([&format!("-{signal}"), &program.id().to_string()]));
    program.wait().unwrap().signal()
}

fn left(folder: &Path) -> Vec<String> {
    crate::fixture::listed_names(folder)
}

#[test]
fn an_assembly_that_is_interrupted_leaves_nothing() {
    let fixture = Fixture::new();
    // While another program works, too: this one takes its time.
    let slow = fixture.path("slow-mke2fs");
    write_script(
        &slow,
        "#!/bin/sh\n[ \"$1\" = -V ] || sleep 2\nexec mke2fs \"$@\"\n",
    );
    let mut spec = fixture.spec();
    spec["tools"]["mke2fs"] = slow.to_str().into();
    fixture.write_spec("slow.json", &spec);
    for (spec, signal, number) in [
        ("slow.json", "INT", 2),
        ("slow.json", "TERM", 15),
        ("spec.json", "HUP", 1),
    ] {
        let out = fixture.path("out");
        let program = hostwright()
            .args(["image", "assemble", "--output"])
            .arg(&out)
            .arg(fixture.path(spec))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        assert_eq!(interrupt(program, &out, signal), Some(number), "{signal}");
        assert_eq!(left(&out), [] as [&str; 0], "{signal}");
    }
}

#[test]
fn a_comparison_that_is_interrupted_leaves_nothing() {
    let fixture = Fixture::new();
    let image = fixture.assemble("out", &["raw.zst"]).join("test.raw.zst");
    let temporary = fixture.path("temporary");
    fs::create_dir(&temporary).unwrap();
    let program = hostwright()
        .args(["image", "verify", "--against"])
        .args([&image, &image])
        .env("TMPDIR", &temporary)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    assert_eq!(interrupt(program, &temporary, "INT"), Some(2));
    assert_eq!(left(&temporary), [] as [&str; 0]);
}
