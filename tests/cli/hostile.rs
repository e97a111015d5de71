//! Files that are no descriptions at all: a clear finding, bounded memory and
//! time, never a panic.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support::{run, transcript};

/// A directory with a file `host.toml` of these bytes.
fn host(bytes: &[u8]) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("host.toml");
    fs::write(&path, bytes).unwrap();
    (directory, path)
}

/// Checks with at most 256 MiB of address space and 10 s of processor time, so
/// that a program which reads all of a large file or recurses without end dies.
fn check_bounded(path: &Path) -> Output {
    Command::new("sh")
        .args([
            "-c",
            "ulimit -v 262144; ulimit -t 10; exec \"$0\" check \"$1\"",
        ])
        .arg(env!("CARGO_BIN_EXE_hostwright"))
        .arg(path)
        .env_clear()
        .env("RAYON_NUM_THREADS", "1")
        .output()
        .unwrap()
}

fn refuses(path: &Path, rule: &str, words: &str) {
    let shown = transcript(&check_bounded(path));
    assert!(shown.starts_with("exit: 1\n"), "{shown:.2000}");
    assert!(shown.contains(&format!("error[{rule}]")), "{shown:.2000}");
    assert!(shown.contains(words), "{shown:.2000}");
    assert!(shown.len() < 60_000, "{} bytes of output", shown.len());
}

#[test]
fn the_bound_on_memory_is_real() {
    let output = Command::new("sh")
        .args([
            "-c",
            "ulimit -v 262144; head -c 600000000 /dev/zero | tail -c 599999999 >/dev/null",
        ])
        .output()
        .unwrap();
    assert!(!output.status.success(), "the bound does not bind here");
}

#[test]
fn a_file_of_50_megabytes() {
    let (_directory, path) = host(b"");
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_len(50 << 20).unwrap();
    refuses(&path, "file", "more than 1048576 bytes");
    refuses(&path, "file", "note: nothing was read");
}

#[test]
fn a_file_of_just_too_many_bytes() {
    let (_directory, path) = host(&b"# comment\n".repeat(104_858));
    refuses(&path, "file", "more than 1048576 bytes");
}

#[test]
fn a_large_file_of_the_allowed_size() {
    let rules = "\"allow 80/tcp\",\n".repeat(60_000);
    let text = format!("[firewall]\nrules = [\n{rules}]\n");
    assert!(text.len() < 1 << 20);
    let (_directory, path) = host(text.as_bytes());
    refuses(&path, "firewall-length", "the firewall has 60000 rules");
}

/// Everything that there can be many of, as often as a megabyte holds it.
#[test]
fn many_of_everything() {
    let numbered = |count: usize, line: &dyn Fn(usize) -> String| {
        (0..count).map(line).collect::<Vec<_>>().concat()
    };
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAzSCWqHtcvW2j/zbQY6CIuPD7wC3jzQ4lz78eKO2xwT";
    let rule = |n: usize| {
        format!(
            "  \"allow from 10.{}.{}.0/24 to any port {n} proto tcp\",\n",
            n / 250,
            n % 250
        )
    };
    let texts = [
        numbered(50_000, &|n| format!("key_{n} = {n}\n")),
        numbered(15_000, &|n| {
            format!("[users.u{n}]\nkeys = [\"{key:.20}\"]\n")
        }),
        numbered(6_000, &|n| format!("[users.u{n}]\nkeys = [\"{key}\"]\n")),
        numbered(12_000, &|n| {
            format!("[volumes.v{n}]\nid = {n}\nsize = \"10GiB\"\nmount = \"/srv/{n}\"\n")
        }),
        numbered(10_000, &|n| {
            format!(
                "[network.interfaces.i{n}]\nrole = \"private\"\naddresses = [\"10.0.0.2/24\"]\n"
            )
        }),
        numbered(15_000, &|n| {
            format!(
                "[network.private.p{n}]\ncidr = \"10.{}.{}.0/24\"\n",
                n / 250 % 250,
                n % 250
            )
        }),
        numbered(15_000, &|n| {
            format!("[[overrides]]\nrule = \"swap-none\"\nreason = \"reason number {n}\"\n")
        }),
        numbered(15_000, &|n| {
            format!("[nixos.options.o{n}]\npassword = \"secret{n}\"\n")
        }),
        format!(
            "[firewall]\nrules = [\n{}]\n",
            numbered(1000, &|n| rule(n + 1))
        ),
        format!(
            "[operator]\naddresses = [{}]\n",
            numbered(40_000, &|n| format!("\"10.{}.{}.1\", ", n / 250, n % 250))
        ),
        format!(
            "[ssh]\nports = [{}]\n",
            numbered(65_000, &|n| format!("{}, ", n + 1))
        ),
    ];
    for text in texts {
        assert!(text.len() < 1 << 20, "{text:.60}: {} bytes", text.len());
        let (_directory, path) = host(text.as_bytes());
        let shown = transcript(&check_bounded(&path));
        assert!(shown.starts_with("exit: 1\n"), "{text:.200}: {shown:.2000}");
    }
}

