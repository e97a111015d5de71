//! Network namespaces: two hosts that differ in their firewall only, each with
//! its own client at the same addresses, and a container behind each host.

use std::io::{BufRead, BufReader, Write};
use std::net::IpAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use hostwright::firewall::Direction;

use crate::agent::{Probe, Seen};
use crate::lists;

/// Ports with a listener, TCP and UDP, on every address of the host.
pub(crate) const PORTS: [u16; 9] = [22, 25, 53, 80, 443, 2222, 6001, 6003, 8443];

/// The port that the host translates to port 80 of its container.
pub(crate) const PUBLISHED: u16 = 8080;

/// An address of the client, the host's addresses on the same link, and that
/// link. Sources beyond the link are routed back over it, so that the
/// reverse-path filter lets them in and only the rules decide. What the host
/// sends takes the same ways back.
pub(crate) struct Source {
    pub(crate) address: &'static str,
    pub(crate) targets: &'static [&'static str],
    pub(crate) interface: &'static str,
}

pub(crate) const SOURCES: [Source; 9] = [
    Source {
        address: "10.1.0.2",
        targets: &["10.1.0.1", "10.1.0.9"],
        interface: "eth0",
    },
    Source {
        address: "203.0.113.7",
        targets: &["10.1.0.1", "10.1.0.9"],
        interface: "eth0",
    },
    Source {
        address: "203.0.113.130",
        targets: &["10.1.0.1", "10.1.0.9"],
        interface: "eth0",
    },
    Source {
        address: "10.2.0.2",
        targets: &["10.2.0.1"],
        interface: "eth1",
    },
    Source {
        address: "198.51.100.5",
        targets: &["10.2.0.1"],
        interface: "eth1",
    },
    Source {
        address: "fd01::2",
        targets: &["fd01::1", "fd01::9"],
        interface: "eth0",
    },
    Source {
        address: "2001:db8:a::7",
        targets: &["fd01::1", "fd01::9"],
        interface: "eth0",
    },
    Source {
        address: "fd02::2",
        targets: &["fd02::1"],
        interface: "eth1",
    },
    Source {
        address: "2001:db8:b::5",
        targets: &["fd02::1"],
        interface: "eth1",
    },
];

/// Addresses and routes of one host (`H`), its client (`C`) and container (`K`).
const TOPOLOGY: &str = "
netns add H
netns add C
netns add K
link add eth0 netns H type veth peer name eth0 netns C
link add eth1 netns H type veth peer name eth1 netns C
link add podman0 netns H type veth peer name eth0 netns K
";

const HOST: &str = "
link set lo up
link set eth0 up
link set eth1 up
link set podman0 up
addr add 10.1.0.1/24 dev eth0
addr add 10.1.0.9/24 dev eth0
addr add 10.2.0.1/24 dev eth1
addr add 172.30.0.1/24 dev podman0
addr add fd01::1/64 dev eth0 nodad
addr add fd01::9/64 dev eth0 nodad
addr add fd02::1/64 dev eth1 nodad
addr add fd30::1/64 dev podman0 nodad
route add 203.0.113.0/24 via 10.1.0.2
route add 198.51.100.0/24 via 10.2.0.2
route add 2001:db8:a::/48 via fd01::2
route add 2001:db8:b::/48 via fd02::2
";

const CLIENT: &str = "
link set lo up
link set eth0 up
link set eth1 up
addr add 10.1.0.2/24 dev eth0
addr add 10.2.0.2/24 dev eth1
addr add fd01::2/64 dev eth0 nodad
addr add fd02::2/64 dev eth1 nodad
addr add 203.0.113.7/32 dev lo
addr add 203.0.113.130/32 dev lo
addr add 198.51.100.5/32 dev lo
addr add 2001:db8:a::7/128 dev lo nodad
addr add 2001:db8:b::5/128 dev lo nodad
";

const CONTAINER: &str = "
link set lo up
link set eth0 up
addr add 172.30.0.2/24 dev eth0
addr add fd30::2/64 dev eth0 nodad
route add default via 172.30.0.1
route add default via fd30::1
";

/// ICMP errors are otherwise limited to about one a second and peer, which
/// would make a rejected probe look dropped.
///
/// And connections are forgotten after a second, so that a list cannot see
/// those of the one before.
const SYSCTLS: [&str; 10] = [
    "net.ipv4.icmp_ratelimit=0",
    "net.ipv4.icmp_msgs_per_sec=100000",
    "net.ipv4.icmp_msgs_burst=10000",
    "net.ipv6.icmp.ratelimit=0",
    "net.ipv4.ip_forward=1",
    "net.ipv6.conf.all.forwarding=1",
    "net.ipv4.conf.all.rp_filter=1",
    "net.netfilter.nf_conntrack_udp_timeout=1",
    "net.netfilter.nf_conntrack_udp_timeout_stream=1",
    "net.netfilter.nf_conntrack_tcp_timeout_close=1",
];

/// What a container engine does for a published port: destination NAT at
/// `dstnat`.
const PUBLISH: &str = "
table inet engine {
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    fib daddr type local meta nfproto ipv4 tcp dport 8080 dnat ip to 172.30.0.2:80
    fib daddr type local meta nfproto ipv6 tcp dport 8080 dnat ip6 to [fd30::2]:80
  }
}
";

