"""Hetzner's metadata service, as far as a host asks it."""

ADDRESS = "169.254.169.254"
PATH = "hetzner/v1/metadata/network-config"


def network_config(mac, address):
    """What it says of a server: its public link, and its address with prefix length."""
    return f"""config:
- mac_address: {mac}
  name: eth0
  subnets:
  - ipv4: true
    type: dhcp
  - address: {address}
    gateway: fe80::1
    ipv6: true
    type: static
  type: physical
version: 1
"""


def serve(machine, link, mac, address):
    """Has a machine of the test be the service."""
    folder = "/run/metadata"
    machine.succeed(
        f"mkdir -p $(dirname {folder}/{PATH}) && cat > {folder}/{PATH} <<'EOF'\n{network_config(mac, address)}EOF",
        f"ip addr add {ADDRESS}/32 dev {link}",
        f"systemd-run --quiet --collect --unit=metadata /etc/prover/agent serve {ADDRESS} {folder}",
    )
    machine.wait_until_succeeds(f"ss -Hlnt | grep -q {ADDRESS}:80", timeout=120)
