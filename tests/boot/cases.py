"""What must hold of an image on every machine that may boot it.

cases.py FOLDER CASE...    in namespaces of its own; tests/boot/run does that
FOLDER holds NAME.raw or NAME.qcow2 (an unpacked image) and NAME.json (facts of its description).
"""

import base64
import os
import random
import re
import shutil
import subprocess
import sys
import time
import traceback

import network
from commands import Broken
from prove import facts_of, machine, neighbours, prove
from prover import metadata

WORK = sys.argv[1]
# What shows that a first boot came to its end.
QUICK = ["no-failed-units", "host-name", "swap-file", "unit-active", "sshd-setting", "account"]
COMBINATIONS = [("bios", "scsi", 1), ("uefi", "blk", 2), ("bios", "blk", 2), ("uefi", "scsi", 1)]
DISK = "$(readlink -f /dev/disk/hostwright)"
# Partition table, boot.img and core.img; the ESP behind them marks itself as mounted.
BOOT_CODE = f"head -c 2M {DISK} | sha256sum"
ESP = "find /boot/efi -type f | sort | xargs sha256sum"
# All that an image of Hetzner's asks for: its name is in the description.
ASKED = f"/{metadata.PATH}"
# Everything that a switch to the same system must leave alone.
BOOT_STATE = f"""
    echo table and boot code: $({BOOT_CODE})
    echo menu: $(sha256sum /boot/grub/grub.cfg /boot/grub/state)
    echo esp: $({ESP})
    echo generations: $(stat --format='%N %Y' /nix/var/nix/profiles/system-*) $(readlink /nix/var/nix/profiles/system)
    echo system: $(readlink -f /run/current-system)
"""


def image(name="host", form="raw"):
    return f"{WORK}/{name}.{form}"


def facts(name="host"):
    return facts_of(f"{WORK}/{name}.json")


class Boot:
    """A machine that is gone at the end of the block."""

    def __init__(self, name, *arguments, **hardware):
        folder = f"{WORK}/machines/{name}"
        shutil.rmtree(folder, ignore_errors=True)
        self.machine = machine(folder, *arguments, **hardware)

    def __enter__(self):
        return self.machine

    def __exit__(self, kind, *_):
        if kind and self.machine.process:
            try:
                print(f"screen: {self.machine.picture()}")
                print(self.machine.execute("systemctl list-jobs; systemctl --failed; journalctl -b -p warning | tail -50", 60)[1])
            except Exception as error:
                print(f"no journal: {error}")
        self.machine.kill()


def up(m):
    m.start()
    m.attach()
    m.wait_for_unit("multi-user.target")


def expect(condition, message):
    if not condition:
        raise Broken(message)


def grown(m):
    """The root fills the disk, the tables are whole, and Nix knows its store."""
    m.succeed("sfdisk --verify " + DISK)
    size = int(m.succeed("findmnt --noheadings --bytes --output SIZE /"))
    disk = int(m.succeed(f"blockdev --getsize64 {DISK}"))
    expect(size > 0.95 * (disk - (70 << 20)), f"the root has {size} bytes of a disk of {disk}")
    m.succeed("nix-store --verify", "nix-store --query --requisites /run/current-system | grep -q glibc", "! test -e /nix-path-registration")
    dead = m.succeed("nix-store --gc --print-dead 2>/dev/null")
    expect("/nix/store" not in dead, f"garbage in a new image: {dead}")


def contents():
    """Nothing but the system: no host keys, machine id, seeds or logs."""
    place = f"{WORK}/mounted"
    os.makedirs(place, exist_ok=True)
    subprocess.run(["mount", "-o", "loop,ro,noload,offset=69206016", image(), place], check=True)
    try:
        listed = subprocess.run(
            ["find", place, "-mindepth", "1", "(", "-path", f"{place}/nix/store/*", "-o", "-path", f"{place}/usr/*",
             "-o", "-path", f"{place}/boot/grub/*", ")", "-prune", "-o", "-printf", "%P %#m %U:%G %l\\n"],
            check=True, capture_output=True, text=True,
        ).stdout
    finally:
        subprocess.run(["umount", place], check=True)
    found = sorted(re.sub("/nix/store/[^ ]*", "STORE", line).strip() for line in listed.splitlines())
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "contents")) as file:
        expected = file.read().splitlines()
    expect(found == expected, "the image holds\n" + "\n".join(found))


