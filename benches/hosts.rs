//! Times the program on whole fleets: `cargo bench --bench hosts`.
//!
//! Each figure is the median of interleaved runs of the real binary, printed
//! as a table for docs/performance.md. It also proves that all cores give the
//! bytes that one core gives.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark starts processes, reads the clock and prints"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const DESCRIPTION: &str = include_str!("../hosts/hetzner-cpx31.toml");

/// Hosts of the smaller and of the larger fleet.
const SMALL: usize = 1_000;
const LARGE: usize = 10_000;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let small = fleet(&folder.path().join("small"), SMALL);
    let large = fleet(&folder.path().join("large"), LARGE);
    let one = fleet(&folder.path().join("one"), 1);

    assert_eq!(
        printed(&small, "0"),
        printed(&small, "1"),
        "all cores must give the bytes that one core gives"
    );

    let mut rows = [
        ("check, 1 host, cold", Vec::new()),
        ("check + render, 1,000 hosts", Vec::new()),
        ("check + render, 1,000 hosts, one core", Vec::new()),
        ("check + render, 10,000 hosts", Vec::new()),
    ];
    for _ in 0..5 {
        rows[1].1.push(render(&small, "0"));
        rows[2].1.push(render(&small, "1"));
        rows[3].1.push(render(&large, "0"));
        rows[0]
            .1
            .extend((0..10).map(|_| timed(&one, "0", &["check"])));
    }
    println!("| what | median | fastest |\n| --- | --- | --- |");
    for (what, times) in &mut rows {
        times.sort();
        println!(
            "| {what} | {} | {} |",
            shown(times[times.len() / 2]),
            shown(times[0])
        );
    }
    let ratio = rows[3].1[2].as_secs_f64() / rows[1].1[2].as_secs_f64();
    println!("\n10,000 hosts take {ratio:.1} times as long as 1,000.");
}

/// Writes `count` hosts that differ in name, user and rules.
fn fleet(folder: &Path, count: usize) -> std::path::PathBuf {
    let hosts = folder.join("hosts");
    fs::create_dir_all(&hosts).expect("a directory");
    for index in 0..count {
        let rule = format!(
            "\"allow from 10.{}.{}.0/24 to any port 9100 proto tcp\",\n]",
            index / 256 % 256,
            index % 256
        );
        let text = DESCRIPTION
            .replace("\"media\"", &format!("\"host-{index}\""))
            .replacen("]\n\n[swap]", &format!("  {rule}\n\n[swap]"), 1);
        fs::write(hosts.join(format!("host-{index}.toml")), text).expect("a file");
    }
    folder.to_owned()
}

/// A run that writes every module anew.
fn render(fleet: &Path, threads: &str) -> Duration {
    for entry in fs::read_dir(fleet.join("hosts")).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|it| it == "nix") {
            fs::remove_file(path).expect("a file");
        }
    }
    timed(fleet, threads, &["render"])
}

fn timed(fleet: &Path, threads: &str, arguments: &[&str]) -> Duration {
    let start = Instant::now();
    let status = command(fleet, threads, arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("hostwright starts");
    assert!(status.success(), "hostwright {arguments:?} failed");
    start.elapsed()
}

fn printed(fleet: &Path, threads: &str) -> Vec<u8> {
    let output = command(fleet, threads, &["render", "--stdout"])
        .output()
        .expect("hostwright starts");
    assert!(output.status.success());
    output.stdout
}

fn command(fleet: &Path, threads: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hostwright"));
    command
        .args(arguments)
        .current_dir(fleet)
        .env("RAYON_NUM_THREADS", threads);
    command
}

fn shown(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        format!("{:.1} ms", time.as_secs_f64() * 1e3)
    } else {
        format!("{:.2} s", time.as_secs_f64())
    }
}
