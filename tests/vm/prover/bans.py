"""Facts about bans. Each begins and ends without any."""

import ipaddress
import time

from .bench import family


def setting(bench, facts):
    reasons = {}
    for fact in facts:
        check = fact["check"]
        status, got = bench.server.execute(f"fail2ban-client get sshd {check['setting']}")
        if status != 0 or got.strip() != check["value"]:
            reasons[fact["id"]] = f"fail2ban says {got.strip()} instead of {check['value']}"
    return reasons


def ignores(bench, facts):
    reasons = {}
    penalties = bench.server.succeed("$(command -v sshd) -T -f /etc/ssh/sshd_config | grep -i ^persourcepenaltyexemptlist")
    jail = bench.server.succeed("fail2ban-client get sshd ignoreip")
    for fact in facts:
        wanted = networks(fact["check"]["networks"])
        exempt = networks(penalties.split()[1].split(","))
        ignored = networks(word.strip("`|-,") for word in jail.split() if word[:1].isalnum() and word[-1:].isalnum() and ("." in word or ":" in word))
        if wanted != exempt:
            reasons[fact["id"]] = f"sshd exempts {sorted(map(str, exempt))} from penalties"
        # fail2ban adds the host itself.
        elif not wanted <= ignored:
            reasons[fact["id"]] = f"fail2ban ignores {sorted(map(str, ignored))}"
    return reasons


def networks(words):
    return {ipaddress.ip_network(word, strict=False) for word in words}


def banned(bench):
    return bench.server.succeed("fail2ban-client get sshd banip").split()


def pardon(bench):
    bench.server.execute("fail2ban-client unban --all")
    bench.forget()


def fail_to_log_in(bench, source, port):
    bench.forget()
    return bench.ssh(source, port, "nosuchuser", "-o BatchMode=yes")


def reached(bench, source, ports):
    """What the source sees of TCP ports."""
    bench.forget()
    destination = bench.address[family(source["address"])]
    probes = [["tcp", source["address"], destination, port] for port in ports]
    return dict(zip(ports, bench.knock(bench.machine_of(source), probes)))


def is_banned(bench, source):
    return source["address"] in banned(bench)


def wait_for_ban(bench, source, wanted, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_banned(bench, source) == wanted:
            return True
        time.sleep(0.5)
    return False


def ban(bench, facts):
    return {fact["id"]: reason for fact in facts if (reason := ban_reason(bench, fact["check"]))}


def ban_reason(bench, check):
    source, ports = check["source"], check["ports"]
    bench.unpublish()
    bench.listen(bench.server, "ban", [("tcp", port) for port in sorted(ports)])
    pardon(bench)
    before = reached(bench, source, ports)
    if set(before.values()) != {"open"}:
        return f"no positive control: before the ban the ports are {before}"
    # An attempt of which fail2ban counts two lines bans earlier; that is no harm.
    for _ in range(check["failures"]):
        fail_to_log_in(bench, source, check["port"])
        if wait_for_ban(bench, source, True, 2):
            break
    try:
        if not wait_for_ban(bench, source, True, 30):
            return f"{check['failures']} failed logins do not ban: {banned(bench)}"
        after = reached(bench, source, ports)
        if set(after.values()) != {"dropped"}:
            return f"banned, but the ports are {after}"
        published = [port for port in ports if port != check["port"]]
        if published:
            bench.publish([("tcp", port) for port in sorted(published)])
            after = reached(bench, source, published)
            if set(after.values()) != {"dropped"}:
                return f"banned, but published ports are {after}"
            pardon(bench)
            after = reached(bench, source, published)
            if set(after.values()) != {"open"}:
                return f"no positive control: without the ban published ports are {after}"
    finally:
        bench.unpublish()
        pardon(bench)
    return None


def reload_keeps(bench, facts):
    return {fact["id"]: reason for fact in facts if (reason := reload_reason(bench, fact["check"]))}


def reload_reason(bench, check):
    source, port = check["source"], check["port"]
    others = [
        f["check"]["port"] for f in bench.facts
        if f["check"]["kind"] == "published-port" and f["check"]["source"] == source
        and f["check"]["answer"] == "open" and f["check"]["transport"] == "tcp"
    ][:1]
    pardon(bench)
    try:
        bench.publish([("tcp", other) for other in others] or [("tcp", 8080)])
        for _ in range(2):
            bench.server.succeed(f"fail2ban-client set sshd banip {source['address']}")
            if reached(bench, source, [port])[port] == "dropped":
                break
        else:
            return "a ban does not hold even before the reload"
        bench.server.succeed("systemctl reload nftables")
        after = reached(bench, source, [port, *others])
        if set(after.values()) != {"dropped"}:
            return f"after a reload the banned address sees {after}"
        pardon(bench)
        after = reached(bench, source, others)
        if set(after.values()) - {"open"}:
            return f"after a reload published ports are {after}"
        if bench.server.execute("nft list table inet prover_nat")[0] != 0:
            return "a reload deletes the tables of others"
    finally:
        bench.unpublish()
        pardon(bench)
    return None


def ban_lifted(bench, facts):
    return {fact["id"]: reason for fact in facts if (reason := lifted_reason(bench, fact["check"]))}


def lifted_reason(bench, check):
    source, port = check["source"], check["port"]
    pardon(bench)
    bench.server.succeed(f"fail2ban-client set sshd banip {source['address']}")
    got = reached(bench, source, [port])[port]
    if got != "dropped":
        return f"no positive control: a ban leaves the port {got}"
    bench.server.succeed(f"fail2ban-client set sshd unbanip {source['address']}")
    if not wait_for_ban(bench, source, False, 5):
        return "the ban cannot be lifted"
    got = reached(bench, source, [port])[port]
    return None if got == "open" else f"after the ban the port is {got}"


def never_banned(bench, facts):
    return {fact["id"]: reason for fact in facts if (reason := exempt_reason(bench, fact["check"]))}


def exempt_reason(bench, check):
    source = check["source"]
    address = source["address"]
    pardon(bench)
    before = bench.noticed(address)
    try:
        for _ in range(check["failures"]):
            _, output = fail_to_log_in(bench, source, check["port"])
            if is_banned(bench, source):
                return f"failed logins ban {address}"
            if "Permission denied" not in output:
                return f"an attempt to log in ended with: {output.strip()[-200:]}"
        bench.catch_up(check["port"])
        if bench.noticed(address) == before:
            return "fail2ban did not notice the failed logins, which proves nothing"
        # Counted enough becomes a ban within a second.
        if wait_for_ban(bench, source, True, 2):
            return f"failed logins ban {address}"
        got = reached(bench, source, [check["port"]])[check["port"]]
        return None if got == "open" else f"the port is {got} after failed logins"
    finally:
        pardon(bench)


PROVERS = {
    "fail2ban-setting": setting,
    "fail2ban-ignores": ignores,
    "ban": ban,
    "reload-keeps": reload_keeps,
    "ban-lifted": ban_lifted,
    "never-banned": never_banned,
}
