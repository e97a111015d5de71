"""Runs Debian's ufw in this network namespace, as its own command does.

Reads one JSON request a line, answers one JSON line:
  {"start": [IN, OUT]}  default policies of the two directions; enables the firewall
  {"load": [RULE..]}    replaces all rules and reloads them
  {"parse": RULE}       what ufw makes of a rule; nothing is loaded
Every answer has "error": null or ufw's message.
"""

import gettext
import glob
import io
import json
import shlex
import sys

import ufw.common
import ufw.frontend
import ufw.parser
import ufw.util

gettext.install("ufw")


def quietly(action):
    """Runs ufw's code with its messages kept apart from our answers."""
    said = io.StringIO()
    real, sys.stderr = sys.stderr, said
    ufw.util.msg_output = said
    try:
        return action(), None
    except SystemExit:  # ufw.util.error() after its message
        return None, said.getvalue().strip() or "refused"
    except (ufw.common.UFWError, ValueError) as error:
        return None, str(error) or "invalid syntax"
    finally:
        ufw.util.msg_output = None
        sys.stderr = real


def parse(text):
    return ufw.frontend.parse_command(["ufw"] + shlex.split(text))


def apply(frontend, text):
    parsed = parse(text)
    if "rule" not in parsed.data:
        raise ValueError("not a rule")
    rule = parsed.data["rule"]
    frontend.do_action(parsed.action, rule, parsed.data["iptype"], True)
    return ufw.parser.UFWCommandRule.get_command(rule)


class Host:
    def __init__(self):
        self.live = ufw.frontend.UFWFrontend(False)

    def start(self, policies):
        self.live.backend.defaults["enabled"] = "no"
        for policy, direction in zip(policies, ("incoming", "outgoing")):
            self.live.set_default_policy(policy, direction)
        self.live.backend.set_default(self.live.backend.files["conf"], "ENABLED", "yes")
        # As `ufw disable; ufw enable`.
        self.live.backend.stop_firewall()
        self.live.backend.start_firewall()

    def load(self, rules):
        backend = self.live.backend
        backend.rules, backend.rules6 = [], []
        # While it is disabled, ufw only writes its rule files.
        backend.defaults["enabled"] = "no"
        for text in rules:
            try:
                apply(self.live, text)
            except (ufw.common.UFWError, ValueError) as error:
                raise ufw.common.UFWError(f"{text}: {error}")
        backend.defaults["enabled"] = "yes"
        backend._write_rules(False)
        backend._write_rules(True)
        backend._reload_user_rules()
        # The kernel may keep what `limit` has counted for the rules before.
        for recent in glob.glob("/proc/net/xt_recent/*"):
            with open(recent, "w") as file:
                file.write("/\n")

    def parse(self, text):
        backend = self.live.backend
        backend.rules, backend.rules6 = [], []
        backend.defaults["enabled"] = "no"
        return apply(self.live, text)


def main():
    host, error = quietly(Host)
    if error:
        sys.exit(error)
    for line in sys.stdin:
        [(name, value)] = json.loads(line).items()
        result, error = quietly(lambda: getattr(host, name)(value))
        print(json.dumps({"result": result, "error": error}), flush=True)


main()
