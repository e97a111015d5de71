//! A banned address reaches nothing, also no port that a container publishes.
//!
//! The firewall is table `inet hostwright`; NixOS's own `nixos-fw` is left out: it
//! can only close more, and what it closes nobody could find open first.

use std::collections::BTreeMap;

use hostwright::firewall::{Policy, Profiles, Rule, RuleSet};

use crate::cables::{ATTACKER, CONTAINER, OPERATOR};
use crate::fail2ban::{self, JAIL, is_banned};
use crate::machine::{Machine, wait_until};
use crate::server::{CONFIG, Method, Server};

/// The description whose configuration the fixtures are.
const DESCRIPTION: &str = include_str!("../../hosts/hetzner-cpx31.toml");

/// Beside the description's own rules: it opens no UDP port.
const UDP_RULE: &str = "allow 3478/udp";

/// What a container engine makes of `-p 443:443 -p 3478:3478/udp`.
const PUBLISHED: &str = "
table inet engine {
  chain prerouting {
    type nat hook prerouting priority dstnat;
    fib daddr type local tcp dport 443 dnat ip to 10.88.0.2
    fib daddr type local tcp dport 443 dnat ip6 to fd88::2
    fib daddr type local udp dport 3478 dnat ip to 10.88.0.2
    fib daddr type local udp dport 3478 dnat ip6 to fd88::2
  }
}
";

/// The server, a container behind it, and two who come from outside.
struct World {
    server: Server,
    attacker: Machine,
    operator: Machine,
    _container: Machine,
}

/// An address of the server and the one that its peer has there.
#[derive(Clone, Copy)]
struct Route {
    server: &'static str,
    peer: &'static str,
}

const ATTACK4: Route = Route {
    server: "198.51.100.1",
    peer: "198.51.100.66",
};
const ATTACK6: Route = Route {
    server: "2001:db8:66::1",
    peer: "2001:db8:66::66",
};
const OPERATE4: Route = Route {
    server: "203.0.113.1",
    peer: "203.0.113.7",
};
const OPERATE6: Route = Route {
    server: "2001:db8:7::1",
    peer: "2001:db8:7::7",
};

/// Where the guard lets anybody in: a daemon of the host, two published ports.
const OPEN: [(&str, u16, &str); 3] = [
    ("tcp", 80, "server"),
    ("tcp", 443, "container"),
    ("udp", 3478, "container"),
];

/// Table `inet hostwright` of the description, as a reload of NixOS loads it:
/// deleted and made anew in one transaction.
fn guard() -> String {
    let description: toml::Table = DESCRIPTION.parse().unwrap();
    let rules = description["firewall"]["rules"].as_array().unwrap();
    let rules = rules
        .iter()
        .map(|rule| rule.as_str().unwrap())
        .chain([UDP_RULE])
        .map(|rule| Rule::parse(rule, &Profiles::default()).unwrap())
        .collect();
    let content = RuleSet::new(rules, Policy::default()).guard_table();
    format!(
        "table inet hostwright\ndelete table inet hostwright\ntable inet hostwright {{\n{content}\n}}\n"
    )
}

impl World {
    fn start(jail: &str) -> Self {
        let server = Server::start(CONFIG);
        let container = Machine::start("container");
        let attacker = Machine::start("attacker");
        let operator = Machine::start("operator");
        let machine = &server.machine;
        machine.connect(&container, &CONTAINER);
        machine.connect(&attacker, &ATTACKER);
        machine.connect(&operator, &OPERATOR);
        machine.run("sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1");
        machine.serve("tcp/80");
        container.serve("tcp/443 udp/3478");
        machine.write("/run/engine.nft", PUBLISHED);
        machine.write("/run/guard.nft", &guard());
        machine.run("nft -f /run/engine.nft");
        machine.run("nft -f /run/guard.nft");
        fail2ban::start(machine, jail);
        Self {
            server,
            attacker,
            operator,
            _container: container,
        }
    }

