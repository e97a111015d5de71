//! Times the program on whole fleets: `cargo bench --bench hosts`.
//!
//! Each figure is the median of interleaved runs of the real binary, printed
//! as a table for docs/performance.md, with the processor time of all cores
//! beside it, which other work on the machine does not change. It also proves
//! that all cores give the bytes that one core gives.
//!
//! `TMPDIR` says which file system is measured. Every run has fleets of its
//! own and nothing is removed before the end: ext4 without a journal looks at
//! each inode that was freed in the last minutes whenever it makes a file, so
//! that removing the modules of the run before would be what is measured.
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

/// Runs of each row; the median is the middle one.
const RUNS: usize = 5;

/// Unit of the times in /proc/self/stat: `USER_HZ`, 100 on every Linux.
const TICK: Duration = Duration::from_millis(10);

/// What is timed, in the order of the table.
const ROWS: [&str; 6] = [
    "check, 1 host, cold",
    "check + render, 1,000 hosts",
    "check + render, 1,000 hosts, one core",
    "check + render, 10,000 hosts",
    "every module replaced, 1,000 hosts",
    "every module replaced, 10,000 hosts",
];

/// One run of the program.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Run {
    wall: Duration,
    /// User and system time on all cores.
    processor: Duration,
}

fn main() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let sample = fleet(&folder.path().join("sample"), SMALL);
    assert_eq!(
        printed(&sample, "0"),
        printed(&sample, "1"),
        "all cores must give the bytes that one core gives"
    );
    let one = fleet(&folder.path().join("one"), 1);

    let mut rows: [Vec<Run>; ROWS.len()] = Default::default();
    for run in 0..RUNS {
        let new = |name: &str, count| fleet(&folder.path().join(format!("{name}-{run}")), count);
        let (small, serial, large) = (
            new("small", SMALL),
            new("serial", SMALL),
            new("large", LARGE),
        );
        rows[0].extend((0..10).map(|_| timed(&one, "0", &["check"])));
        rows[1].push(timed(&small, "0", &["render"]));
        rows[2].push(timed(&serial, "1", &["render"]));
        rows[3].push(timed(&large, "0", &["render"]));
        change(&small);
        change(&large);
        rows[4].push(timed(&small, "0", &["render"]));
        rows[5].push(timed(&large, "0", &["render"]));
    }
    println!("| what | median | fastest | processor time |\n| --- | --- | --- | --- |");
    for (what, runs) in ROWS.iter().zip(&mut rows) {
        runs.sort();
        println!(
            "| {what} | {} | {} | {} |",
            shown(median(runs).wall),
            shown(runs[0].wall),
            shown(processor(runs))
        );
    }
    println!();
    ratio("Made", &rows[1], &rows[3]);
    ratio("Replaced", &rows[4], &rows[5]);
}

/// How much longer the larger fleet takes.
fn ratio(what: &str, small: &[Run], large: &[Run]) {
    let times = |large: Duration, small: Duration| large.as_secs_f64() / small.as_secs_f64();
    println!(
        "{what}: 10,000 hosts take {:.1} times as long as 1,000 (fastest runs {:.1}), and {:.1} times the processor time.",
        times(median(large).wall, median(small).wall),
        times(large[0].wall, small[0].wall),
        times(processor(large), processor(small))
    );
}

/// The middle one of sorted runs.
fn median(runs: &[Run]) -> Run {
    runs[runs.len() / 2]
}

/// The mean processor time: ticks are too coarse for one short run.
fn processor(runs: &[Run]) -> Duration {
    let sum: Duration = runs.iter().map(|run| run.processor).sum();
    sum / u32::try_from(runs.len()).expect("few runs")
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

/// Changes every description, so that its module is stale.
fn change(fleet: &Path) {
    for entry in fs::read_dir(fleet.join("hosts")).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|it| it == "toml") {
            let text = fs::read_to_string(&path).expect("a file");
            fs::write(&path, format!("# changed\n{text}")).expect("a file");
        }
    }
}

fn timed(fleet: &Path, threads: &str, arguments: &[&str]) -> Run {
    let before = children();
    let start = Instant::now();
    let status = command(fleet, threads, arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("hostwright starts");
    assert!(status.success(), "hostwright {arguments:?} failed");
    Run {
        wall: start.elapsed(),
        processor: children().saturating_sub(before),
    }
}

/// Processor time of all children that have ended: `cutime` and `cstime`,
/// fields 16 and 17 of /proc/self/stat; the name of the program ends with `)`.
fn children() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    let (_, fields) = stat.rsplit_once(") ").expect("a program name");
    let ticks = |index| -> u32 {
        let field = fields.split(' ').nth(index).expect("a field");
        field.parse().expect("a number of ticks")
    };
    TICK * (ticks(13) + ticks(14))
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
