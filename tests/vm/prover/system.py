"""Facts that a look at the host shows."""

import re
import shlex

from .bench import describe


def each(look):
    """A prover of single facts from a function of the bench and a check, which
    gives a reason or None."""
    return lambda bench, facts: {fact["id"]: reason for fact in facts if (reason := look(bench, fact["check"]))}


def differs(got, wanted):
    return None if got == wanted else f"it is {got!r} instead of {wanted!r}"


def output(bench, command):
    """What a command of the host prints, failed or not."""
    status, text = bench.server.execute(f"{command} 2>&1")
    return text.strip() if status == 0 else describe((status, text))


@each
def host_name(bench, check):
    reason = differs(output(bench, "uname -n"), check["name"])
    if reason or not check["domain"]:
        return reason
    return differs(output(bench, "hostname --fqdn"), f"{check['name']}.{check['domain']}")


@each
def architecture(bench, check):
    return differs(output(bench, "uname -m"), check["machine"])


@each
def time_zone(bench, check):
    # A link to nothing means UTC.
    link = output(bench, "test -f /etc/localtime && readlink /etc/localtime")
    return differs(link.partition("zoneinfo/")[2], check["zone"])


@each
def locale(bench, check):
    lang = output(bench, "sed -n 's/^LANG=//p' /etc/locale.conf").strip('"')
    return differs(lang, check["locale"])


@each
def account(bench, check):
    user = check["user"]
    status, text = bench.server.execute(f"id -nG {user}")
    if status != 0:
        return "there is no such account"
    groups = text.split()
    missing = [group for group in check["groups"] if group not in groups]
    if missing:
        return f"{user} is not in {', '.join(missing)}, but in {groups}"
    if check["description"]:
        return differs(output(bench, f"getent passwd {user} | cut -d: -f5"), check["description"])
    return None


@each
def package(bench, check):
    name = re.escape(check["attribute"].split(".")[-1])
    links = output(bench, "find /run/current-system/sw/ -maxdepth 3 -type l -printf '%l\\n'")
    if re.search(rf"/[0-9a-z]{{32}}-{name}-[0-9]", links):
        return None
    return "nothing on the system's path comes from it"


@each
def unit_active(bench, check):
    # Started a moment ago is not yet active.
    bench.server.execute(f"timeout 60 sh -c 'while [ $(systemctl is-active {check['unit']}) = activating ]; do sleep 0.5; done'")
    return differs(bench.server.execute(f"systemctl is-active {check['unit']}")[1].strip(), "active")


@each
def no_failed_units(bench, check):
    failed = output(bench, "systemctl list-units --failed --plain --no-legend")
    return f"failed: {failed}" if failed else None


@each
def listening_sockets(bench, check):
    bench.quiet()
    wrong = []
    for line in output(bench, "ss -Hlntu").splitlines():
        transport, _, _, _, local = line.split()[:5]
        address, _, port = local.rpartition(":")
        if address.split("%")[0].strip("[]").startswith(("127.", "::1")):
            continue
        if not any(
            span["transport"] == transport and span["first"] <= int(port) <= span["last"] for span in check["allowed"]
        ):
            wrong.append(f"{transport}/{port} at {address}")
    return f"undeclared: {', '.join(wrong)}" if wrong else None


@each
def sysctl(bench, check):
    return differs(output(bench, f"sysctl -n {check['name']}"), str(check["value"]))


@each
def module_blacklisted(bench, check):
    listed = output(bench, "modprobe --showconfig | grep ^blacklist").splitlines()
    return None if f"blacklist {check['module']}" in listed else "modprobe's configuration does not name it"


@each
def kernel_parameter(bench, check):
    line = output(bench, "cat /proc/cmdline")
    return None if check["parameter"] in line.split() else f"the kernel was started with {line}"


@each
def nix_setting(bench, check):
    line = output(bench, f"sed -n 's/^{check['setting']} = //p' /etc/nix/nix.conf")
    return differs(sorted(line.split()), sorted(check["values"]))


@each
def no_core_dumps(bench, check):
    pattern = output(bench, "sysctl -n kernel.core_pattern")
    limit = output(bench, "systemctl show --property=DefaultLimitCORESoft --value")
    if pattern.startswith("|") and "coredump" in pattern:
        return f"the kernel hands crashes to {pattern}"
    stored = output(bench, "find /var/lib/systemd/coredump -type f 2>/dev/null | head -1; true")
    return f"a crash was kept: {stored}" if stored else None


def swaps(bench):
    text = output(bench, "swapon --show=NAME,SIZE,PRIO --noheadings --raw --bytes")
    return {name: (int(size), int(priority)) for name, size, priority in (line.split() for line in text.splitlines())}


@each
def swap_file(bench, check):
    found = swaps(bench).get(check["path"])
    if found is None:
        return f"it is not in use: {swaps(bench)}"
    # The first page is the header.
    return differs(found, (check["bytes"] - 4096, check["priority"]))


@each
def zram(bench, check):
    found = swaps(bench).get("/dev/zram0")
    if found is None:
        return f"it is not in use: {swaps(bench)}"
    memory = int(output(bench, "awk '/^MemTotal/ { print $2 }' /proc/meminfo")) * 1024
    percent = found[0] * 100 / memory
    if abs(percent - check["percent"]) > 2:
        return f"it is {percent:.0f} % of the memory"
    return differs(found[1], check["priority"])


@each
def no_swap(bench, check):
    return differs(swaps(bench), {})


@each
def resolver(bench, check):
    known = output(bench, "resolvectl dns").split()
    return None if check["address"] in known else f"resolved asks {shlex.join(known)}"


PROVERS = {
    "host-name": host_name,
    "architecture": architecture,
    "time-zone": time_zone,
    "locale": locale,
    "account": account,
    "package": package,
    "unit-active": unit_active,
    "no-failed-units": no_failed_units,
    "listening-sockets": listening_sockets,
    "sysctl": sysctl,
    "module-blacklisted": module_blacklisted,
    "kernel-parameter": kernel_parameter,
    "nix-setting": nix_setting,
    "no-core-dumps": no_core_dumps,
    "swap-file": swap_file,
    "zram": zram,
    "no-swap": no_swap,
    "resolver": resolver,
}
