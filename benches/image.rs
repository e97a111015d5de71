//! Times the assembly of an image against `cp -a` of the same closure:
//! `cargo bench --bench image [-- FOLDER]`, with the packages of
//! tests/packages.debian.
//!
//! The closure is synthetic: 900 store paths, 84,000 files, 1.2 GB, sizes
//! distributed as in a Debian `/usr` (logarithms normal, median 3 kB), three
//! of five files text. Everything lies in `FOLDER`, by default on the tmpfs at
//! /dev/shm (7 GB): it has no history, so that each run meets what the first
//! one met. Copy and assembly take turns, in both orders, each into a fresh
//! folder. Figures go to docs/performance.md.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark starts processes, reads the clock and prints"
)]

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use hostwright::image::hashing::hex;
use nix_archive::nar::{CaseHack, hash_path};

const PATHS: u64 = 900;
const FILES: u64 = 84_000;
/// Sizes: logarithm's mean and deviation, and the largest file.
const MEAN: f64 = 8.0;
const DEVIATION: f64 = 1.8;
const LARGEST: f64 = 6e6;
/// Pairs of a copy and an assembly.
const PAIRS: usize = 5;
/// Rounds of the forms that are packed.
const ROUNDS: usize = 3;
/// Levels of zstd that are compared.
const LEVELS: [i32; 5] = [1, 3, 6, 9, 12];

fn main() {
    // Cargo passes `--bench` on.
    let parent = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    let folder = tempfile::tempdir_in(parent.as_deref().unwrap_or("/dev/shm"));
    let folder = folder.expect("a temporary directory");
    let folder = folder.path();
    let bytes = make_closure(&folder.join("root"));
    let spec = write_spec(folder);
    println!("{FILES} files, {} MB\n", bytes / 1_000_000);
    let (mut copies, mut raws) = (Vec::new(), Vec::new());
    for pair in 0..PAIRS {
        if pair % 2 == 0 {
            copies.push(copied(folder));
            raws.push(assembled(folder, &spec, "raw"));
        } else {
            raws.push(assembled(folder, &spec, "raw"));
            copies.push(copied(folder));
        }
    }
    let ratios: Vec<f64> = raws
        .iter()
        .zip(&copies)
        .map(|(raw, copy)| raw.wall / copy.wall)
        .collect();
    let mut table = vec![("`cp -a` of the closure".to_owned(), copies)];
    table.push((name("raw"), raws));
    for format in ["raw.zst", "qcow2.gz"] {
        let runs = (0..ROUNDS)
            .map(|_| assembled(folder, &spec, format))
            .collect();
        table.push((name(format), runs));
    }
    println!(
        "| what | median | fastest | processor time | peak memory |\n| --- | --- | --- | --- | --- |"
    );
    let medians: Vec<f64> = table
        .iter_mut()
        .map(|(name, runs)| row(name, runs))
        .collect();
    println!(
        "\nraw takes {:.2} times as long as `cp -a` by the medians",
        medians[1] / medians[0]
    );
    println!("pair by pair: {ratios:.2?}\n");
    assemble(folder, &spec, "raw");
    compare_levels(&folder.join("out/bench.raw"));
}

fn name(format: &str) -> String {
    format!("`image assemble --format {format}`")
}

/// Prints a row of the table; gives the median time.
fn row(name: &str, runs: &mut [Run]) -> f64 {
    runs.sort_by(|a, b| a.wall.total_cmp(&b.wall));
    let median = &runs[runs.len() / 2];
    let memory = runs.iter().map(|run| run.memory).max().unwrap_or(0) / 1000;
    println!(
        "| {name} | {:.1} s | {:.1} s | {:.1} s | {memory} MB |",
        median.wall, runs[0].wall, median.processor
    );
    median.wall
}

/// What a command and all that it started took.
struct Run {
    /// Seconds from its start to its end.
    wall: f64,
    /// Seconds of all cores together.
    processor: f64,
    /// Largest resident set of one process, kB.
    memory: u64,
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

fn copied(folder: &Path) -> Run {
    let copy = folder.join("copy");
    let run = timed(
        folder,
        Command::new("time")
            .arg("cp")
            .arg("-a")
            .arg(folder.join("root"))
            .arg(&copy),
    );
    fs::remove_dir_all(copy).expect("the copy");
    run
}

fn assembled(folder: &Path, spec: &Path, format: &str) -> Run {
    let run = assemble(folder, spec, format);
    fs::remove_dir_all(folder.join("out")).expect("the image");
    run
}

fn assemble(folder: &Path, spec: &Path, format: &str) -> Run {
    timed(
        folder,
        Command::new("time")
            .arg(env!("CARGO_BIN_EXE_hostwright"))
            .args(["image", "assemble", "--format", format, "--output"])
            .arg(folder.join("out"))
            .arg(spec),
    )
}

/// Runs `time`, which reports through its environment's format.
fn timed(folder: &Path, command: &mut Command) -> Run {
    let report = folder.join("report");
    command
        .env("TIME", "%U %S %M")
        .stderr(fs::File::create(&report).expect("a report"));
    let start = Instant::now();
    let status = command.stdout(Stdio::null()).status().expect("time");
    let wall = start.elapsed().as_secs_f64();
    let text = fs::read_to_string(report).expect("the report");
    assert!(status.success(), "{text}");
    let line = text.lines().next_back().expect("a line");
    let fields: Vec<f64> = line
        .split(' ')
        .map(|word| word.parse().expect("a number"))
        .collect();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a size in kB"
    )]
    Run {
        wall,
        processor: fields[0] + fields[1],
        memory: fields[2] as u64,
    }
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
            format_args!("{:.1} s", start.elapsed().as_secs_f64())
        );
    }
}
