"""Facts about logging in and becoming root."""

import shlex
import time

from .bench import describe


def sshd(bench, facts):
    text = bench.server.succeed("$(command -v sshd) -T -f /etc/ssh/sshd_config")
    found = {}
    for line in text.splitlines():
        setting, _, value = line.partition(" ")
        # Its older name.
        value = "prohibit-password" if value == "without-password" else value
        found.setdefault(setting.lower(), []).append(value)
    reasons = {}
    for fact in facts:
        check = fact["check"]
        got = sorted(found.get(check["setting"], []))
        if got != check["values"]:
            reasons[fact["id"]] = f"sshd -T says {got} instead of {check['values']}"
    return reasons


def attempt(bench, check):
    """`accepted`, `refused`, or how else it ended. sshd answers nobody for a
    while after failures of an address that is not exempt; that is waited out."""
    if check["method"] == "key":
        options = "-o BatchMode=yes -o PreferredAuthentications=publickey"
        # One method is left to offer: a server that takes passwords offers more.
        refusal = f"{check['user']}@"
    else:
        options = "-o PubkeyAuthentication=no -o NumberOfPasswordPrompts=1"
        refusal = "Permission denied (publickey)."
    for _ in range(3):
        bench.forget()
        result = bench.ssh(check["source"], check["port"], check["user"], options)
        status, output = result
        if status == 0:
            return "accepted"
        if status == 255 and "Permission denied" in output and refusal in output:
            return "refused"
        if status != 255 or "Permission denied" in output:
            break
        time.sleep(16)
    return describe(result)


def ssh_login(bench, facts):
    reasons = {}
    for fact in facts:
        check = fact["check"]
        got = attempt(bench, check)
        wanted = "accepted" if check["accepted"] else "refused"
        if got != wanted:
            reasons[fact["id"]] = f"the login was {got} instead of {wanted}"
    return reasons


def authorized_keys(bench, facts):
    reasons = {}
    for fact in facts:
        check = fact["check"]
        got = fingerprints(bench, check["user"])
        if got != check["fingerprints"]:
            reasons[fact["id"]] = f"the keys are {got} instead of {check['fingerprints']}"
    return reasons


def fingerprints(bench, user):
    """Of the user's keys, sorted; not of the key of this run, which stands beside them."""
    file = f"/etc/ssh/authorized_keys.d/{user}"
    lines = bench.server.succeed(f"if [ -e {file} ]; then cat {file}; fi").splitlines()
    keys = [line for line in lines if line.strip() and line != bench.public_key]
    # ssh-keygen takes an empty list for no list of keys.
    if not keys:
        return []
    text = bench.server.succeed(f"printf '%s\\n' {shlex.join(keys)} | ssh-keygen -lf -")
    return sorted({line.split()[1] for line in text.splitlines()})


def sudo(bench, facts):
    reasons = {}
    for fact in facts:
        check = fact["check"]
        status, output = bench.server.execute(
            f"runuser -u {check['user']} -- sh -c '/run/wrappers/bin/sudo -k; /run/wrappers/bin/sudo -n id -u' 2>&1"
        )
        if status == 0 and output.strip().endswith("0"):
            got = "passwordless"
        elif "a password is required" in output:
            got = "password"
        elif status == 126 or "ermission denied" in output or "may not run" in output:
            got = "none"
        else:
            got = describe((status, output))
        if got != check["grant"]:
            reasons[fact["id"]] = f"sudo gives {got} instead of {check['grant']}"
    return reasons


def sudo_wheel_only(bench, facts):
    got = bench.server.succeed("stat -L -c '%G %A' /run/wrappers/bin/sudo").strip()
    # Setuid root, and nobody but owner and group may run it.
    if got == "wheel -r-s--x---":
        return {}
    return {fact["id"]: f"sudo is {got}" for fact in facts}


PROVERS = {
    "sshd-setting": sshd,
    "ssh-login": ssh_login,
    "authorized-keys": authorized_keys,
    "sudo": sudo,
    "sudo-wheel-only": sudo_wheel_only,
}
