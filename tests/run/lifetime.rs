//! Nothing outlives the program, however it ends.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::fixture::succeed;
use crate::session::{Session, Terminal};
use crate::{alone, image};

/// Until a process must be gone: the program gives QEMU three seconds.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn ctrl_c_and_sigterm_end_the_machine_and_leave_nothing() {
    for signal in ["INT", "TERM", "HUP"] {
        let (session, said) = interrupted(signal);
        assert!(
            said.contains("the machine was ended; its disk is gone"),
            "{signal}: {said}"
        );
        assert_eq!(session.left(), ["hosts", "result-lab.log"], "{signal}");
    }
}

#[test]
fn a_program_that_is_killed_leaves_nothing() {
    let (session, _) = interrupted("KILL");
    assert_eq!(session.left(), ["hosts", "result-lab.log"]);
}

/// Sends a signal to the program while its machine runs, and waits until the
/// machine's process is gone, and all its files.
fn interrupted(signal: &str) -> (Session, String) {
    let _alone = alone();
    let session = Session::new();
    let mut command = session.command(&image("raw.zst"));
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::from(
            std::fs::File::create(session.path("hosts/stderr")).unwrap(),
        ))
        .spawn()
        .unwrap();
    let mut program = Terminal::of(child);
    program.wait_for("result-lab.log");
    let machine = machine_of(program.id());
    succeed(Command::new("kill").args([&format!("-{signal}"), &program.id().to_string()]));
    let (status, _) = program.finish();
    assert_eq!(status.success(), signal != "KILL", "{signal}: {status}");
    until(|| !runs(machine), &format!("{signal}: QEMU still runs"));
    assert_eq!(session.temporary(), [] as [&str; 0], "{signal}");
    let said = std::fs::read_to_string(session.path("hosts/stderr")).unwrap();
    (session, said)
}

/// The process of QEMU that the program started for the machine, not for a probe.
fn machine_of(program: u32) -> u32 {
    let children = format!("/proc/{program}/task/{program}/children");
    let mut found = None;
    until(
        || {
            let list = std::fs::read_to_string(&children).unwrap_or_default();
            found = list
                .split_whitespace()
                .filter_map(|pid| pid.parse().ok())
                .find(|pid| {
                    arguments(*pid).contains("file=/dev/fdset/1\0")
                        && arguments(*pid).contains("virtio-rng")
                });
            found.is_some()
        },
        "the program starts no machine",
    );
    found.unwrap()
}

fn arguments(process: u32) -> String {
    std::fs::read_to_string(format!("/proc/{process}/cmdline")).unwrap_or_default()
}

/// Whether a process is QEMU still; its number may be somebody else's.
fn runs(process: u32) -> bool {
    Path::new(&format!("/proc/{process}")).exists() && arguments(process).contains("qemu")
}

fn until(mut holds: impl FnMut() -> bool, otherwise: &str) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "{otherwise}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
