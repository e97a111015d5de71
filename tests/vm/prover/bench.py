"""The machines of the test, wired so that every source of the facts can knock."""

import base64
import contextlib
import ipaddress
import json
import re
import shlex
import time

from . import hardware, metadata

# Of the network namespace that stands for a container on the host; no rule
# and no source is in there (RFC 1918 and RFC 4193, chosen at random once).
CONTAINER = {4: ("10.233.7.1", "10.233.7.2", 24), 6: ("fd5e:33a1:7c0::1", "fd5e:33a1:7c0::2", 64)}
INSIDE = "ip netns exec container "
KEY = "/root/prover-key"
# What the metadata service names, as a provider's: ::1 of a network (RFC 3849).
SERVER6 = "2001:db8:c0de:1::1/64"


def family(address):
    return 6 if ":" in address else 4


def link_of(machine):
    """The link that leads to the others; the driver's machines name it so."""
    return getattr(machine, "link", "eth1")


def describe(result):
    status, output = result
    return f"exit {status}: {output.strip()[-300:] or '(no output)'}"


def booted(machine):
    """Waits for the machine. The driver gives it five minutes to start a shell,
    which one of three emulated machines on a busy computer may exceed."""
    for again in [True, True, False]:
        try:
            return machine.wait_for_unit("multi-user.target")
        except RuntimeError as error:
            if not again or "Shell did not start" not in str(error):
                raise
            print(f"{machine.name} is slow; waiting on")


