"""How to break a host for each kind of fact, and how to mend it.

Commands are formatted with the fields of the check, and with `source` as an
address. `{{` and `}}` are braces.
"""

from dataclasses import dataclass
from typing import Callable


def any_check(check):
    return True


@dataclass
class Twin:
    kind: str
    name: str
    # Part of the reason that the fact must give.
    reason: str
    breaks: list[str]
    undo: list[str]
    # Of which facts: the first that fits is taken.
    fits: Callable = any_check
    # Kinds of facts that the same fault may break too.
    explains: frozenset = frozenset()

    def commands(self, texts, bench, check):
        values = {key: value for key, value in check.items() if isinstance(value, (str, int))}
        if "source" in check:
            address = check["source"]["address"]
            family, six = ("ip6", "6") if ":" in address else ("ip", "")
            values |= {"address": address, "family": family, "six": six}
        values["networks"] = " ".join(bench.exempt_networks())
        return [text.format(**values) for text in texts]


def answer(wanted):
    return lambda check: check["answer"] == wanted


def replaced(file, change):
    """Puts a changed copy in place of a file, which may be a link into the store."""
    return [f"cp -P {file} /run/twin && cp -L {file} /run/twin.new && rm -f {file}", f"{change} /run/twin.new > {file}"]


def put_back(file):
    return [f"rm -f {file}", f"mv /run/twin {file}"]


def other_system(change):
    """Puts a copy of the running system's links in its place, with a change to
    what is on its path."""
    return [
        "mkdir /run/twin && cp -a /run/current-system/. /run/twin/ && rm /run/twin/sw",
        "cp -a \"$(readlink -f /run/current-system/sw)\" /run/twin/sw",
        change,
        "readlink /run/current-system > /run/twin.system && ln -sfn /run/twin /run/current-system",
    ]


SAME_SYSTEM = ["ln -sfn \"$(cat /run/twin.system)\" /run/current-system", "rm -r /run/twin /run/twin.system"]

GATE = [
    "nft insert rule inet hostwright prerouting accept",
    "nft insert rule inet nixos-fw input accept",
    # Only a host that restricts its own connections has this chain.
    "if nft list chain inet hostwright output; then nft insert rule inet hostwright output accept; fi",
]
RELOAD = ["systemctl reload nftables"]
DROP = ["nft insert rule inet hostwright prerouting {transport} dport {port} drop"]
STATIC_DROP = ["nft add table inet twin", "nft 'add chain inet twin c {{ type filter hook prerouting priority -110; }}'"]
NO_TWIN = ["nft delete table inet twin"]
SSHD = "/etc/ssh/sshd_config"
LAX = (
    "sed -e 's/^PermitRootLogin .*/PermitRootLogin yes/; s/^PasswordAuthentication .*/PasswordAuthentication yes/;"
    " s/^AuthenticationMethods .*//; s/^AllowUsers .*//'"
)
PACKETS = frozenset({"port", "published-port", "transit-dropped", "limit", "outgoing"})


def login(method, accepted):
    return lambda check: (check["method"], check["accepted"]) == (method, accepted)


# The links that facts are about: not that of the test.
LINKS = "for link in $(ls /sys/class/net | grep -vxe lo -e eth1); do {}; done"
RECONFIGURE = [LINKS.format("networkctl reconfigure $link")]

