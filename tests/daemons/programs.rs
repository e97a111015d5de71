//! Programs that must be there: a missing one fails a test, with the way out.

use std::path::Path;
use std::process::Command;

/// Where Debian keeps programs, the administrator's included.
const FOLDERS: [&str; 4] = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// Programs and the Debian packages that bring them.
const PROGRAMS: [(&str, &str); 13] = [
    ("busybox", "busybox"),
    ("fail2ban-client", "fail2ban"),
    ("fail2ban-server", "fail2ban"),
    ("ip", "iproute2"),
    ("nft", "nftables"),
    ("nsenter", "util-linux"),
    ("python3", "python3-venv"),
    ("setpriv", "util-linux"),
    ("ssh", "openssh-client"),
    ("ssh-keygen", "openssh-client"),
    ("sshd", "openssh-server"),
    ("sysctl", "procps"),
    ("useradd", "passwd"),
];

/// Panics with the command that installs what is missing.
pub(crate) fn require() {
    let mut missing: Vec<&str> = PROGRAMS
        .iter()
        .filter(|(program, _)| !FOLDERS.iter().any(|f| Path::new(f).join(program).exists()))
        .map(|(_, package)| *package)
        .collect();
    missing.sort_unstable();
    missing.dedup();
    assert!(
        missing.is_empty(),
        "programs are missing: apt-get install --no-install-recommends {}",
        missing.join(" ")
    );
    let user = output(Command::new("id").arg("-u"));
    assert_eq!(
        user.trim(),
        "0",
        "only root may make namespaces: run these tests as root"
    );
    // What NixOS configures; OpenSSH has it since 9.9, Debian 12 has 9.2.
    let exchanges = output(Command::new("ssh").args(["-Q", "kex"]));
    assert!(
        exchanges.lines().any(|l| l == "mlkem768x25519-sha256"),
        "OpenSSH is older than 9.9 and cannot read the configuration: \
         on Debian 12 apt-get install -t bookworm-backports openssh-server openssh-client"
    );
}

/// Standard output of a command that must succeed.
pub(crate) fn output(command: &mut Command) -> String {
    let result = command
        .output()
        .unwrap_or_else(|e| panic!("{command:?} cannot be started: {e}"));
    assert!(
        result.status.success(),
        "{command:?}: {}\n{}{}",
        result.status,
        String::from_utf8_lossy(&result.stdout),
        String::from_utf8_lossy(&result.stderr)
    );
    String::from_utf8(result.stdout).unwrap()
}
