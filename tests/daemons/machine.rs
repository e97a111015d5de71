//! A machine in namespaces. It ends with the test, however that ends: its first
//! process is killed with the thread that made it, and takes its network,
//! mounts and daemons along.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::programs::{output, require};

/// Folder of these tests.
pub(crate) const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/daemons");

/// Namespaces of network, mounts and processes, with their first process.
pub(crate) struct Machine {
    name: &'static str,
    process: Child,
    /// The first process, as seen from outside.
    init: u32,
}

/// Addresses with prefix length of the two ends of a cable, IPv4 and IPv6.
pub(crate) struct Cable {
    pub(crate) here: [&'static str; 2],
    pub(crate) there: [&'static str; 2],
}

impl Machine {
    /// A machine without neighbours. The name is that of its interface at the
    /// other end of a cable: at most 15 letters.
    pub(crate) fn start(name: &'static str) -> Self {
        require();
        let mut process = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "unshare", "--net", "--mount"])
            .args(["--pid", "--fork", "--kill-child", "--mount-proc"])
            .args(["sh", &format!("{HERE}/machine.sh")])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut ready)
            .unwrap();
        assert_eq!(ready, "ready\n", "machine {name} does not start");
        let outer = process.id();
        let children = fs::read_to_string(format!("/proc/{outer}/task/{outer}/children")).unwrap();
        let init = children.trim().parse().unwrap();
        Self {
            name,
            process,
            init,
        }
    }

    /// A command in the machine.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command
            .args(["-t", &self.init.to_string(), "-n", "-m", "-p", "--"])
            .arg(program)
            .stdin(Stdio::null());
        command
    }

    /// Standard output of words that must succeed; panics otherwise.
    pub(crate) fn run(&self, words: &str) -> String {
        let mut words = words.split_whitespace();
        output(self.command(words.next().unwrap()).args(words))
    }

    /// Standard output of a shell script that must succeed.
    pub(crate) fn shell(&self, script: &str) -> String {
        output(self.command("sh").args(["-euc", script]))
    }

    /// Starts a daemon, which ends with the machine; its output goes to
    /// `/run/NAME.out` there.
    pub(crate) fn daemon(&self, name: &str, words: &str) {
        self.shell(&format!("{words} >/run/{name}.out 2>&1 &"));
    }

    /// A path of the machine, as seen from outside.
    fn path(&self, path: &str) -> PathBuf {
        Path::new("/proc")
            .join(self.init.to_string())
            .join("root")
            .join(path.trim_start_matches('/'))
    }

    /// Writes a file of the machine, with its folder.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A file of the machine; empty if there is none.
    pub(crate) fn read(&self, path: &str) -> String {
        let bytes = fs::read(self.path(path)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Joins two machines: an interface with the other's name here, `eth0` there.
    pub(crate) fn connect(&self, other: &Self, cable: &Cable) {
        let name = other.name;
        // From outside: the machine does not see the other's processes.
        output(
            Command::new("nsenter")
                .args(["-t", &self.init.to_string(), "-n"])
                .args([
                    "ip", "link", "add", name, "type", "veth", "peer", "name", "eth0",
                ])
                .args(["netns", &other.init.to_string()]),
        );
        self.up(name, &cable.here);
        other.up("eth0", &cable.there);
        for address in cable.here {
            let gateway = address.split('/').next().unwrap();
            other.run(&format!("ip route add default via {gateway}"));
        }
    }

    fn up(&self, interface: &str, addresses: &[&str]) {
        self.run(&format!("ip link set {interface} up"));
        for address in addresses {
            // Without a search for duplicates, which takes a second.
            let flags = if address.contains(':') { "nodad" } else { "" };
            self.run(&format!("ip address add {address} dev {interface} {flags}"));
        }
    }

    /// Greets whoever connects to these ports (`tcp/80`), over IPv4 and IPv6.
    pub(crate) fn serve(&self, ports: &str) {
        let name = self.name;
        self.daemon(
            "peer",
            &format!("/usr/bin/python3 {HERE}/peer.py serve {name} {ports}"),
        );
    }

    /// What a peer at a port says, or "refused" or "silent".
    pub(crate) fn probe(&self, protocol: &str, address: &str, port: u16) -> String {
        self.run(&format!(
            "/usr/bin/python3 {HERE}/peer.py probe {protocol} {address} {port}"
        ))
        .trim()
        .to_owned()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // Fails only if it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Asks until the answer is yes; panics with `what` after a minute.
pub(crate) fn wait_until(what: &str, mut question: impl FnMut() -> bool) {
    let start = Instant::now();
    while !question() {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "not within a minute: {what}"
        );
        sleep(Duration::from_millis(100));
    }
}