class Bench:
    def __init__(self, machines, facts, make_file_system=None):
        self.server = machines["server"]
        self.outside = machines["outside"]
        self.operator = machines["operator"]
        self.facts = facts
        self.make_file_system = make_file_system
        self.stage = "vm"
        self.address = {}
        self.listeners = {}
        self.caught_up = 0
        # What takes back the rules of an open gate.
        self.gate = []

    def start(self):
        hardware.start(self.server, self.facts, self.make_file_system)
        self.outside.start()
        self.operator.start()
        for machine in [self.server, self.outside, self.operator]:
            booted(machine)
            # networkd takes away what it finds on a link when it configures it.
            machine.wait_until_succeeds(f"networkctl --no-legend list {link_of(machine)} | grep -qw configured", timeout=300)
        if self.server.execute("systemd-detect-virt --container --quiet")[0] == 0:
            self.stage = "container"
        else:
            # Volumes come when they come; the boot is over after them.
            self.server.execute("timeout 600 systemctl is-system-running --wait")
            print(self.server.succeed("systemd-analyze; systemd-analyze blame | head -12"))
            self.serve_metadata()
        self.connect()

    def serve_metadata(self):
        """As Hetzner does, for a host that asks."""
        if self.server.execute("systemctl cat hostwright-ipv6")[0] != 0:
            return
        mac = self.server.succeed("cat /sys/class/net/*/address | grep ^96").split()[0]
        metadata.serve(self.outside, link_of(self.outside), mac, SERVER6)
        self.server.succeed(f"ip route add {metadata.ADDRESS} dev {link_of(self.server)}")
        # It has asked in vain, and asks again after a while.
        self.server.wait_until_succeeds("systemctl show --property=SubState hostwright-ipv6 | grep -q =exited", timeout=300)

    def connect(self):
        """Addresses and ways, keys, and a fail2ban that spares those who knock."""
        for version in [4, 6]:
            self.address[version] = self.own_address(version)
        for source in self.sources():
            self.wire(source)
        self.make_keys()
        if self.exempt_networks():
            self.server.execute("timeout 120 sh -c 'until fail2ban-client status sshd; do sleep 1; done'")
            self.spare()

    def own_address(self, version):
        """The address by which the other machines know the server."""
        show = f"ip -{version} -j addr show dev {link_of(self.server)} scope global"
        self.server.wait_until_succeeds(f"{show} | grep -q local", timeout=120)
        links = json.loads(self.server.succeed(show))
        return links[0]["addr_info"][0]["local"]

    def sources(self):
        """All senders and receivers that the facts name, each once."""
        found = {}
        for fact in self.facts:
            check = fact["check"]
            if "source" in check:
                found[check["source"]["address"]] = check["source"]
        return list(found.values())

    def machine_of(self, source):
        return self.operator if source["name"] == "operator" else self.outside

    def wire(self, source):
        """Gives the source's address to its machine, and the way back to the
        server: without it the reverse-path filter drops what a rule should."""
        address, version = source["address"], family(source["address"])
        length, flags = (32, "") if version == 4 else (128, "nodad")
        machine = self.machine_of(source)
        machine.succeed(f"ip addr replace {address}/{length} dev {link_of(machine)} {flags}")
        self.server.succeed(f"ip -{version} route replace {address}/{length} dev {link_of(self.server)}")

    def make_keys(self):
        """A key pair of this run, beside the declared keys of every user who may try."""
        public = self.operator.succeed(f"ssh-keygen -q -t ed25519 -N '' -f {KEY} && cat {KEY}.pub")
        private = self.operator.succeed(f"base64 -w0 {KEY}").strip()
        self.outside.succeed(f"echo {private} | base64 -d > {KEY} && chmod 600 {KEY}")
        self.public_key = public.strip()
        logins = [f["check"] for f in self.facts if f["check"]["kind"] == "ssh-login"]
        for user in sorted({check["user"] for check in logins}):
            file = f"/etc/ssh/authorized_keys.d/{user}"
            self.server.succeed(f"echo {shlex.quote(self.public_key)} >> {file} && chmod 444 {file}")

    # --- knocking ---

    def knock(self, machine, probes, seconds=3, workers=64):
        """What each [transport, source, destination, port] ends in."""
        text = base64.b64encode(json.dumps(probes).encode()).decode()
        agent = getattr(machine, "agent", "/etc/prover/agent")
        return json.loads(machine.succeed(f"echo {text} | base64 -d | {agent} probe {seconds} {workers}"))

    def knock_from(self, source, transport, port, destination=None, seconds=3):
        destination = destination or self.address[family(source["address"])]
        probe = [transport, source["address"], destination, port]
        return self.knock(self.machine_of(source), [probe], seconds)[0]

    def listen(self, machine, name, ports, inside=""):
        """Listeners at `ports` (sorted pairs of transport and number), once."""
        key = (machine.name, name)
        if self.listeners.get(key) == ports:
            return
        if hasattr(machine, "listen"):
            machine.listen(name, [f"{transport}:{port}" for transport, port in ports])
            self.listeners[key] = ports
            return
        unit = f"prover-{name}"
        machine.execute(f"systemctl stop {unit}.service 2>/dev/null")
        words = " ".join(f"{transport}:{port}" for transport, port in ports)
        machine.succeed(f"systemd-run --quiet --collect --unit={unit} {inside}/etc/prover/agent listen {words}")
        machine.wait_until_succeeds(f"journalctl --unit={unit} --boot --output=cat | tail -1 | grep -qx listening", timeout=60)
        self.listeners[key] = ports

    def quiet(self):
        """Ends the listeners on the server."""
        self.server.succeed("systemctl stop 'prover-*'")
        self.listeners = {}

    # --- the host's firewall ---

    def forget(self):
        """Empties the memory of `limit`: what the prover did before is not the
        fact's business."""
        tables = json.loads(self.server.succeed("nft --json list sets table inet hostwright"))
        flushes = [f"flush set inet hostwright {entry['set']['name']}" for entry in tables["nftables"] if "set" in entry]
        self.server.succeed(f"nft '{'; '.join(flushes)}'")

    def gate_open(self):
        """Lets everything in and out, so that a probe shows that its listener
        answers and its way is routed. All else of the path stays."""
        for chain in ["hostwright prerouting", "nixos-fw input", "hostwright output"]:
            status, text = self.server.execute(f"nft --echo --handle insert rule inet {chain} accept")
            if status == 0:
                self.gate.append(f"delete rule inet {chain} handle {re.search('# handle ([0-9]+)', text)[1]}")
            # Only a host that restricts its own connections has it.
            elif not chain.endswith("output"):
                raise Exception(f"the chain {chain} is missing")

    def gate_closed(self):
        """The rules as they were; a reload would mend what is broken."""
        self.server.succeed(f"nft '{'; '.join(self.gate)}'")
        self.gate = []

    def controlled(self, facts, look, control):
        """Reasons from `look`, which says for each fact why it does not hold.
        Where a fact holds because nothing came through, `control` must find the
        way open once all rules are away, or nothing was proven. A control that
        misses is repeated for a minute, and then the look with it: what kept the
        one away (a slow machine) may have kept the other. A fact that does not
        hold at any look does not hold."""
        end = time.monotonic() + 60
        reasons = look(facts)
        waiting = [fact for fact in facts if fact["id"] not in reasons]
        while waiting:
            try:
                self.gate_open()
                missed = control(waiting)
            finally:
                self.gate_closed()
            waiting = [fact for fact in waiting if fact["id"] in missed]
            if not waiting or time.monotonic() > end:
                break
            again = look(waiting)
            reasons |= again
            waiting = [fact for fact in waiting if fact["id"] not in again]
        lost = {fact["id"]: f"no positive control: with all rules away, {missed[fact['id']]}" for fact in waiting}
        return reasons | lost

    # --- fail2ban ---

    @contextlib.contextmanager
    def watched(self, port):
        """Only in here failed logins of a source count. Knocking at the port of
        sshd is one, which fail2ban reads from the journal when it gets to it:
        before they count, and before they do not any more, it catches up."""
        self.spare()
        self.catch_up(port)
        self.fail2ban("delignoreip")
        try:
            yield
        finally:
            self.spare()
            self.catch_up(port)
            # What was counted before becomes a ban within a second.
            time.sleep(1)
            self.server.execute("fail2ban-client unban --all")

    def spare(self):
        """No failed login of a source counts, until `watched`."""
        self.fail2ban("addignoreip")

    def catch_up(self, port):
        """Waits until fail2ban has read what sshd logged: it reads in order, so
        it is done when it names an address that failed to log in last."""
        for _ in range(3):
            self.caught_up += 1
            address = f"127.0.7.{self.caught_up}"
            self.server.execute(
                f"timeout 60 ssh -b {address} -p {port} -o BatchMode=yes -o StrictHostKeyChecking=no"
                " -o UserKnownHostsFile=/dev/null nosuchuser@127.0.0.1"
            )
            end = time.monotonic() + 30
            while time.monotonic() < end:
                if self.noticed(address):
                    return
                time.sleep(0.2)
        raise Exception("fail2ban does not notice a failed login")

    def noticed(self, address):
        """How many failures of an address fail2ban has read, counted or not."""
        pattern = rf"(Found|Ignore) {re.escape(address)} "
        return int(self.server.execute(f"journalctl --quiet --boot --output=cat --grep='{pattern}' | wc -l")[1])

    def fail2ban(self, command):
        """For all sources that it does not exempt by itself."""
        exempt = [ipaddress.ip_network(network) for network in self.exempt_networks()]
        lines = [
            f"fail2ban-client set sshd {command} {source['address']}"
            for source in self.sources()
            if not any(ipaddress.ip_address(source["address"]) in network for network in exempt)
        ]
        # Fails where the host or a twin has no fail2ban, and for what is so already.
        self.server.execute("; ".join(lines))

    def exempt_networks(self):
        """Of fail2ban, as the description says."""
        checks = [fact["check"] for fact in self.facts if fact["check"]["kind"] == "fail2ban-ignores"]
        networks = [network for check in checks for network in check["networks"]]
        # fail2ban keeps a single address as one.
        return [network.removesuffix("/32").removesuffix("/128") for network in networks]

    # --- the container ---

    def make_container(self):
        """A namespace that is routed like a container; its ports are published
        by destination NAT, as Docker and Podman do it."""
        if self.server.execute("ip netns pids container")[0] == 0:
            return
        self.server.succeed(
            "ip netns add container",
            "ip link add container0 type veth peer name eth0 netns container",
            "ip link set container0 up",
            f"{INSIDE}ip link set eth0 up",
            f"{INSIDE}ip link set lo up",
            "sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1",
        )
        for version, (host, guest, length) in CONTAINER.items():
            flags = "nodad" if version == 6 else ""
            self.server.succeed(
                f"ip addr add {host}/{length} dev container0 {flags}",
                f"{INSIDE}ip addr add {guest}/{length} dev eth0 {flags}",
                f"{INSIDE}ip -{version} route add default via {host}",
            )

    def publish(self, ports):
        self.make_container()
        self.listen(self.server, "container", ports, INSIDE)
        lines = ["table inet prover_nat {", "chain prerouting {", "type nat hook prerouting priority dstnat;"]
        for transport in ["tcp", "udp"]:
            numbers = ", ".join(str(port) for kind, port in ports if kind == transport)
            if numbers:
                match = f"fib daddr type local {transport} dport {{ {numbers} }}"
                lines.append(f"meta nfproto ipv4 {match} dnat ip to {CONTAINER[4][1]}")
                lines.append(f"meta nfproto ipv6 {match} dnat ip6 to {CONTAINER[6][1]}")
        text = "\n".join(lines + ["}", "}"])
        self.server.execute("nft delete table inet prover_nat")
        self.server.succeed(f"nft -f - <<'EOF'\n{text}\nEOF")

    def unpublish(self):
        self.server.execute("nft delete table inet prover_nat")

    # --- logging in ---

    def ssh(self, source, port, user, options, command="true"):
        """(exit code, output) of an attempt to log in."""
        destination = self.address[family(source["address"])]
        words = (
            f"SSH_ASKPASS=/run/current-system/sw/bin/false SSH_ASKPASS_REQUIRE=force timeout 60"
            f" ssh -b {source['address']} -p {port} -i {KEY} -o IdentitiesOnly=yes"
            f" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
            f" -o ConnectTimeout=20 {options} {user}@{destination} {shlex.quote(command)} 2>&1"
        )
        return self.machine_of(source).execute(words)