MACHINE = [
    Twin("processors", "one is switched off", "instead of", ["echo 0 > /sys/devices/system/cpu/cpu1/online"],
         ["echo 1 > /sys/devices/system/cpu/cpu1/online"], fits=lambda check: check["count"] > 1),
    # The kernel gives up blocks that nobody uses until a fifth is gone.
    Twin("memory", "a fifth is taken away", "bytes instead of",
         ["for block in /sys/devices/system/memory/memory*/state; do"
          " test $(awk '/^MemTotal/ {{ print $2 }}' /proc/meminfo) -gt $(({bytes} / 1280)) || break;"
          " if echo offline > $block; then echo $block >> /run/twin; fi; done"],
         ["while read -r block; do echo online > $block; done < /run/twin", "rm /run/twin"]),
    Twin("mount", "not mounted", "nothing is mounted", ["umount {path}"], ["mount {path}"]),
    Twin("mount", "something else in its place", "'twin tmpfs'", ["umount {path}", "mount -t tmpfs twin {path}"],
         ["umount {path}", "mount {path}"]),
    Twin("link", "another name", "there is no such link",
         ["ip link set {name} down", "ip link set {name} name twin", "ip link set twin up"],
         ["ip link set twin down", "ip link set twin name {name}", "ip link set {name} up", "networkctl reconfigure {name}"]),
    Twin("link", "another hardware address", "its hardware address is",
         ["cat /sys/class/net/{name}/address > /run/twin", "ip link set {name} address 02:00:00:00:00:07"],
         ["ip link set {name} address $(cat /run/twin)", "rm /run/twin", "networkctl reconfigure {name}"]),
    Twin("link", "another MTU", "its MTU is 1280", ["ip link set {name} mtu 1280"], ["ip link set {name} mtu {mtu}"],
         fits=lambda check: check["mtu"]),
    Twin("link", "without its address", "is missing", ["ip addr flush dev {name}"], ["networkctl reconfigure {name}"],
         fits=lambda check: check["addresses"]),
    Twin("link", "a way out that nobody asked for", "it is a way out", ["ip route add default dev {name} metric 4000"],
         ["ip route del default dev {name} metric 4000"], fits=lambda check: check["role"] == "private"),
    Twin("address-in", "no lease", "its addresses are",
         ["ip -o addr show to {network} | awk '{{ print $2 }}' > /run/twin", "ip addr flush dev $(cat /run/twin)"],
         ["networkctl reconfigure $(cat /run/twin)", "rm /run/twin"]),
    Twin("public-ipv6", "no address", "its public IPv6 addresses: none",
         [LINKS.format("ip -6 addr flush dev $link scope global")], RECONFIGURE, fits=lambda check: check["present"]),
    Twin("public-ipv6", "no way out", "no IPv6 route", [LINKS.format("while ip -6 route del default dev $link; do :; done")], RECONFIGURE,
         fits=lambda check: check["present"]),
    Twin("public-ipv6", "an address all the same", "its public IPv6 addresses: 2001:db8:7::1/64",
         ["ip link add twin type dummy", "ip addr add 2001:db8:7::1/64 dev twin", "ip link set twin up"], ["ip link del twin"],
         fits=lambda check: not check["present"]),
]

SYSTEM = [
    # The processor itself cannot be exchanged: a wrapper on the path has the
    # kernel answer as one of 32 bits.
    Twin("architecture", "another processor", "instead of",
         other_system("real=$(readlink /run/twin/sw/bin/uname); rm /run/twin/sw/bin/uname;"
                      " printf '#!/bin/sh\\nexec setarch linux32 %s \"$@\"\\n' \"$real\" > /run/twin/sw/bin/uname;"
                      " chmod +x /run/twin/sw/bin/uname"), SAME_SYSTEM),
    Twin("host-name", "renamed", "'twin'", ["hostname twin"], ["hostname {name}"]),
    Twin("time-zone", "moved to Tokyo", "'Asia/Tokyo'",
         ["cp -P /etc/localtime /run/twin", "ln -sfn /etc/zoneinfo/Asia/Tokyo /etc/localtime"], put_back("/etc/localtime")),
    Twin("locale", "another locale", "'C.UTF-8'",
         replaced("/etc/locale.conf", "sed s/^LANG=.*/LANG=C.UTF-8/"), put_back("/etc/locale.conf")),
    Twin("account", "out of its groups", "is not in",
         ["cp -P /etc/group /run/twin", "sed -i 's/^\\(wheel:.*:\\).*/\\1/' /etc/group"], put_back("/etc/group"),
         fits=lambda check: "wheel" in check["groups"], explains=frozenset({"sudo"})),
    Twin("package", "not installed", "nothing on the system's path",
         other_system("name={attribute}; find /run/twin/sw -type l -lname \"/nix/store/*-${{name##*.}}-[0-9]*\" -delete"),
         SAME_SYSTEM),
    Twin("unit-active", "stopped", "'inactive'", ["systemctl stop {unit}"], ["systemctl start {unit}"],
         fits=lambda check: check["unit"] == "nix-gc.timer"),
    Twin("no-failed-units", "a unit fails", "twin.service", ["systemd-run --quiet --unit=twin false; sleep 1"],
         ["systemctl reset-failed"]),
    Twin("listening-sockets", "a forgotten daemon", "tcp/4747",
         ["systemd-run --quiet --collect --unit=twin /etc/prover/agent listen tcp:4747; sleep 2"], ["systemctl stop twin"]),
    Twin("sysctl", "a parameter is changed", "instead of", ["sysctl -qw {name}=0"], ["sysctl -qw {name}={value}"],
         fits=lambda check: check["name"] in ("net.ipv4.tcp_rfc1337", "kernel.dmesg_restrict", "kernel.yama.ptrace_scope")),
    Twin("module-blacklisted", "modprobe without configuration", "does not name it",
         ["mkdir -p /run/empty", "mount --bind /run/empty /etc/modprobe.d"], ["umount /etc/modprobe.d"]),
    # As after a start without it: no parameter can be taken back before the next.
    Twin("kernel-parameter", "started without it", "was started with",
         ["tr ' ' '\\n' < /proc/cmdline | grep -vxF '{parameter}' | tr '\\n' ' ' > /run/twin",
          "mount --bind /run/twin /proc/cmdline"], ["umount /proc/cmdline", "rm /run/twin"]),
    Twin("nix-setting", "everybody may use Nix", "'*'",
         replaced("/etc/nix/nix.conf", "sed 's/^{setting} = .*/{setting} = */'"), put_back("/etc/nix/nix.conf")),
    Twin("no-core-dumps", "crashes are kept", "hands crashes to",
         ["sysctl -n kernel.core_pattern > /run/twin", "sysctl -qw 'kernel.core_pattern=|/run/systemd-coredump'"],
         ["sysctl -qw kernel.core_pattern=\"$(cat /run/twin)\"", "rm /run/twin"]),
    Twin("swap-file", "switched off", "not in use", ["swapoff {path}"], ["swapon -p {priority} {path}"]),
    # Its unit is stopped with the swap and resets the device.
    Twin("zram", "switched off", "not in use", ["swapoff /dev/zram0"],
         ["systemctl stop systemd-zram-setup@zram0", "udevadm settle", "systemctl start dev-zram0.swap"]),
    Twin("no-swap", "somebody swaps", "/root/twin.swap",
         ["fallocate -l 20M /root/twin.swap", "chmod 600 /root/twin.swap", "mkswap /root/twin.swap", "swapon /root/twin.swap"],
         ["swapoff /root/twin.swap", "rm /root/twin.swap"]),
    Twin("resolver", "other resolvers", "resolved asks",
         ["mkdir -p /run/systemd/resolved.conf.d", "printf '[Resolve]\\nDNS=\\n' > /run/systemd/resolved.conf.d/zz.conf",
          "systemctl restart systemd-resolved"],
         ["rm /run/systemd/resolved.conf.d/zz.conf", "systemctl restart systemd-resolved"]),
]

