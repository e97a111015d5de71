//! ssh-audit finds nothing wrong with the algorithms that sshd offers.

use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use crate::cables::OPERATOR;
use crate::machine::{HERE, Machine};
use crate::programs::{output, require};
use crate::server::{CONFIG, Server};

/// Exchanges without a post-quantum part stay for clients from before 2021;
/// those who have one negotiate it first.
const EXEMPT: &str = "does not provide protection against post-quantum attacks";

/// The pinned ssh-audit, in an environment of its own below the target folder.
fn auditor() -> &'static str {
    static PATH: OnceLock<String> = OnceLock::new();
    PATH.get_or_init(|| {
        require();
        let folder = concat!(env!("CARGO_TARGET_TMPDIR"), "/ssh-audit");
        output(Command::new("/usr/bin/python3").args(["-m", "venv", folder]));
        output(
            Command::new(format!("{folder}/bin/pip"))
                .args(["install", "--quiet", "--disable-pip-version-check"])
                .args(["--only-binary=:all:", "--require-hashes", "-r"])
                .arg(format!("{HERE}/fixtures/ssh-audit.txt")),
        );
        format!("{folder}/bin/ssh-audit")
    })
}

/// Every failure and warning, sorted: algorithm, severity, reason.
fn complaints(config: &str) -> Vec<String> {
    let auditor = auditor();
    let server = Server::start(config);
    // Exempt from sshd's penalties, which connections without a login earn.
    let operator = Machine::start("operator");
    server.machine.connect(&operator, &OPERATOR);
    // How fast connections may come is no matter of algorithms: outside of the
    // operator's address, penalties and the firewall's limit decide.
    let report = operator
        .command(auditor)
        .args(["--json", "--skip-rate-test", "203.0.113.1"])
        .output()
        .unwrap();
    // Exits with 2 or 3 if it complains.
    let report: Value =
        serde_json::from_slice(&report.stdout).unwrap_or_else(|e| panic!("{e}: {report:?}"));
    let mut found = Vec::new();
    for kind in ["kex", "key", "enc", "mac"] {
        let algorithms = report[kind].as_array().unwrap();
        assert!(!algorithms.is_empty(), "no {kind} was audited: {report}");
        for algorithm in algorithms {
            let name = algorithm["algorithm"].as_str().unwrap();
            for severity in ["fail", "warn"] {
                let notes = algorithm["notes"][severity].as_array();
                found.extend(
                    notes
                        .into_iter()
                        .flatten()
                        .map(|note| format!("{name}: {severity}: {}", note.as_str().unwrap())),
                );
            }
        }
    }
    found.sort();
    found
}

#[test]
fn the_algorithms_are_sound() {
    assert_eq!(
        complaints(CONFIG),
        [
            format!("curve25519-sha256: warn: {EXEMPT}"),
            format!("curve25519-sha256@libssh.org: warn: {EXEMPT}")
        ]
    );
}

#[test]
fn weak_algorithms_are_found() {
    let weak = CONFIG
        .replace(
            "\nKexAlgorithms ",
            "\nKexAlgorithms diffie-hellman-group14-sha1,",
        )
        .replace("\nCiphers ", "\nCiphers aes128-cbc,")
        .replace("\nMacs ", "\nMacs hmac-sha1,");
    let found = complaints(&weak).join("\n");
    for expected in [
        "diffie-hellman-group14-sha1: fail: using broken SHA-1 hash algorithm",
        "aes128-cbc: warn: using weak cipher mode",
        "hmac-sha1: fail: using broken SHA-1 hash algorithm",
    ] {
        assert!(found.contains(expected), "not found: {expected}\n{found}");
    }
}