    /// What the open ports say to a peer.
    fn answers(peer: &Machine, route: Route) -> BTreeMap<String, String> {
        OPEN.iter()
            .map(|(protocol, port, _)| {
                (
                    format!("{port}/{protocol}"),
                    peer.probe(protocol, route.server, *port),
                )
            })
            .collect()
    }

    /// Logs in as a user that sshd refuses, as bots do.
    fn fail_to_log_in(&self, peer: &Machine, route: Route) {
        let tried = self.server.login(peer, "root", route.server, Method::Key);
        assert!(!tried.status.success());
    }

    /// Fails to log in until fail2ban has had enough: within the five
    /// connections that the firewall's `limit` admits.
    fn earn_a_ban(&self, route: Route) {
        let machine = &self.server.machine;
        for _ in 0..5 {
            if !is_banned(machine, route.peer) {
                self.fail_to_log_in(&self.attacker, route);
            }
        }
        wait_until("the attacker is banned", || is_banned(machine, route.peer));
        // fail2ban says so before its action has made the table.
        wait_until("the ban is in nftables", || {
            machine
                .shell("nft list table inet f2b-table || :")
                .contains(route.peer)
        });
    }
}

/// Everything open answers.
fn all_open() -> BTreeMap<String, String> {
    OPEN.iter()
        .map(|(protocol, port, name)| (format!("{port}/{protocol}"), (*name).to_owned()))
        .collect()
}

/// No port answers, not even with a refusal.
fn all_silent() -> BTreeMap<String, String> {
    all_open()
        .into_keys()
        .map(|port| (port, "silent".to_owned()))
        .collect()
}

fn is_banned_from_everything(route: Route) {
    let world = World::start(JAIL);
    let machine = &world.server.machine;
    assert_eq!(World::answers(&world.attacker, route), all_open());
    world.earn_a_ban(route);
    assert_eq!(World::answers(&world.attacker, route), all_silent());
    assert_eq!(world.attacker.probe("tcp", route.server, 22), "silent");
    // Nobody else suffers.
    assert_eq!(World::answers(&world.operator, OPERATE4), all_open());

    machine.run("nft -f /run/guard.nft");
    assert_eq!(
        World::answers(&world.attacker, route),
        all_silent(),
        "after a reload of the firewall"
    );
    assert_eq!(
        World::answers(&world.operator, OPERATE4),
        all_open(),
        "after a reload of the firewall"
    );

    machine.run(&format!("fail2ban-client set sshd unbanip {}", route.peer));
    assert_eq!(
        World::answers(&world.attacker, route),
        all_open(),
        "after the ban"
    );
}

#[test]
fn a_banned_address_reaches_nothing() {
    is_banned_from_everything(ATTACK4);
}

#[test]
fn a_banned_ipv6_address_reaches_nothing() {
    is_banned_from_everything(ATTACK6);
}

#[test]
fn an_exempt_address_is_never_banned() {
    let world = World::start(JAIL);
    let machine = &world.server.machine;
    for route in [OPERATE4, OPERATE6] {
        for _ in 0..5 {
            world.fail_to_log_in(&world.operator, route);
        }
        // Its failures were seen, as many as ban somebody else.
        let ignored = format!("Ignore {} by ip", route.peer);
        wait_until(&ignored, || {
            machine.read("/run/messages").matches(&ignored).count() >= 5
        });
    }
    world.earn_a_ban(ATTACK4);
    for route in [OPERATE4, OPERATE6] {
        assert!(!is_banned(machine, route.peer));
        assert_eq!(World::answers(&world.operator, route), all_open());
    }
}

/// The action as upstream has it drops in `input`, where a published port is
/// never seen: what our own action and these tests are for.
#[test]
fn upstreams_action_leaves_published_ports_open() {
    let ours = "nftables-allports[chain_hook=prerouting, chain_priority=-110, blocktype=drop]";
    assert!(JAIL.contains(ours));
    let world = World::start(&JAIL.replace(ours, "nftables-allports"));
    world.earn_a_ban(ATTACK4);
    let mut expected = all_open();
    expected.insert("80/tcp".to_owned(), "refused".to_owned());
    assert_eq!(World::answers(&world.attacker, ATTACK4), expected);
}