ACCESS = [
    Twin("sshd-setting", "passwords are on", "['yes']", replaced(SSHD, LAX), put_back(SSHD),
         fits=lambda check: check["setting"] == "passwordauthentication"),
    Twin("ssh-login", "the key is gone", "refused instead of accepted",
         replaced("/etc/ssh/authorized_keys.d/{user}", "true"), put_back("/etc/ssh/authorized_keys.d/{user}"),
         fits=login("key", True), explains=frozenset({"authorized-keys"})),
    Twin("ssh-login", "root may log in", "accepted instead of refused",
         [*replaced(SSHD, LAX), "systemctl restart sshd"], [*put_back(SSHD), "systemctl restart sshd"],
         fits=login("key", False), explains=frozenset({"sshd-setting"})),
    Twin("ssh-login", "passwords are taken", "publickey,",
         [*replaced(SSHD, LAX), "systemctl restart sshd"], [*put_back(SSHD), "systemctl restart sshd"],
         fits=login("password", False), explains=frozenset({"sshd-setting"})),
    Twin("authorized-keys", "a key too many", "the keys are",
         ["cp -P /etc/ssh/authorized_keys.d/{user} /run/twin",
          "ssh-keygen -q -t ed25519 -N '' -f /run/twin.key; cat /run/twin.key.pub >> /etc/ssh/authorized_keys.d/{user}"],
         [*put_back("/etc/ssh/authorized_keys.d/{user}"), "rm /run/twin.key*"]),
    Twin("sudo", "no rules", "instead of", ["mv /etc/sudoers /run/twin"], ["mv /run/twin /etc/sudoers"]),
    Twin("sudo-wheel-only", "everybody may run it", "sudo is wheel -r-s--x--x", ["chmod o+x /run/wrappers/bin/sudo"],
         ["chmod o-x /run/wrappers/bin/sudo"]),
]

