"""Reads the facts of a host and proves each of them at this stage."""

import contextlib
import json
import sys
import time
from collections import Counter

from . import access, bans, firewall, machine, system, twins as negative
from .bench import Bench

# Kind of a check to its prover: a function of the bench and of facts of this
# kind, which gives a reason for each that does not hold.
PROVERS = {**machine.PROVERS, **system.PROVERS, **access.PROVERS, **firewall.PROVERS, **bans.PROVERS}

# What listens and what failed is looked at before the prover adds to it, and
# bans come last: they try to log in until they are refused.
FIRST = ["no-failed-units", "listening-sockets"]
LAST = ["ban", "ban-lifted", "reload-keeps", "never-banned"]


def order(fact):
    kind = fact["check"]["kind"]
    if kind in FIRST:
        return 0
    return 2 if kind in LAST else 1


def prove(bench, facts):
    """Id to reason, for every fact that does not hold."""
    groups = {}
    for fact in sorted(facts, key=order):
        groups.setdefault(fact["check"]["kind"], []).append(fact)
    failed = {}
    for kind, group in groups.items():
        failed |= prove_kind(bench, kind, group)
    return failed


def prove_kind(bench, kind, facts):
    prover = PROVERS.get(kind)
    if prover is None:
        return {fact["id"]: f"no prover knows the kind {kind!r}" for fact in facts}
    # A failed login counts only where that is the fact.
    counting = bench.watched(facts[0]["check"]["port"]) if kind in LAST else contextlib.nullcontext()
    started = time.monotonic()
    try:
        with counting:
            return prover(bench, facts)
    except Exception as error:  # a prover that breaks has proven nothing
        return {fact["id"]: f"{type(error).__name__}: {error}" for fact in facts}
    finally:
        print(f"{kind}: {len(facts)} facts in {time.monotonic() - started:.1f} s")


def report(facts, failed, stage):
    here = [fact for fact in facts if stage in fact["stages"]]
    elsewhere = [fact for fact in facts if stage not in fact["stages"]]
    for fact in here:
        reason = failed.get(fact["id"])
        print(f"FAIL {fact['id']}: {fact['what']}: {reason}" if reason else f"ok   {fact['id']}")
    for fact in elsewhere:
        print(f"--   {fact['id']}: not provable in a {stage}, only: {' '.join(fact['stages'])}")
    kinds = Counter(fact["check"]["kind"] for fact in here)
    print(
        f"{len(here) - len(failed)} of {len(here)} facts of {len(kinds)} kinds hold,"
        f" {len(elsewhere)} belong to other stages"
    )


def run(machines, facts, make_file_system, twins, kinds):
    started = time.monotonic()
    with open(facts) as file:
        document = json.load(file)
    if document["schema"] != 1:
        raise Exception(f"{facts}: schema {document['schema']}, this prover knows schema 1")
    bench = Bench(machines, document["facts"], make_file_system)
    bench.start()
    print(f"machines ready after {time.monotonic() - started:.0f} s, stage {bench.stage}")
    here = [fact for fact in document["facts"] if bench.stage in fact["stages"]]
    if not here:
        raise Exception(f"{facts}: no fact is provable in a {bench.stage}")
    chosen = [fact for fact in here if not kinds or fact["check"]["kind"] in kinds]
    failed = prove(bench, chosen)
    report(document["facts"] if not kinds else chosen, failed, bench.stage)
    print(f"facts proven after {time.monotonic() - started:.0f} s")
    sys.stdout.flush()
    if failed:
        raise Exception(f"{document['host']}: {len(failed)} facts do not hold: {', '.join(failed)}")
    if twins:
        negative.run(bench, chosen, here, prove)
        print(f"twins done after {time.monotonic() - started:.0f} s")
