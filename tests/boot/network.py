"""The world around the machine: a network with an outsider and an operator, DHCP,
and a provider's metadata service. All in namespaces of their own, which end with
the process."""

import http.server
import os
import subprocess
import threading

from commands import Commands
from prover import metadata

PYTHON = "/usr/bin/python3"
AGENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vm", "agent.py")
# RFC 5737 and RFC 3849. The server's IPv6 network is what the metadata says.
GATEWAY, LEASE = "192.0.2.1", "192.0.2.10"
PREFIX = "2001:db8:c0de:1"
METADATA = {"v4": metadata.ADDRESS, "v6": "fe80::a9fe:a9fe"}
MAC, PRIVATE_MAC = "96:00:00:00:00:01", "86:00:00:00:00:01"
NIC = ["-netdev", "tap,id=net,ifname=tap0,script=no,downscript=no", "-device", f"virtio-net-pci,netdev=net,mac={MAC}"]


def sh(text):
    subprocess.run(["bash", "-euc", text], check=True)


class Neighbour(Commands):
    """A machine beside the server: a network namespace on this computer."""

    agent = f"{PYTHON} {AGENT}"

    def __init__(self, name, number):
        self.name = name
        self.home = f"/run/{name}"
        self.listeners = {}
        sh(f"""
            ip netns add {name}
            ip link add {name}0 master br0 type veth peer name eth1 netns {name}
            ip link set {name}0 up
            ip -n {name} link set lo up
            ip -n {name} link set eth1 up
            ip -n {name} addr add 192.0.2.{number}/24 dev eth1
            ip -n {name} addr add {PREFIX}::{number}/64 dev eth1 nodad
            mkdir -p {self.home}
        """)

    def start(self):
        """Forgets the machine before."""
        sh(f"rm -f {self.home}/* {self.home}/.ssh/known_hosts")
        for process in self.listeners.values():
            process.kill()
        self.listeners = {}

    def wait_for_unit(self, unit):
        pass

    def execute(self, command, timeout=900):
        # Names such as /root/prover-key are of this neighbour alone.
        script = f"mount --bind {self.home} /root; {command}"
        done = subprocess.run(
            ["ip", "netns", "exec", self.name, "unshare", "--mount", "bash", "-c", script],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout, text=True, errors="replace",
        )
        return done.returncode, done.stdout

    def listen(self, name, words):
        """Replaces the listener of this name."""
        if name in self.listeners:
            self.listeners.pop(name).kill()
        process = subprocess.Popen(
            ["ip", "netns", "exec", self.name, PYTHON, AGENT, "listen", *words], stdout=subprocess.PIPE, text=True
        )
        if process.stdout.readline() != "listening\n":
            raise Exception(f"{self.name}: the listener ended")
        self.listeners[name] = process


class Metadata(http.server.BaseHTTPRequestHandler):
    """Hetzner's metadata service, as far as an image asks it."""

    asked = []

    def do_GET(self):
        type(self).asked.append(self.path)
        found = self.path == f"/{metadata.PATH}"
        self.send_response(200 if found else 404)
        self.end_headers()
        if found:
            self.wfile.write(metadata.network_config(MAC, f"{PREFIX}::1/64").encode())

    def log_message(self, *words):
        pass


class Metadata6(http.server.ThreadingHTTPServer):
    address_family = 10  # AF_INET6


def lay_cables():
    sh(f"""
        ip link set lo up
        ip link add br0 type bridge
        ip link set br0 address 02:00:00:00:00:01 addrgenmode none up
        ip tuntap add tap0 mode tap
        ip link set tap0 master br0 up
        ip addr add {GATEWAY}/24 dev br0
        ip addr add fe80::1/64 dev br0 nodad
    """)


def serve_dhcp(options=()):
    """Gives the machine its address and, unless an option says otherwise, a way out."""
    process = subprocess.Popen([
        "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--interface=br0", "--bind-interfaces",
        f"--dhcp-range={LEASE},{LEASE}", "--dhcp-leasefile=/run/leases", "--dhcp-authoritative", "--no-ping",
        # One machine after the other has the same link and another identity.
        "--dhcp-ignore-clid", f"--dhcp-host={MAC},{PRIVATE_MAC},{LEASE}",
        "--user=root", "--log-facility=/run/dnsmasq.log", *options,
    ])
    return process


def serve_metadata(families=("v4",)):
    servers = []
    for family in families:
        if family == "v4":
            sh(f"ip addr add {METADATA['v4']}/32 dev br0")
            server = http.server.ThreadingHTTPServer((METADATA["v4"], 80), Metadata)
        else:
            sh(f"ip addr add {METADATA['v6']}/64 dev br0 nodad")
            index = int(open("/sys/class/net/br0/ifindex").read())
            server = Metadata6((METADATA["v6"], 80, 0, index), Metadata)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
    return servers