/// A host with its client and container.
pub(crate) struct Site {
    name: String,
    services: Vec<Child>,
    client: Agent,
    host: Agent,
}

/// A process in a namespace that answers every line with a line.
pub(crate) struct Agent {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Agent {
    pub(crate) fn start(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let input = child.stdin.take().expect("a pipe");
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        Self {
            child,
            input,
            output,
        }
    }

    pub(crate) fn read(&mut self) -> String {
        let mut line = String::new();
        let length = self.output.read_line(&mut line).expect("a line");
        assert!(length > 0, "a helper in a namespace ended");
        line
    }

    pub(crate) fn ask(&mut self, request: &str) -> String {
        writeln!(self.input, "{request}").expect("the helper reads");
        self.read()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Site {
    /// Builds the namespaces NAME-h, NAME-c, NAME-k and starts their services.
    pub(crate) fn new(name: &str) -> Self {
        destroy(name);
        let mut batch = TOPOLOGY.to_owned();
        for role in ["H", "C", "K"] {
            let namespace = namespace(name, role);
            batch = batch
                .replace(&format!("netns {role}"), &format!("netns {namespace}"))
                .replace(
                    &format!("netns add {role}"),
                    &format!("netns add {namespace}"),
                );
        }
        run(Command::new("ip").args(["-batch", "-"]), &batch);
        for (role, setup) in [("H", HOST), ("C", CLIENT), ("K", CONTAINER)] {
            let namespace = namespace(name, role);
            run(
                Command::new("ip").args(["-n", &namespace, "-batch", "-"]),
                setup,
            );
            run(
                in_namespace(name, role, "sysctl").arg("-qw").args(SYSCTLS),
                "",
            );
        }
        run(in_namespace(name, "H", "nft").args(["-f", "-"]), PUBLISH);
        let host: Vec<&str> = SOURCES.iter().flat_map(|s| s.targets).copied().collect();
        let client = SOURCES.map(|source| source.address);
        let services = vec![
            serve(name, "H", &host, &PORTS),
            serve(name, "C", &client, &PORTS),
            serve(name, "K", &["172.30.0.2", "fd30::2"], &[80]),
        ];
        Self {
            name: name.to_owned(),
            services,
            client: prober(name, "C"),
            host: prober(name, "H"),
        }
    }

    /// A command on the host.
    pub(crate) fn host(&self, program: &str) -> Command {
        in_namespace(&self.name, "H", program)
    }

    /// A command on the client.
    pub(crate) fn client(&self, program: &str) -> Command {
        in_namespace(&self.name, "C", program)
    }

    /// Gives nft a ruleset on the host.
    pub(crate) fn nft(&self, ruleset: &str) {
        run(self.host("nft").args(["-f", "-"]), ruleset);
    }

    /// Sends the probes, all at once and all in one direction; one list of
    /// results for each.
    pub(crate) fn probe(&mut self, probes: &[Probe]) -> Vec<Vec<Seen>> {
        let sender = match probes.first().map(lists::direction) {
            Some(Direction::Out) => &mut self.host,
            _ => &mut self.client,
        };
        let request = serde_json::to_string(probes).expect("probes");
        serde_json::from_str(&sender.ask(&request)).expect("results")
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        for child in &mut self.services {
            let _ = child.kill();
            let _ = child.wait();
        }
        destroy(&self.name);
    }
}

fn namespace(name: &str, role: &str) -> String {
    format!("{name}-{}", role.to_lowercase())
}

fn destroy(name: &str) {
    for role in ["H", "C", "K"] {
        let mut command = Command::new("ip");
        command.args(["netns", "del", &namespace(name, role)]);
        let _ = command.stderr(Stdio::null()).status();
    }
}

fn myself() -> String {
    let path = std::env::current_exe().expect("this program has a path");
    path.to_str().expect("a path in UTF-8").to_owned()
}

fn in_namespace(name: &str, role: &str, program: &str) -> Command {
    let mut command = Command::new("ip");
    command.args(["netns", "exec", &namespace(name, role), program]);
    command
}

fn prober(name: &str, role: &str) -> Agent {
    let mut command = in_namespace(name, role, &myself());
    command.arg("--agent-probe");
    Agent::start(command)
}

fn serve(name: &str, role: &str, addresses: &[&str], ports: &[u16]) -> Child {
    let mut addresses: Vec<IpAddr> = addresses
        .iter()
        .map(|a| a.parse().expect("an address"))
        .collect();
    addresses.sort_unstable();
    addresses.dedup();
    let mut command = in_namespace(name, role, &myself());
    command.arg("--agent-listen");
    command.arg(serde_json::to_string(&(addresses, ports)).expect("arguments"));
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the listener starts");
    let mut ready = String::new();
    let output = child.stdout.take().expect("a pipe");
    BufReader::new(output)
        .read_line(&mut ready)
        .expect("a line");
    assert_eq!(
        ready, "ready\n",
        "the listener in {name}-{role} did not start"
    );
    child
}

/// Runs a command with standard input; it must succeed.
pub(crate) fn run(command: &mut Command, input: &str) {
    let mut child = command
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin
        .write_all(input.as_bytes())
        .expect("the command reads");
    drop(stdin);
    let output = child.wait_with_output().expect("the command ends");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{command:?} failed:\n{errors}\n{input}"
    );
}
