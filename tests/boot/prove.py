"""Boots an image in one way and proves the facts of its description."""

import json
import os
import time

from machine import Machine
from network import NIC, Neighbour
from prover import machine as described
from prover import run as prover
from prover.bench import Bench

STAGES = {"vm", "image"}


def provable(fact):
    """Here, where the machine's size, volumes and links are those of the case."""
    return STAGES & set(fact["stages"]) and fact["check"]["kind"] not in described.PROVERS


class ImageBench(Bench):
    """The prover's bench around a booted image."""

    # Given to the server by hand: its provider gives it none, and the rules for it hold
    # all the same.
    address6 = None

    def start(self):
        self.server.start()
        self.server.attach()
        self.server.wait_for_unit("multi-user.target")
        if self.outside:
            self.outside.start()
            self.operator.start()
            self.server.link = first_link(self.server)
            if self.address6:
                self.server.succeed(f"ip -6 address replace {self.address6} dev {self.server.link} nodad")
            bring_agent(self.server)
            self.connect()


def first_link(machine):
    show = "ip -j route show default"
    machine.wait_until_succeeds(f"{show} | grep -q dev", timeout=120)
    return json.loads(machine.succeed(show))[0]["dev"]


def bring_agent(machine):
    """The prover's other program; it needs Python, which the images of tests/lane have in /usr."""
    agent = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vm", "agent.py")
    with open(agent) as file:
        text = "#!/usr/bin/python3\n" + file.read()
    machine.succeed(f"mkdir -p /etc/prover; cat >/etc/prover/agent <<'END'\n{text}\nEND\nchmod +x /etc/prover/agent")


def facts_of(file):
    with open(file) as f:
        return json.load(f)["facts"]


def prove(machine, neighbours, facts, kinds=(), address6=None):
    """Proves all facts, or those of some kinds (which may need no neighbour), and raises if one
    does not hold. `address6` with its prefix length, if the server gets none from outside."""
    started = time.monotonic()
    around = {"outside": None, "operator": None, **neighbours}
    bench = ImageBench({"server": machine, **around}, facts)
    bench.address6 = address6
    bench.start()
    here = [fact for fact in facts if provable(fact) and (not kinds or fact["check"]["kind"] in kinds)]
    print(f"{machine.firmware} {machine.bus}: ready after {time.monotonic() - started:.0f} s")
    failed = prover.prove(bench, here)
    prover.report([{**fact, "stages": ["image"]} for fact in here], failed, "image")
    if failed:
        raise Exception(f"{len(failed)} facts do not hold: {', '.join(failed)}")
    return bench


def neighbours():
    return {"outside": Neighbour("outside", 11), "operator": Neighbour("operator", 12)}


def machine(folder, image, **hardware):
    return Machine(folder, image, network=NIC, **hardware)
