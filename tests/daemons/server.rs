//! The server: sshd on the configuration of NixOS, at the paths of NixOS, with
//! three accounts that all have the same key and a password.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::machine::{Machine, wait_until};
use crate::programs::output;

/// `sshd_config` as NixOS makes it.
pub(crate) const CONFIG: &str = include_str!("fixtures/hetzner-cpx31/sshd_config");

/// The password of every account.
const PASSWORD: &str = "correct horse battery staple";

/// Accounts beside root: the one of the description, and one it does not name.
pub(crate) const ACCOUNTS: [&str; 2] = ["deploy", "mallory"];

/// What differs from NixOS in the configuration. Nothing else does: ports, keys
/// and accounts are at NixOS's paths in the machine's own /etc. Around it, PAM's
/// `sshd` is Debian's, which would take passwords if sshd did (NixOS's would not),
/// and syslog writes to a file, as there is no journal in a namespace.
const ADAPTATIONS: [(&str, &str); 1] = [
    // There is no Nix store; Debian's program is at its own path.
    (
        "/nix/store/openssh/libexec/sftp-server",
        "/usr/lib/openssh/sftp-server",
    ),
];

/// `sshd_config` as it can be run on Debian.
pub(crate) fn adapted(config: &str) -> String {
    let mut text = config.to_owned();
    for (nixos, debian) in ADAPTATIONS {
        assert!(text.contains(nixos), "nothing to adapt: {nixos}");
        text = text.replace(nixos, debian);
    }
    text
}

/// How somebody tries to log in.
#[derive(Clone, Copy)]
pub(crate) enum Method {
    Key,
    Password,
}

/// A machine with sshd, and what its users hold.
pub(crate) struct Server {
    pub(crate) machine: Machine,
    held: TempDir,
}

impl Server {
    /// A machine with accounts, keys and configuration; sshd does not run yet.
    pub(crate) fn prepare(config: &str) -> Self {
        let machine = Machine::start("server");
        let held = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let public = make_key(held.path());
        machine.shell("rm -r /etc/ssh; mkdir /etc/ssh");
        machine.shell("ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key");
        for account in ACCOUNTS {
            machine.run(&format!(
                "useradd --no-create-home --home-dir / --shell /bin/sh {account}"
            ));
        }
        for account in ACCOUNTS.iter().chain(&["root"]) {
            machine.shell(&format!("echo '{account}:{PASSWORD}' | chpasswd"));
            machine.write(&format!("/etc/ssh/authorized_keys.d/{account}"), &public);
        }
        machine.write("/etc/ssh/sshd_config", &adapted(config));
        Self { machine, held }
    }

    /// A machine whose sshd answers; its log is `/run/messages`.
    pub(crate) fn start(config: &str) -> Self {
        let server = Self::prepare(config);
        let machine = &server.machine;
        machine.daemon("syslogd", "busybox syslogd -n -S -O /run/messages");
        wait_until("syslogd listens", || {
            machine.shell("test -S /dev/log && echo yes || :") == "yes\n"
        });
        machine.daemon("sshd", "/usr/sbin/sshd -D");
        wait_until("sshd answers", || {
            machine.probe("tcp", "::1", 22).starts_with("SSH-2.0-")
        });
        server
    }

    /// Tries to run `id -un` as a user, from another machine.
    pub(crate) fn login(
        &self,
        from: &Machine,
        user: &str,
        address: &str,
        method: Method,
    ) -> Output {
        let host = self.machine.read("/etc/ssh/ssh_host_ed25519_key.pub");
        let known = self.held.path().join("known_hosts");
        std::fs::write(&known, format!("{address} {host}")).unwrap();
        // A ban cuts a connection that is under way: ssh would wait for hours.
        let mut ssh = from.command("timeout");
        ssh.args(["20", "ssh"])
            .args([
                "-F",
                "none",
                "-o",
                "ConnectTimeout=3",
                "-o",
                "StrictHostKeyChecking=yes",
            ])
            .args(["-o", &format!("UserKnownHostsFile={}", known.display())]);
        let key = self.held.path().join("key");
        match method {
            Method::Key => ssh.args(["-o", "BatchMode=yes", "-i"]).arg(key),
            Method::Password => ssh
                .args([
                    "-o",
                    "PubkeyAuthentication=no",
                    "-o",
                    "NumberOfPasswordPrompts=1",
                ])
                .env("SSH_ASKPASS", self.held.path().join("askpass"))
                .env("SSH_ASKPASS_REQUIRE", "force"),
        };
        ssh.args(["-l", user, address, "id -un"]).output().unwrap()
    }
}

impl Drop for Server {
    /// A test that fails shows what sshd and fail2ban said.
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{}", self.machine.read("/run/messages"));
        }
    }
}

/// A key pair, and the program that types the password. Returns the public key.
fn make_key(folder: &Path) -> String {
    let key = folder.join("key");
    output(
        Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-f"])
            .arg(&key),
    );
    let askpass = folder.join("askpass");
    std::fs::write(&askpass, format!("#!/bin/sh\necho '{PASSWORD}'\n")).unwrap();
    output(Command::new("chmod").arg("700").arg(&askpass));
    std::fs::read_to_string(folder.join("key.pub")).unwrap()
}