def boots():
    """Both firmwares on both buses, one and two processors: every fact, from outside too."""
    around = neighbours()
    for number, (firmware, bus, cpus) in enumerate(COMBINATIONS):
        with Boot(f"{firmware}-{bus}", image(), firmware=firmware, bus=bus, cpus=cpus) as m:
            prove(m, around, facts(), [] if number < 2 else QUICK)
            expect((m.execute("test -d /sys/firmware/efi")[0] == 0) == (firmware == "uefi"), "the other firmware")
            expect(int(m.succeed("nproc")) == cpus, "other processors")
            grown(m)
            both_consoles(m)
            if number == 0:
                m.succeed("nix-store --verify --check-contents")
            expect(set(network.Metadata.asked) == {ASKED}, f"it asked for {network.Metadata.asked}")
            # What runs at night runs now.
            m.succeed("systemctl start logrotate.service")
            expect(m.execute("systemctl is-active network-online.target")[0] != 0, "something waits for the network")
            print(m.succeed("systemd-analyze"))


def both_consoles(m):
    """GRUB, kernel and login are on the serial line and on the screen."""
    # The kernel is quiet about what is no error.
    m.succeed("echo '<2>an error of the kernel' >/dev/kmsg; sleep 1")
    with open(m.serial, "rb") as file:
        serial = file.read()
    for word in [b"GNU GRUB", b"an error of the kernel", b" login:"]:
        expect(word in serial, f"no {word} on the serial line")
    m.succeed("grep -qx 'terminal_output --append serial' /boot/grub/grub.cfg")
    active = sorted(m.succeed("cat /sys/class/tty/console/active").split())
    expect(active == ["tty0", "ttyS0"], f"the kernel writes on {active}")
    m.succeed("systemctl is-active getty@tty1 serial-getty@ttyS0")


def panics():
    """Nobody sits at the console: a panic reboots, and so does a root that is missing."""
    with Boot("panics", image()) as m:
        up(m)
        # The answer of the shell is lost with the kernel.
        m.execute("systemd-run --on-active=1 sh -c 'echo c >/proc/sysrq-trigger'")
        m.again(120)
        up(m)
        grown(m)
        number = m.succeed("cat /sys/class/block/$(basename $(readlink -f /dev/disk/by-partlabel/root))/partition").strip()
        m.succeed(f"sfdisk --no-reread --force --part-label {DISK} {number} lost; sync")
        m.execute("systemctl reboot --no-block", 60)
        m.again()
        m.process.wait(timeout=600)
        m.process = None
        expect("Kernel panic" in m.last_lines(200), f"it ended without a panic: {m.last_lines()}")


def digitalocean():
    """As a droplet: the qcow2 image, virtio-blk, BIOS, a host name from DHCP that is not
    the description's, and a metadata service that is not needed."""
    hardware = {"firmware": "bios", "bus": "blk", "maker": "DigitalOcean"}
    with Boot("digitalocean", image("digitalocean", "qcow2"), **hardware) as m:
        prove(m, neighbours(), facts("digitalocean"), address6=f"{network.PREFIX}::1/64")
        grown(m)
        expect(network.Metadata.asked == [], f"it asked for {network.Metadata.asked}")


def key():
    """An image that differs in a key alone lets its owner in, untouched."""
    outside = neighbours()["outside"]
    with Boot("key", image("key")) as m:
        up(m)
        with open(f"{WORK}/key") as file:
            private = base64.b64encode(file.read().encode()).decode()
        outside.succeed(f"echo {private} | base64 -d >/root/key; chmod 600 /root/key")
        login = f"ssh -i /root/key -o StrictHostKeyChecking=no -o BatchMode=yes deploy@{network.LEASE}"
        print(outside.wait_until_succeeds(f"{login} 'id; sudo id -u' >/root/out 2>&1; grep -qx 0 /root/out || (cat /root/out; false)", 120))
        expect(outside.execute(f"ssh -o StrictHostKeyChecking=no -o BatchMode=yes deploy@{network.LEASE}")[0] != 0, "anybody gets in")


