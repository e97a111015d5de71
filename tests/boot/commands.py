"""Commands on a machine, for whoever has `name` and `execute`."""

import time


class Broken(Exception):
    pass


class Commands:
    def succeed(self, *commands):
        output = ""
        for command in commands:
            status, text = self.execute(command)
            if status:
                raise Broken(f"{self.name}: `{command}` failed with {status}: {text.strip()[-500:]}")
            output += text
        return output

    def wait_until_succeeds(self, command, timeout=300):
        deadline = time.monotonic() + timeout
        while True:
            status, text = self.execute(command)
            if status == 0:
                return text
            if time.monotonic() > deadline:
                raise Broken(f"{self.name}: `{command}` failed for {timeout} s: {text.strip()[-500:]}")
            time.sleep(1)
