//! Two builds that share nothing but their input give the same bytes, and a
//! byte that differs is found in its file.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::fixture::{
    BUSYBOX, Fixture, hostwright, listed_names, run, succeed, text, write_script,
};

const FORMATS: [&str; 6] = [
    "--format", "raw", "--format", "raw.zst", "--format", "qcow2.gz",
];

fn sums(folder: &Path) -> String {
    let names = ["test.raw", "test.raw.zst", "test.qcow2.gz", "manifest.json"];
    succeed(Command::new("sha256sum").args(names).current_dir(folder))
}

/// Makes a language that orders names otherwise than bytes; gives `LOCPATH`.
fn make_locale(folder: &Path) -> PathBuf {
    let path = folder.join("locales");
    fs::create_dir(&path).unwrap();
    succeed(
        Command::new("localedef")
            .args(["--no-archive", "--inputfile=de_DE", "--charmap=UTF-8"])
            .arg(path.join("de_DE.UTF-8")),
    );
    let sorted = succeed(
        Command::new("sh")
            .args(["-c", "printf 'b\\nB\\na\\n' | sort"])
            .env("LC_ALL", "de_DE.UTF-8")
            .env("LOCPATH", &path),
    );
    assert_eq!(sorted, "a\nb\nB\n", "this locale is not in effect");
    path
}

/// A program that runs another at a faked time in another time zone.
fn faked(folder: &Path, program: &str) -> PathBuf {
    let path = folder.join(program);
    let text = format!(
        "#!/bin/sh\nexport TZ=Asia/Tokyo LC_ALL=de_DE.UTF-8\nexec faketime -f '@2031-03-04 05:06:07' {program} \"$@\"\n"
    );
    write_script(&path, &text);
    path
}

/// Copies a tree so that every folder is filled in the opposite order.
fn copy_backwards(source: &Path, target: &Path) {
    let metadata = fs::symlink_metadata(source).unwrap();
    if metadata.is_symlink() {
        std::os::unix::fs::symlink(fs::read_link(source).unwrap(), target).unwrap();
    } else if metadata.is_dir() {
        fs::create_dir_all(target).unwrap();
        let mut names = listed_names(source);
        names.sort();
        for name in names.iter().rev() {
            copy_backwards(&source.join(name), &target.join(name));
        }
    } else {
        fs::copy(source, target).unwrap();
    }
}

#[test]
fn nothing_but_the_input_decides_the_bytes() {
    let fixture = Fixture::new();
    let first = fixture.assemble("first", &["raw", "raw.zst", "qcow2.gz"]);

    // Another file system lists folders in another order: tmpfs lists backwards.
    let shuffled = tempfile::tempdir_in("/dev/shm").unwrap();
    fs::set_permissions(shuffled.path(), fs::Permissions::from_mode(0o755)).unwrap();
    copy_backwards(&fixture.path("root"), &shuffled.path().join("root"));
    let order =
        |root: PathBuf| listed_names(&root.join(BUSYBOX.trim_start_matches('/')).join("share"));
    let (one, two) = (
        order(fixture.path("root")),
        order(shuffled.path().join("root")),
    );
    assert_ne!(
        one, two,
        "the copy is in another order, else this proves nothing"
    );

    let locales = make_locale(&fixture.path(""));
    let mut spec = fixture.spec();
    spec["closure"]["root"] = shuffled.path().join("root").to_str().into();
    spec["tools"]["mke2fs"] = faked(&fixture.path(""), "mke2fs").to_str().into();
    spec["tools"]["grub_mkimage"] = faked(&fixture.path(""), "grub-mkimage").to_str().into();
    let spec = fixture.write_spec("varied.json", &spec);
    let second = fixture.path("second");
    fs::create_dir(&second).unwrap();
    std::os::unix::fs::chown(&second, Some(65534), Some(65534))
        .expect("this test runs as root, to be another user");
    let program = fixture.path("hostwright");
    // By another process, as scripts are: see `write_script`.
    let built = env!("CARGO_BIN_EXE_hostwright");
    succeed(Command::new("cp").arg(built).arg(&program));

    let script = "umask 077; exec \"$@\"";
    let mut command = Command::new("setpriv");
    command
        .args([
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            "sh",
            "-c",
            script,
            "sh",
        ])
        .args(["taskset", "-c", "0", "faketime", "2031-03-04 05:06:07"])
        .arg(&program)
        .args(["image", "assemble"])
        .arg(&spec)
        .arg("--output")
        .arg(&second)
        .args(FORMATS)
        .envs([
            ("TZ", "Asia/Tokyo"),
            ("LC_ALL", "de_DE.UTF-8"),
            ("HOME", "/nonexistent"),
        ])
        .env("LOCPATH", &locales)
        .current_dir("/");
    succeed(&mut command);
    assert_eq!(sums(&first), sums(&second));
}

#[test]
fn a_byte_that_differs_is_found_in_its_file() {
    let fixture = Fixture::new();
    let first = fixture.assemble("first", &["raw.zst"]);
    let file = fixture.in_store(BUSYBOX).join("share/file-9");
    let mut bytes = fs::read(&file).unwrap();
    bytes[3] ^= 1;
    fs::write(&file, bytes).unwrap();
    fixture.write_registration();
    let second = fixture.assemble("second", &["raw.zst"]);

    let output = run(hostwright()
        .args(["image", "verify"])
        .arg(first.join("test.raw.zst"))
        .arg("--against")
        .arg(second.join("test.raw.zst")));
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let lines = text(&output.stdout);
    let files: Vec<&str> = lines
        .lines()
        .filter_map(|line| line.split(": ").nth(1))
        .collect();
    assert_eq!(
        files,
        ["/nix-path-registration", &format!("{BUSYBOX}/share/file-9")],
        "{lines}"
    );
}

#[test]
fn a_rebuild_is_compared() {
    let fixture = Fixture::new();
    let image = fixture.assemble("first", &["raw.zst"]).join("test.raw.zst");
    let spec = fixture.path("spec.json");
    let verify = || {
        run(hostwright()
            .args(["image", "verify"])
            .arg(&image)
            .arg("--rebuild")
            .arg(&spec))
    };
    assert_eq!(text(&verify().stdout), "identical\n");
    let mut other = fixture.spec();
    other["files"][1]["directory"] = "0700".into();
    fixture.write_spec("spec.json", &other);
    let output = verify();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stdout).starts_with("root: /srv/data: 0750 "),
        "{output:?}"
    );
}

#[test]
fn a_damaged_image_is_told_from_its_manifest() {
    let fixture = Fixture::new();
    let image = fixture.assemble("out", &["raw"]).join("test.raw");
    let verify = || run(hostwright().args(["image", "verify"]).arg(&image));
    assert_eq!(text(&verify().stdout), "identical\n");
    // One bit of core.img: sector 2050.
    let file = fs::File::options()
        .read(true)
        .write(true)
        .open(&image)
        .unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &[0xA5], 2050 * 512).unwrap();
    let output = verify();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stdout).starts_with("bios: is not what the manifest lists"),
        "{output:?}"
    );
}