def silent():
    """No metadata service at all: it boots all the same, and keeps asking until there is one."""
    with Boot("silent", image()) as m:
        up(m)
        prove(m, {}, facts(), QUICK)
        address = f"ip -6 addr | grep -q {network.PREFIX}::1/64"
        expect(m.execute(address)[0] != 0, "an address from nowhere")
        network.serve_metadata(["v4"])
        m.wait_until_succeeds(address, 120)


def switches():
    """A switch to the same system changes nothing; a changed GRUB is installed anew
    and boots; a switch without room is refused."""
    for firmware, bus, cpus in COMBINATIONS:
        with Boot(f"switch-{firmware}-{bus}", image(), firmware=firmware, bus=bus, cpus=cpus) as m:
            m.add_disk(f"{WORK}/second.closure")
            up(m)
            switch_to_itself(m)
            switch_without_room(m)
            switch_to_second(m)
            m.execute("systemctl reboot --no-block", 60)
            m.again()
            up(m)
            expect("hostwright.second" in m.succeed("cat /proc/cmdline"), "the first generation was booted")
            grown(m)
            print(f"{firmware} {bus}: switched and booted the second generation")


def switch_to_itself(m):
    before = m.succeed(BOOT_STATE)
    m.succeed(
        "nix-env --profile /nix/var/nix/profiles/system --set $(readlink -f /run/current-system)",
        "/run/current-system/bin/switch-to-configuration switch",
    )
    after = m.succeed(BOOT_STATE)
    expect(before == after, f"a switch to the same system changed\n{before}\nto\n{after}")


def switch_without_room(m):
    before = m.succeed(BOOT_STATE)
    for path, name in [("/", "/fill"), ("/boot/efi", "/boot/efi/fill")]:
        m.execute(f"fallocate --length $(($(df --output=avail --block-size=1 {path} | tail -n 1) - 2000000)) {name} || dd if=/dev/zero of={name} bs=1M; sync")
        status, text = m.execute("/run/current-system/bin/switch-to-configuration switch")
        m.succeed(f"rm {name}; sync")
        expect(status != 0 and "no space for a switch" in text, f"full {path}: exit {status}: {text}")
    expect(before == m.succeed(BOOT_STATE), "a refused switch changed something")


def switch_to_second(m):
    with open(f"{WORK}/second") as file:
        second = file.read().strip()
    before, esp = m.succeed(BOOT_CODE), m.succeed(ESP)
    m.succeed("nix-store --import </dev/disk/by-id/*second* >/dev/null", f"nix-env --profile /nix/var/nix/profiles/system --set {second}")
    print(m.succeed(f"{second}/bin/switch-to-configuration boot"))
    m.succeed("grep -q hostwright.second /boot/grub/grub.cfg", "ls /nix/var/nix/profiles/system-2-link", "sync")
    expect(before != m.succeed(BOOT_CODE), "GRUB for a BIOS was not installed anew")
    expect(esp != m.succeed(ESP), "GRUB for UEFI was not installed anew")


def timeline():
    """Seconds from power-on to each stage of a first boot and of a second one."""
    outside = neighbours()["outside"]
    greet = f"/usr/bin/python3 -c 'import socket; s=socket.create_connection((\"{network.LEASE}\", 22), 2); assert s.recv(4) == b\"SSH-\"'"
    print("| boot | GRUB speaks | kernel starts | ssh answers | kernel | stage 1 | units |\n| --- | --- | --- | --- | --- | --- | --- |")
    for firmware, bus in [("bios", "scsi"), ("uefi", "blk")]:
        with Boot(f"timeline-{firmware}", image(), firmware=firmware, bus=bus, cpus=2) as m:
            for which in ["first", "second"]:
                if os.path.exists(m.serial):
                    os.remove(m.serial)
                m.start()
                grub = written(m, b"GNU GRUB")
                kernel = written(m, b"Booting")
                while outside.execute(greet)[0]:
                    time.sleep(0.2)
                ssh = time.monotonic() - m.started
                m.attach()
                m.wait_for_unit("multi-user.target")
                m.wait_until_succeeds("systemctl is-system-running | grep -vq starting")
                stages = re.findall(r"([\d.]+(?:min [\d.]+)?m?s) \((\w+)\)", m.succeed("systemd-analyze time"))
                parts = {name: span for span, name in stages}
                print(
                    f"| {which}, {firmware} {bus} | {grub:.1f} | {kernel:.1f} | {ssh:.1f} |"
                    f" {parts['kernel']} | {parts['initrd']} | {parts['userspace']} |"
                )
                print(m.succeed("systemd-analyze blame | head -12; systemd-analyze critical-chain sshd.service | tail -n +3"), file=sys.stderr)
                m.execute("systemctl poweroff --no-block", 60)
                m.process.wait(timeout=300)
                m.process = m.connection = None


