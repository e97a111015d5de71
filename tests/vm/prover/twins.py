"""The negative twin of each kind of fact: breaks the host, expects that very
fact to fail and no other that the fault does not explain, and mends it.

A prover that cannot fail proves nothing; a kind without a twin fails here.
"""

from .breaks import TWINS

# One of each of these must still hold while something else is broken: what is
# quickly seen and says that the host is well otherwise.
WITNESSES = {
    "host-name", "time-zone", "locale", "account", "authorized-keys", "sudo", "sshd-setting", "unit-active",
    "sysctl", "fail2ban-setting", "nix-setting", "port", "swap-file",
}


def twins_of(facts):
    """(twin, fact) for every twin; a kind of which none fits is an error."""
    pairs, missing = [], []
    for kind in sorted({fact["check"]["kind"] for fact in facts}):
        mine = [fact for fact in facts if fact["check"]["kind"] == kind]
        found = []
        for twin in TWINS:
            if twin.kind == kind:
                found += [(twin, fact) for fact in mine if twin.fits(fact["check"])][:1]
        if not found:
            missing.append(kind)
        pairs += found
    if missing:
        raise Exception(f"no negative twin for {', '.join(missing)}")
    return pairs


def witnesses(facts, twin):
    """One fact of each quick kind that the fault does not explain."""
    chosen = {}
    for fact in facts:
        check, kind = fact["check"], fact["check"]["kind"]
        quick = kind in WITNESSES and check.get("answer", "open") == "open"
        if quick and kind != twin.kind and kind not in twin.explains:
            chosen.setdefault(kind, fact)
    return list(chosen.values())


def run_one(bench, facts, twin, fact, prove):
    """A complaint, or None. The fact holds before, fails while the host is
    broken, and holds again after."""
    before = prove(bench, [fact])
    if before:
        return f"does not hold before the host is broken: {before}"
    try:
        bench.server.succeed(*twin.commands(twin.breaks, bench, fact["check"]))
        reason = prove(bench, [fact]).get(fact["id"])
        others = prove(bench, witnesses(facts, twin))
    finally:
        bench.server.succeed(*twin.commands(twin.undo, bench, fact["check"]))
    if not reason:
        return "holds although the host is broken"
    print(f"twin {twin.name}: {fact['id']} fails as it must: {reason}")
    if twin.reason not in reason:
        return f"fails, but not because of {twin.reason!r}: {reason}"
    if others:
        return f"other facts fail without being explained: {others}"
    after = prove(bench, [fact])
    return f"does not hold after the host was mended: {after}" if after else None


def run(bench, chosen, facts, prove):
    """Breaks the host for every kind among the chosen facts."""
    complaints = {}
    pairs = twins_of(chosen)
    for twin, fact in pairs:
        try:
            complaint = run_one(bench, facts, twin, fact, prove)
        except Exception as error:
            complaint = f"{type(error).__name__}: {error}"
        if complaint:
            complaints[twin.name] = f"{fact['id']} {complaint}"
            print(f"FAIL twin {twin.name}: {complaints[twin.name]}")
    print(f"{len(pairs) - len(complaints)} of {len(pairs)} negative twins fail for their reason")
    if complaints:
        raise Exception(f"twins that say nothing: {complaints}")
