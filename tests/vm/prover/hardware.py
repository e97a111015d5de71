"""The machine that a description says: its size, its volumes and its links, as
arguments of QEMU. The public link and what the firmware calls itself are in
tests/vm/default.nix."""

import ipaddress
import itertools
import os
import re
import subprocess

# Large enough for the smallest XFS, 300 MB (mkfs.xfs(8)); nothing is written.
VOLUME_BYTES = 512 << 20
# Hetzner's private links have addresses 86:..., public ones 92:... and 96:...
# (cloud-init's EXTRA_HOTPLUG_UDEV_RULES for Hetzner).
ROLES = {"private": ("86:",), "public": ("92:", "96:")}
# For links that are in no described network (RFC 2544).
ELSEWHERE = "198.18.{}.0/24"


def checks(facts, kind):
    return [fact["check"] for fact in facts if fact["check"]["kind"] == kind]


def size(facts):
    for check in checks(facts, "memory"):
        # What the guest does not touch is not taken from this computer. Shared, as
        # the test framework wants it.
        megabytes = f"{check['bytes'] >> 20}M"
        yield f"-m {megabytes} -object memory-backend-memfd,id=described,size={megabytes},share=on,reserve=off"
        yield "-machine memory-backend=described"
    for check in checks(facts, "processors"):
        yield f"-smp {check['count']}"


def disk(number, device, file):
    """A disk that udev gives this path. The controllers of Hetzner and
    DigitalOcean name themselves and the volume, QEMU's own has a serial number."""
    yield f"-drive if=none,id=volume{number},format=raw,file={file}"
    if found := re.fullmatch("/dev/disk/by-id/scsi-0(HC|DO)_Volume_(.+)", device):
        vendor, name = found.groups()
        yield f"-device virtio-scsi-pci,id=scsi{number}"
        yield f"-device scsi-hd,bus=scsi{number}.0,drive=volume{number},vendor={vendor},product=Volume,device_id={name}"
    else:
        serial = device.removeprefix("/dev/disk/by-id/virtio-")
        yield f"-device virtio-blk-pci,drive=volume{number},serial={serial}"


def volumes(facts, folder, make_file_system):
    """Fresh volumes with the file system that they are to have."""
    for number, check in enumerate(checks(facts, "mount")):
        file = f"{folder}/volume{number}"
        with open(file, "w") as f:
            f.truncate(VOLUME_BYTES)
        subprocess.run([make_file_system[check["file_system"]], "-q", file], check=True)
        yield from disk(number, check["device"], file)


def links(facts):
    """(hardware address, network) of each link beside the public one. What
    is in a private network and has no name is a link as well."""
    private = [check["network"] for check in checks(facts, "address-in")]
    generic = (f"86:00:00:00:00:{number:02x}" for number in range(1, 256))
    elsewhere = (ELSEWHERE.format(number) for number in range(256))
    for check in checks(facts, "link"):
        if check["role"] != "public":
            address = check["mac"] or next(generic)
            by_dhcp = not check["addresses"] and private
            yield address, private.pop(0) if by_dhcp else next(elsewhere)
    for network in private:
        yield next(generic), network


def link(number, address, network):
    """With DHCP, which also offers a way out, by the first addresses of the network."""
    gateway, name_server, first = itertools.islice(ipaddress.ip_network(network).hosts(), 3)
    yield f"-netdev user,id=link{number},ipv6=off,net={network},host={gateway},dns={name_server},dhcpstart={first}"
    yield f"-device virtio-net-pci,netdev=link{number},mac={address}"


def arguments(facts, folder, make_file_system):
    words = [*size(facts), *volumes(facts, folder, make_file_system)]
    for number, (address, network) in enumerate(links(facts)):
        words += link(number, address, network)
    return words


def start(machine, facts, make_file_system):
    """Starts a machine of the NixOS test driver, whose script takes further arguments
    of QEMU from the environment."""
    before = os.environ.get("QEMU_OPTS", "")
    words = arguments(facts, machine.state_dir, make_file_system)
    os.environ["QEMU_OPTS"] = " ".join([before, *words])
    try:
        machine.start()
    finally:
        os.environ["QEMU_OPTS"] = before