def written(m, word):
    """Seconds from power-on until a word is on the serial line."""
    while True:
        if os.path.exists(m.serial):
            with open(m.serial, "rb") as file:
                if word in file.read():
                    return time.monotonic() - m.started
        expect(time.monotonic() - m.started < 300, f"no {word} on the serial line")
        time.sleep(0.1)


def metadata6():
    """A server without IPv4: no DHCP; the service answers at its link-local address."""
    outside = neighbours()["outside"]
    with Boot("metadata6", image()) as m:
        up(m)
        address = f"{network.PREFIX}::1"
        m.wait_until_succeeds(f"ip -6 addr | grep -q {address}/64", 120)
        prove(m, {}, facts(), ["no-failed-units", "host-name"])
        outside.wait_until_succeeds(f"/usr/bin/python3 -c 'import socket; s=socket.create_connection((\"{address}\", 22), 5); assert s.recv(4) == b\"SSH-\"'", 120)


def private():
    """A server with a private network only: DHCP without a way out, no metadata."""
    outside = neighbours()["outside"]
    with Boot("private", image()) as m:
        m.network = [word.replace(network.MAC, network.PRIVATE_MAC) for word in m.network]
        up(m)
        outside.wait_until_succeeds(f"/usr/bin/python3 -c 'import socket; s=socket.create_connection((\"{network.LEASE}\", 22), 5); assert s.recv(4) == b\"SSH-\"'", 120)
        expect(m.succeed("ip route show default").strip() == "", "a way out through the private network")
        prove(m, {}, facts(), ["no-failed-units", "host-name", "swap-file"])


def cuts(times=10):
    """The power goes at a random moment of the first boot: the next one completes."""
    seed = int(os.environ.get("HOSTWRIGHT_SEED", time.time()))
    print(f"HOSTWRIGHT_SEED={seed}")
    moments = random.Random(seed)
    whole = None
    for number in range(times):
        firmware, bus, cpus = COMBINATIONS[number % 4]
        with Boot(f"cut-{number}", image(), firmware=firmware, bus=bus, cpus=cpus) as m:
            # Of what a first boot takes here, from GRUB on.
            after = moments.uniform(10, whole or 120)
            m.start()
            time.sleep(after)
            m.kill()
            started = time.monotonic()
            up(m)
            whole = time.monotonic() - started
            prove(m, {}, facts(), ["no-failed-units", "host-name", "swap-file", "unit-active"])
            m.succeed("ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key", "test -s /etc/machine-id")
            grown(m)
            print(f"cut {number} after {after:.0f} s: {firmware} {bus}: complete")


# Case to what the world around the machine offers: DHCP options (None: no DHCP) and
# the metadata service's families.
CASES = {
    "contents": (contents, None, []),
    "boots": (boots, ["--dhcp-option-force=12,provider"], ["v4"]),
    "panics": (panics, [], ["v4"]),
    "digitalocean": (digitalocean, ["--dhcp-option-force=12,droplet"], ["v4"]),
    "key": (key, [], ["v4"]),
    "silent": (silent, [], []),
    "switches": (switches, [], ["v4"]),
    "timeline": (timeline, [], ["v4"]),
    "metadata6": (metadata6, None, ["v6"]),
    "private": (private, ["--dhcp-option=3"], []),
    "cuts": (cuts, [], ["v4"]),
}


def main(case):
    function, dhcp, families = CASES[case]
    network.lay_cables()
    if dhcp is not None:
        network.serve_dhcp(dhcp)
    network.serve_metadata(families)
    started = time.monotonic()
    function()
    print(f"{case}: passed in {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    try:
        main(sys.argv[2])
    except Exception:
        traceback.print_exc()
        sys.exit(f"{sys.argv[2]}: failed")