FIREWALL = [
    Twin("port", "a rule too few", "dropped instead of open", DROP, RELOAD, answer("open"), PACKETS),
    Twin("port", "a rule too many", "open instead of dropped", GATE, RELOAD, answer("dropped"), PACKETS),
    # Ahead of all rules, so that taking them away opens nothing.
    Twin("port", "closed by something else", "no positive control",
         [*STATIC_DROP, "nft add rule inet twin c {transport} dport {port} drop"], NO_TWIN, answer("dropped"), PACKETS),
    Twin("port", "accepts instead of refusing", "open instead of refused", GATE, RELOAD, answer("refused"), PACKETS),
    Twin("published-port", "a rule too few", "dropped instead of open", DROP, RELOAD, answer("open"), PACKETS),
    Twin("published-port", "published past the rules", "open instead of dropped", GATE, RELOAD, answer("dropped"), PACKETS),
    Twin("published-port", "published past a refusal", "open instead of refused", GATE, RELOAD, answer("refused"), PACKETS),
    Twin("transit-dropped", "routes for everybody", "own address is open", GATE, RELOAD, explains=PACKETS),
    Twin("limit", "no limit", "connections were open, open, open, open, open, open", GATE, RELOAD, explains=PACKETS),
    Twin("outgoing", "cut off", "dropped instead of open",
         ["nft add table inet twin", "nft 'add chain inet twin c {{ type filter hook output priority 0; }}'",
          "nft add rule inet twin c {transport} dport {port} drop"], NO_TWIN, answer("open"), PACKETS),
    Twin("outgoing", "everything may leave", "open instead of dropped", GATE, RELOAD, answer("dropped"), PACKETS),
    Twin("block-logged", "drops in silence", "has 0 new lines",
         [*STATIC_DROP, "nft add rule inet twin c {family} saddr {address} drop"], NO_TWIN, lambda check: check["logged"], PACKETS),
    Twin("block-logged", "logs although it should not", "new lines about a refused connection",
         [*STATIC_DROP, "nft 'add rule inet twin c {family} saddr {address} log prefix \"[UFW BLOCK] \" drop'"], NO_TWIN,
         lambda check: not check["logged"], PACKETS),
]

BANS = [
    Twin("fail2ban-setting", "counts longer", "instead of", ["fail2ban-client set sshd {setting} 99"],
         ["fail2ban-client set sshd {setting} {value}"], lambda check: check["setting"] == "maxretry"),
    Twin("fail2ban-ignores", "nobody is exempt", "fail2ban ignores",
         ["for n in {networks}; do fail2ban-client set sshd delignoreip $n; done"],
         ["for n in {networks}; do fail2ban-client set sshd addignoreip $n; done"]),
    Twin("ban", "never banned", "do not ban", ["fail2ban-client set sshd maxretry 99"],
         ["fail2ban-client set sshd maxretry {failures}"], explains=frozenset({"fail2ban-setting"})),
    # What upstream's own action does: published ports never pass `input`.
    Twin("ban", "banned from the host alone", "published ports are",
         ["fail2ban-client set sshd banip {address}", "nft list chain inet f2b-table f2b-chain",
          "nft flush chain inet f2b-table f2b-chain",
          "nft 'add chain inet f2b-table twin {{ type filter hook input priority -110; }}'",
          "nft 'add rule inet f2b-table twin {family} saddr @addr{six}-set-sshd drop'"],
         ["systemctl restart fail2ban", "until fail2ban-client status sshd; do sleep 1; done"]),
    Twin("ban-lifted", "something is left behind", "after the ban the port is dropped",
         [*STATIC_DROP, "nft add rule inet twin c {family} saddr {address} drop"], NO_TWIN, explains=PACKETS),
    Twin("reload-keeps", "a reload flushes", "after a reload",
         ["mkdir -p /run/systemd/system/nftables.service.d",
          "printf '[Service]\\nExecReload=/run/current-system/sw/bin/nft delete table inet f2b-table\\n'"
          " > /run/systemd/system/nftables.service.d/twin.conf", "systemctl daemon-reload"],
         ["rm /run/systemd/system/nftables.service.d/twin.conf", "systemctl daemon-reload", "systemctl restart fail2ban",
          "until fail2ban-client status sshd; do sleep 1; done"]),
    Twin("never-banned", "not exempt", "failed logins ban",
         ["for n in {networks}; do fail2ban-client set sshd delignoreip $n; done"],
         ["for n in {networks}; do fail2ban-client set sshd addignoreip $n; done"],
         explains=frozenset({"fail2ban-ignores"})),
]

TWINS = [*MACHINE, *SYSTEM, *ACCESS, *FIREWALL, *BANS]