#[test]
fn deep_nesting() {
    let lists = format!("x = {}{}\n", "[".repeat(100_000), "]".repeat(100_000));
    let tables = format!("x = {}1{}\n", "{a=".repeat(100_000), "}".repeat(100_000));
    let dotted = format!("{}a = 1\n", "a.".repeat(100_000));
    let header = format!("[{}a]\n", "a.".repeat(100_000));
    for text in [lists, tables, dotted, header] {
        let text = format!("schema = 1\n# A comment.\n\n  {text}\nlast = 1\n");
        let (_directory, path) = host(text.as_bytes());
        refuses(&path, "syntax", "host.toml:4:");
        refuses(&path, "syntax", "lie too deep within each other");
        refuses(&path, "syntax", "brackets, braces or dots too many");
    }
}

#[test]
fn many_syntax_errors_are_cut_off() {
    let (_directory, path) = host(&b"= x\n".repeat(100_000));
    refuses(&path, "syntax", "");
}

#[test]
fn bytes_that_are_no_text() {
    let (_directory, path) = host(b"schema = 1\n# \xff\xfe\n");
    refuses(&path, "encoding", "not UTF-8");
    let (_directory, path) = host(&[0xff, 0xfe, 0x73, 0x00]);
    refuses(&path, "encoding", "not UTF-8");
    let (_directory, path) = host(&[0; 4096]);
    refuses(&path, "syntax", "");
}

#[test]
fn a_directory_a_pipe_and_a_device() {
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path().join("folder.toml");
    fs::create_dir(&folder).unwrap();
    refuses(&folder, "file", "is a directory");
    let pipe = directory.path().join("pipe.toml");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let start = Instant::now();
    refuses(&pipe, "file", "a pipe or a device");
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "the pipe was waited for"
    );
    refuses(Path::new("/dev/zero"), "file", "a pipe or a device");
}

#[test]
fn links_to_nothing_and_to_themselves() {
    let directory = tempfile::tempdir().unwrap();
    let dangling = directory.path().join("dangling.toml");
    std::os::unix::fs::symlink("nowhere", &dangling).unwrap();
    refuses(&dangling, "file", "no such file");
    let circle = directory.path().join("circle.toml");
    std::os::unix::fs::symlink("circle.toml", &circle).unwrap();
    refuses(&circle, "file", "too many levels of symbolic links");
}

/// Root reads everything, so that as root the program runs as nobody.
#[test]
fn a_file_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let (directory, path) = host(b"schema = 1\n");
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    let output = if fs::read(&path).is_ok() {
        // The program too must be where nobody can start it. Another process
        // copies it: what another test starts meanwhile would inherit our
        // descriptor, and a file that is open for writing cannot be run.
        let program = directory.path().join("hostwright");
        let copy = Command::new("cp")
            .arg(env!("CARGO_BIN_EXE_hostwright"))
            .arg(&program)
            .status();
        assert!(copy.unwrap().success());
        let ids = ["--reuid=65534", "--regid=65534", "--clear-groups"];
        let mut command = Command::new("setpriv");
        command
            .args(ids)
            .arg(program)
            .arg("check")
            .arg(&path)
            .output()
            .unwrap()
    } else {
        run(&["check", path.to_str().unwrap()])
    };
    let shown = transcript(&output);
    assert!(shown.starts_with("exit: 1\n"), "{shown}");
    assert!(shown.contains("error[file]"), "{shown}");
    assert!(shown.contains("permission denied"), "{shown}");
}

#[test]
fn an_empty_file_and_a_byte_order_mark() {
    let (_directory, path) = host(b"");
    refuses(&path, "missing-key", "`machine` is missing");
    let (_directory, path) = host(b"\xef\xbb\xbfschema = 1\n");
    refuses(&path, "missing-key", "`machine` is missing");
}
