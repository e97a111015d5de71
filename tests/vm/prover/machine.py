"""Facts about the machine: its size, its volumes and its links."""

import functools
import ipaddress
import json
import time

from .bench import link_of
from .hardware import ROLES
from .system import differs, each, output

# Global unicast (RFC 4291, section 2.4).
PUBLIC = ipaddress.ip_network("2000::/3")
# What a link may take to get its addresses, in seconds.
PATIENCE = 30


def settled(look):
    """Looks again until the fact holds: addresses and disks come when they come."""

    @functools.wraps(look)
    def patient(bench, check):
        end = time.monotonic() + PATIENCE
        while (reason := look(bench, check)) and time.monotonic() < end:
            time.sleep(1)
        return reason

    return patient


def links(bench):
    """All links but that of the test, by name."""
    found = json.loads(bench.server.succeed("ip -j addr show"))
    return {link["ifname"]: link for link in found if link["ifname"] != link_of(bench.server)}


def addresses(link):
    return [ipaddress.ip_interface(f"{it['local']}/{it['prefixlen']}") for it in link["addr_info"]]


def default_routes(bench, name, version):
    routes = json.loads(bench.server.succeed(f"ip -{version} -j route show default dev {name}"))
    return [route.get("gateway", "the link itself") for route in routes]


def shown(items):
    return ", ".join(str(item) for item in items) or "none"


@each
def processors(bench, check):
    return differs(output(bench, "nproc"), str(check["count"]))


@each
def memory(bench, check):
    total = int(output(bench, "awk '/^MemTotal/ { print $2 }' /proc/meminfo")) * 1024
    # Firmware and kernel take a part.
    return None if total >= check["bytes"] * 9 // 10 else f"it has {total} bytes instead of {check['bytes']}"


@each
@settled
def mount(bench, check):
    status, found = bench.server.execute(f"findmnt --noheadings --raw --output SOURCE,FSTYPE {check['path']}")
    if status != 0:
        return "nothing is mounted there"
    return differs(found.strip(), f"{output(bench, 'readlink -f ' + check['device'])} {check['file_system']}")


@each
@settled
def link(bench, check):
    found = links(bench).get(check["name"])
    if found is None:
        return f"there is no such link, but {shown(links(bench))}"
    address = check["mac"] or ROLES[check["role"]]
    if not found["address"].startswith(address):
        return f"its hardware address is {found['address']}"
    if check["mtu"] and found["mtu"] != check["mtu"]:
        return f"its MTU is {found['mtu']} instead of {check['mtu']}"
    has = [str(address) for address in addresses(found)]
    if missing := [address for address in check["addresses"] if address not in has]:
        return f"{shown(missing)} is missing; its addresses are {shown(has)}"
    ways = default_routes(bench, check["name"], 4) + default_routes(bench, check["name"], 6)
    if check["gateway"] and check["gateway"] not in ways:
        return f"its default routes are {shown(ways)}"
    if check["role"] == "private" and not check["gateway"] and ways:
        return f"it is a way out, by {shown(ways)}"
    return None


@each
@settled
def address_in(bench, check):
    network = ipaddress.ip_network(check["network"])
    found = [address for link in links(bench).values() for address in addresses(link)]
    return None if any(address.ip in network for address in found) else f"its addresses are {shown(found)}"


@each
@settled
def public_ipv6(bench, check):
    found = {
        name: [address for address in addresses(link) if address.ip in PUBLIC] for name, link in links(bench).items()
    }
    public = [address for of_link in found.values() for address in of_link]
    if bool(public) != check["present"]:
        return f"its public IPv6 addresses: {shown(public)}"
    if public and not any(of_link and default_routes(bench, name, 6) for name, of_link in found.items()):
        return "it has no IPv6 route to the internet"
    return None


PROVERS = {
    "processors": processors,
    "memory": memory,
    "mount": mount,
    "link": link,
    "address-in": address_in,
    "public-ipv6": public_ipv6,
}
