"""A machine that boots a disk image in QEMU, and a root shell on it.

The shell comes as a credential of the firmware (SMBIOS type 11,
systemd.system-credentials(7)): a unit that reads commands from a virtio-serial
port. Nothing of it is in the image, so what is proven are the bytes on the disk.
"""

import base64
import os
import shutil
import socket
import subprocess
import time

from commands import Broken, Commands

PORT = "hostwright"
UNIT = f"""[Unit]
DefaultDependencies=no
StartLimitIntervalSec=0
ConditionPathExists=!/etc/initrd-release
[Service]
Environment=PATH=/run/wrappers/bin:/run/current-system/sw/bin
ExecStart=/bin/sh
StandardInput=file:/dev/virtio-ports/{PORT}
StandardOutput=file:/dev/virtio-ports/{PORT}
StandardError=null
Restart=always
RestartSec=1
"""
DROPIN = "[Unit]\nWants=evidence.service\n"
# Debian's names, QEMU's own (edk2 of nixpkgs) would do as well.
OVMF_CODE = "/usr/share/OVMF/OVMF_CODE_4M.fd"
OVMF_VARS = "/usr/share/OVMF/OVMF_VARS_4M.fd"
DEVICES = {
    "scsi": ["-device", "virtio-scsi-pci", "-device", "scsi-hd,drive=disk"],
    "blk": ["-device", "virtio-blk-pci,drive=disk"],
}


def credential(name, text):
    data = base64.b64encode(text.encode()).decode()
    return f"io.systemd.credential.binary:{name}={data}"


class Machine(Commands):
    """One image on one kind of hardware. `disk` is the folder of its overlay."""

    def __init__(self, folder, image, firmware="bios", bus="scsi", cpus=1, size="20G", network=(), maker="Hetzner"):
        self.name = "server"
        self.folder, self.image = folder, image
        self.firmware, self.bus, self.cpus, self.maker = firmware, bus, cpus, maker
        self.network = list(network)
        self.overlay = f"{folder}/disk.qcow2"
        self.serial = f"{folder}/serial.log"
        self.process = self.connection = None
        os.makedirs(folder, exist_ok=True)
        form = os.path.splitext(image)[1][1:]
        subprocess.run(
            ["qemu-img", "create", "-q", "-f", "qcow2", "-b", image, "-F", form, self.overlay, size], check=True
        )

    def start(self):
        if self.process:
            return
        port = f"{self.folder}/shell"
        if os.path.exists(port):
            os.remove(port)
        command = [
            # Emulated processors on threads of their own lose timers on a busy computer, and
            # a machine that is starved is not one that hangs.
            "qemu-system-x86_64", "-machine", "q35", "-accel", os.environ.get("HOSTWRIGHT_ACCEL", "tcg,thread=single"),
            "-action", "watchdog=none", "-cpu", "max",
            "-smp", str(self.cpus), "-m", "1536", "-display", "none", "-no-reboot",
            "-monitor", f"unix:{self.folder}/monitor,server=on,wait=off",
            "-serial", f"file:{self.serial}",
            "-drive", f"if=none,id=disk,format=qcow2,cache=unsafe,file={self.overlay}", *DEVICES[self.bus],
            "-device", "virtio-serial-pci", "-chardev", f"socket,id=shell,path={port},server=on,wait=off",
            "-device", f"virtserialport,chardev=shell,name={PORT}",
            "-device", "virtio-rng-pci", "-smbios", f"type=1,manufacturer={self.maker}",
            "-smbios", "type=11,value=" + credential("systemd.extra-unit.evidence.service", UNIT)
            + ",value=" + credential("systemd.unit-dropin.sysinit.target~evidence", DROPIN),
            *(self.network or ["-nic", "none"]),
        ]
        if self.firmware == "uefi":
            variables = f"{self.folder}/variables.fd"
            if not os.path.exists(variables):
                shutil.copy(OVMF_VARS, variables)
            command += [
                "-drive", f"if=pflash,format=raw,readonly=on,file={OVMF_CODE}",
                "-drive", f"if=pflash,format=raw,file={variables}",
            ]
        self.started = time.monotonic()
        self.process = subprocess.Popen(command)
        self.connection = None

    def add_disk(self, file):
        """A second disk, which the guest finds by the name of its file."""
        name = os.path.basename(file).split(".")[0]
        self.network += [
            "-drive", f"if=none,id={name},format=raw,readonly=on,file={file}",
            "-device", f"virtio-blk-pci,drive={name},serial={name}",
        ]

    def again(self, seconds=300):
        """Waits until the guest has ended, as a reboot does here, and starts it."""
        self.process.wait(timeout=seconds)
        self.process = self.connection = None
        self.start()

    def kill(self):
        """As a power cut: nothing is written any more."""
        if self.process:
            self.process.kill()
            self.process.wait()
        self.process = self.connection = None

    # --- the shell ---

    def attach(self, seconds=600):
        """Waits until the shell answers. What is sent before the guest has
        opened its end is lost, so it is asked again."""
        deadline = self.started + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise Broken(f"QEMU ended with {self.process.returncode}; see {self.serial}")
            try:
                if self.connection is None:
                    connection = socket.socket(socket.AF_UNIX)
                    connection.connect(f"{self.folder}/shell")
                    self.connection = connection
                word = f"ready-{time.monotonic_ns()}"
                self.connection.settimeout(5)
                self.connection.sendall(f"\necho {word}\n".encode())
                self.read_until(word)
                return
            except (TimeoutError, ConnectionError, FileNotFoundError):
                time.sleep(1)
        raise Broken(f"no shell after {seconds} s: {self.last_lines()}")

    def read_until(self, word):
        data = b""
        while word.encode() + b"\n" not in data:
            part = self.connection.recv(65536)
            if not part:
                raise ConnectionError("the machine closed its port")
            data += part
        return data

    def execute(self, command, timeout=900):
        """(exit code, output with errors) of a command, as root."""
        if self.connection is None:
            self.attach()
        word = f"end-{time.monotonic_ns()}"
        text = base64.b64encode(command.encode()).decode()
        line = (
            f'f=$(mktemp); bash -c "$(echo {text} | base64 -d)" >$f 2>&1 </dev/null; s=$?;'
            f" base64 -w0 $f; rm $f; echo; echo $s; echo {word}\n"
        )
        self.connection.settimeout(timeout)
        self.connection.sendall(line.encode())
        lines = self.read_until(word).decode().split("\n")
        return int(lines[-3]), base64.b64decode(lines[-4]).decode(errors="replace")

    def wait_for_unit(self, unit, timeout=900):
        """Until it is active; a failure ends the wait."""
        deadline = time.monotonic() + timeout
        while True:
            state = self.execute(f"systemctl is-active {unit}")[1].strip()
            if state == "active":
                return
            if state == "failed" or time.monotonic() > deadline:
                raise Broken(f"{unit} is {state}: {self.execute(f'systemctl list-jobs; systemctl --failed')[1]}")
            time.sleep(1)

    def picture(self):
        """The screen, which shows what the serial line does not, as a file."""
        file = f"{self.folder}/screen.png"
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.connect(f"{self.folder}/monitor")
            monitor.sendall(f"screendump {file} -f png\ninfo cpus\ninfo registers\n".encode())
            time.sleep(3)
            with open(f"{self.folder}/registers", "wb") as out:
                out.write(monitor.recv(100000))
        return file

    def last_lines(self, number=5):
        with open(self.serial, errors="replace") as file:
            return "\n".join(file.read().split("\n")[-number:])
