//! The UFW oracle: Debian's ufw and our tables must give every probe the same
//! answer. Needs root, ufw, nftables, iptables and iproute2.
//!
//! `cargo test --features tier1 --test ufw_oracle -- [--seed S] [--cases N]`

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test that runs real programs in network namespaces and reports"
)]

mod agent;
mod bench;
mod corpus;
mod grammar;
mod hosts;
mod limits;
mod lists;
mod net;
mod published;
mod random;
mod twins;

use std::process::ExitCode;
use std::thread;
use std::time::Instant;

use clap::Parser;
use hostwright::firewall::Direction;

use bench::{Bench, Disagreement};
use lists::Case;

/// Benches that run side by side.
const BENCHES: usize = 2;

/// Compares our firewall with ufw.
#[derive(Parser)]
struct Arguments {
    /// Seed of the first list; the following lists have the following seeds.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many lists of each direction.
    #[arg(long, default_value_t = 200)]
    cases: u64,
    /// Only one part, and no lists.
    #[arg(long)]
    only: Option<Part>,
    /// Listen at addresses and ports (this program in a namespace).
    #[arg(long, hide = true)]
    agent_listen: Option<String>,
    /// Read probes (this program in a namespace).
    #[arg(long, hide = true)]
    agent_probe: bool,
}

/// The parts beside the random lists.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Part {
    Limits,
    Grammar,
    Published,
    Twins,
    Corpus,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(json) = &arguments.agent_listen {
        let (addresses, ports): (Vec<_>, Vec<_>) = serde_json::from_str(json).expect("arguments");
        agent::listen(&addresses, &ports);
        return ExitCode::SUCCESS;
    }
    if arguments.agent_probe {
        agent::probe();
        return ExitCode::SUCCESS;
    }
    hosts::require_programs();
    let start = Instant::now();
    if let Some(part) = arguments.only {
        one(part, arguments.seed);
        return ExitCode::SUCCESS;
    }
    let seed = arguments.seed;
    let parts = [
        Part::Limits,
        Part::Twins,
        Part::Grammar,
        Part::Published,
        Part::Corpus,
    ];
    let parts = parts.map(|part| thread::spawn(move || one(part, seed)));
    let disagreements = lists(&arguments);
    for disagreement in &disagreements {
        println!("{disagreement}");
    }
    for part in parts {
        part.join().expect("a part that agrees");
    }
    println!("finished in {} s", start.elapsed().as_secs());
    if disagreements.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn one(part: Part, seed: u64) {
    match part {
        Part::Limits => limits::compare(&mut Bench::new("hw-limits")),
        Part::Grammar => grammar::compare(&mut Bench::new("hw-grammar").ufw, seed),
        Part::Published => published::compare(&mut Bench::new("hw-published")),
        Part::Corpus => corpus::load(&Bench::new("hw-corpus")),
        Part::Twins => twins::notice_every_break(&mut Bench::new("hw-twins"), seed),
    }
}

/// Compares all lists, shared out over the benches.
fn lists(arguments: &Arguments) -> Vec<Disagreement> {
    let seeds = arguments.seed..arguments.seed + arguments.cases;
    let both = [Direction::In, Direction::Out];
    let mut cases: Vec<Case> = seeds
        .flat_map(|seed| both.map(|direction| Case::new(seed, direction)))
        .collect();
    // A new policy restarts ufw, so those with the same one are run together.
    cases.sort_by_key(|case| {
        let policy = case.set.policy();
        (policy.default_incoming, policy.default_outgoing, case.seed)
    });
    let share = cases.len().div_ceil(BENCHES).max(1);
    let start = Instant::now();
    let found = thread::scope(|scope| {
        let running: Vec<_> = cases
            .chunks(share)
            .enumerate()
            .map(|(index, cases)| scope.spawn(move || compare(index, cases)))
            .collect();
        let join = |thread: thread::ScopedJoinHandle<'_, _>| thread.join().expect("a bench");
        running.into_iter().flat_map(join).collect::<Vec<_>>()
    });
    println!(
        "{} lists from seed {}: {} disagree, {} s",
        cases.len(),
        arguments.seed,
        found.len(),
        start.elapsed().as_secs()
    );
    found
}

fn compare(index: usize, cases: &[Case]) -> Vec<Disagreement> {
    let mut bench = Bench::new(&format!("hw-{index}"));
    let controls = bench.positive_control();
    let mut found = Vec::new();
    let mut probes = 0;
    for case in cases {
        probes += case.probes.len();
        found.extend(bench.check(case));
    }
    println!(
        "bench {index}: {controls} positive controls open; {} lists, {probes} probes, {} repeated",
        cases.len(),
        bench.repeated
    );
    found
}
