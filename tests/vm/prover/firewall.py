"""Facts about packets."""

import time

from .bench import CONTAINER, family


def ports_of(checks):
    return sorted({(check["transport"], check["port"]) for check in checks})


def answers(bench, facts):
    """Id to what the source of each fact sees of its port."""
    bench.forget()
    seen = {}
    for machine in [bench.outside, bench.operator]:
        mine = [fact for fact in facts if bench.machine_of(fact["check"]["source"]) is machine]
        # A burst is longer than the machine's threads; more is only slower.
        for start in range(0, len(mine), 200):
            part = mine[start : start + 200]
            probes = [probe_of(bench, fact["check"]) for fact in part]
            seen |= dict(zip([fact["id"] for fact in part], bench.knock(machine, probes)))
    return seen


def probe_of(bench, check):
    source = check["source"]["address"]
    return [check["transport"], source, bench.address[family(source)], check["port"]]


def compare(bench, facts):
    """Reasons for the facts whose port gives another answer. Silence is looked
    at twice where an answer is expected: the kernel limits its refusals, and
    an emulated machine may be slow."""
    seen = answers(bench, facts)
    silent = [fact for fact in facts if seen[fact["id"]] == "dropped" != fact["check"]["answer"]]
    for start in range(0, len(silent), 5):
        time.sleep(1.1)
        seen |= answers(bench, silent[start : start + 5])
    return {
        fact["id"]: f"the port is {seen[fact['id']]} instead of {fact['check']['answer']}"
        for fact in facts
        if seen[fact["id"]] != fact["check"]["answer"]
    }


def with_control(bench, facts):
    """Compares; whatever is not open must be so with the gate open, or there
    was no listener or a way that is not routed."""
    opened = [fact for fact in facts if fact["check"]["answer"] == "open"]
    closed = [fact for fact in facts if fact["check"]["answer"] != "open"]

    def control(facts):
        return compare(bench, [{**fact, "check": {**fact["check"], "answer": "open"}} for fact in facts])

    return compare(bench, opened) | bench.controlled(closed, lambda facts: compare(bench, facts), control)


def port(bench, facts):
    bench.unpublish()
    bench.listen(bench.server, "host", ports_of(fact["check"] for fact in bench.facts if fact["check"]["kind"] == "port"))
    return with_control(bench, facts)


def published_port(bench, facts):
    published = [fact["check"] for fact in bench.facts if fact["check"]["kind"] == "published-port"]
    bench.publish(ports_of(published))
    try:
        return with_control(bench, facts)
    finally:
        bench.unpublish()


def transit_dropped(bench, facts):
    bench.make_container()
    bench.listen(bench.server, "transit", [("tcp", 8080)], "ip netns exec container ")

    def expect(facts, wanted):
        reasons = {}
        for fact in facts:
            source = fact["check"]["source"]
            version = family(source["address"])
            got = bench.knock_from(source, "tcp", 8080, CONTAINER[version][1])
            if got != wanted:
                reasons[fact["id"]] = f"the container's own address is {got} from {source['address']}"
        return reasons

    for fact in facts:
        source = fact["check"]["source"]
        version = family(source["address"])
        guest = f"{CONTAINER[version][1]}/{128 if version == 6 else 32}"
        bench.machine_of(source).succeed(f"ip -{version} route replace {guest} via {bench.address[version]}")
    return bench.controlled(facts, lambda facts: expect(facts, "dropped"), lambda facts: expect(facts, "open"))


def limit(bench, facts):
    reasons = {}
    for fact in facts:
        check = fact["check"]
        bench.listen(bench.server, "limit", [(check["transport"], check["port"])])
        bench.forget()
        probe = probe_of(bench, check)
        machine = bench.machine_of(check["source"])
        started = time.monotonic()
        # One after the other.
        got = bench.knock(machine, [probe] * (check["connections"] + 1), workers=1)
        took = time.monotonic() - started
        wanted = ["open"] * check["connections"] + ["refused"]
        if took >= check["seconds"]:
            reasons[fact["id"]] = f"the attempts took {took:.0f} s, which proves nothing"
        elif got != wanted:
            reasons[fact["id"]] = f"connections were {', '.join(got)}"
    bench.forget()
    return reasons


def outgoing(bench, facts):
    addresses = {source["address"] for source in bench.sources()}
    wanted = [f["check"] for f in bench.facts if f["check"]["kind"] == "outgoing"]
    bench.listen(bench.outside, "outgoing", ports_of(wanted))

    def expect(facts, answer):
        reasons = {}
        for fact in facts:
            check = fact["check"]
            assert check["destination"] in addresses, "the address is on a machine of the test"
            probe = [check["transport"], None, check["destination"], check["port"]]
            got = bench.knock(bench.server, [probe])[0]
            if got != (answer or check["answer"]):
                reasons[fact["id"]] = f"the connection was {got} instead of {answer or check['answer']}"
        return reasons

    opened = [fact for fact in facts if fact["check"]["answer"] == "open"]
    closed = [fact for fact in facts if fact["check"]["answer"] != "open"]
    controlled = bench.controlled(closed, lambda facts: expect(facts, None), lambda facts: expect(facts, "open"))
    return expect(opened, None) | controlled


def blocked_lines(bench, source, port):
    """Lines of the kernel's log about refused packets to a port."""
    sender = f"SRC={source['address']} " if family(source["address"]) == 4 else ""
    pattern = f"UFW BLOCK.*{sender}.*DPT={port} "
    return int(bench.server.execute(f"journalctl --dmesg --boot --output=cat --grep='{pattern}' | grep -c UFW")[1])


def block_logged(bench, facts):
    reasons = {}
    for fact in facts:
        check = fact["check"]
        # Starts the limit of log lines anew.
        bench.server.succeed("systemctl reload nftables")
        before = blocked_lines(bench, check["source"], check["port"])
        bench.knock_from(check["source"], "tcp", check["port"])
        # The journal of a busy machine takes its time.
        for _ in range(15 if check["logged"] else 3):
            time.sleep(1)
            lines = blocked_lines(bench, check["source"], check["port"]) - before
            if lines:
                break
        if (lines > 0) != check["logged"]:
            reasons[fact["id"]] = f"the kernel's log has {lines} new lines about a refused connection"
    return reasons


PROVERS = {
    "port": port,
    "published-port": published_port,
    "transit-dropped": transit_dropped,
    "limit": limit,
    "outgoing": outgoing,
    "block-logged": block_logged,
}
