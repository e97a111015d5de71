//! Times the assembly of an image against `cp -a` of the same closure:
//! `cargo bench --bench image`, with the packages of tests/packages.debian.
//!
//! The closure is synthetic: 900 store paths, 84,000 files, 1.2 GB, sizes
//! distributed as in a Debian `/usr` (logarithms normal, median 3 kB), three
//! of five files text. Runs are interleaved; figures go to docs/performance.md.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark starts processes, reads the clock and prints"
)]

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use hostwright::image::hashing::hex;
use nix_archive::nar::{CaseHack, hash_path};

const PATHS: u64 = 900;
const FILES: u64 = 84_000;
/// Sizes: logarithm's mean and deviation, and the largest file.
const MEAN: f64 = 8.0;
const DEVIATION: f64 = 1.8;
const LARGEST: f64 = 6e6;
const ROUNDS: usize = 3;
const FORMATS: [&str; 3] = ["raw", "raw.zst", "qcow2.gz"];
/// Levels of zstd that are compared.
const LEVELS: [i32; 5] = [1, 3, 6, 9, 12];

fn main() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let bytes = make_closure(&folder.path().join("root"));
    let spec = write_spec(folder.path());
    println!("{FILES} files, {} MB\n", bytes / 1_000_000);
    let mut copies = Vec::new();
    let mut assemblies = FORMATS.map(|_| (Vec::new(), 0));
    for _ in 0..ROUNDS {
        copies.push(copied(folder.path()));
        for (format, (times, memory)) in FORMATS.iter().zip(&mut assemblies) {
            let (time, resident) = assembled(folder.path(), &spec, format);
            times.push(time);
            *memory = resident.max(*memory);
        }
    }
    println!("| what | median | fastest | peak memory |\n| --- | --- | --- | --- |");
    let copy = row("`cp -a` of the closure", &mut copies, "");
    let ratios: Vec<String> = FORMATS
        .iter()
        .zip(&mut assemblies)
        .map(|(format, (times, memory))| {
            let name = format!("`image assemble --format {format}`");
            let median = row(&name, times, &format!("{} MB", *memory / 1000));
            let ratio = median.as_secs_f64() / copy.as_secs_f64();
            format!("{format} takes {ratio:.2} times as long as `cp -a`")
        })
        .collect();
    println!("\n{}\n", ratios.join("\n"));
    compare_levels(&folder.path().join("out/bench.raw"));
}

/// Prints a row of the table; gives its median.
fn row(name: &str, times: &mut [Duration], memory: &str) -> Duration {
    times.sort();
    let median = times[times.len() / 2];
    println!(
        "| {name} | {} | {} | {memory} |",
        shown(median),
        shown(times[0])
    );
    median
}

/// Random numbers that are the same on every machine (xorshift64*, Vigna 2016).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Uniform in 0..1.
    #[expect(clippy::cast_precision_loss, reason = "32 bits are enough for sizes")]
    fn uniform(&mut self) -> f64 {
        (self.next() >> 32) as f64 / f64::from(u32::MAX)
    }

    /// Normal, by the sum of twelve uniform numbers.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and the largest file"
    )]
    fn size(&mut self) -> usize {
        (MEAN + DEVIATION * self.normal()).exp().min(LARGEST) as usize
    }
}

/// Writes the closure, with a menu's registration beside it; gives its bytes.
fn make_closure(root: &Path) -> u64 {
    let mut random = Random(1);
    let noise: Vec<u8> = (0..1 << 20)
        .flat_map(|_| random.next().to_le_bytes())
        .collect();
    let text = hex(&noise);
    let mut registration = String::new();
    let mut bytes = 0;
    for number in 0..PATHS {
        let name = format!("/nix/store/{number:032}-package");
        let path = root.join(&name[1..]);
        for file in 0..FILES / PATHS {
            let folder = path.join(format!("share{}/folder{}", file / 12, file / 4));
            fs::create_dir_all(&folder).expect("a folder");
            let source: &[u8] = if random.uniform() < 0.6 {
                text.as_bytes()
            } else {
                &noise
            };
            let size = random.size().min(source.len() / 2);
            let start =
                usize::try_from(random.next() % (source.len() as u64 / 2)).expect("an offset");
            fs::write(
                folder.join(format!("file{file}")),
                &source[start..start + size],
            )
            .expect("a file");
            bytes += size as u64;
        }
        let nar = hash_path(&path, CaseHack::Disabled).expect("a hash");
        writeln!(
            registration,
            "{name}\n{}\n{}\n\n0",
            hex(&nar.sha256),
            nar.size
        )
        .expect("a line");
    }
    fs::write(root.with_file_name("registration"), registration).expect("the registration");
    bytes
}

fn write_spec(folder: &Path) -> PathBuf {
    let spec = serde_json::json!({
        "name": "bench", "architecture": "x86_64", "firmware": "hybrid",
        "toplevel": format!("/nix/store/{:032}-package", 0),
        "closure": { "registration": folder.join("registration"), "root": folder.join("root") },
        "files": [{ "target": "/boot/grub/grub.cfg", "text": "" }],
        "grub": { "bios": "/usr/lib/grub/i386-pc", "uefi": "/usr/lib/grub/x86_64-efi" },
    });
    fs::write(folder.join("spec.json"), spec.to_string()).expect("the specification");
    folder.join("spec.json")
}

fn copied(folder: &Path) -> Duration {
    let copy = folder.join("copy");
    let start = Instant::now();
    let status = Command::new("cp")
        .arg("-a")
        .arg(folder.join("root"))
        .arg(&copy)
        .status();
    let time = start.elapsed();
    assert!(status.expect("cp").success());
    fs::remove_dir_all(copy).expect("the copy");
    time
}

/// Time and the largest resident set (kB) of the program and of what it starts.
fn assembled(folder: &Path, spec: &Path, format: &str) -> (Duration, u64) {
    let report = folder.join("report");
    let start = Instant::now();
    let output = Command::new("time")
        .args(["--format", "%M", "--output"])
        .arg(&report)
        .arg(env!("CARGO_BIN_EXE_hostwright"))
        .args(["image", "assemble", "--format", format, "--output"])
        .arg(folder.join("out"))
        .arg(spec)
        .output()
        .expect("time");
    let time = start.elapsed();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let memory = fs::read_to_string(report).expect("the report");
    (time, memory.trim().parse().expect("a number"))
}

fn compare_levels(raw: &Path) {
    println!("| zstd level | MB | time |\n| --- | --- | --- |");
    for level in LEVELS {
        let start = Instant::now();
        let output = Command::new("zstd")
            .args([&format!("-{level}"), "-T0", "-q", "-c"])
            .arg(raw)
            .output()
            .expect("zstd");
        println!(
            "| {level} | {} | {} |",
            output.stdout.len() / 1_000_000,
            shown(start.elapsed())
        );
    }
}

fn shown(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
