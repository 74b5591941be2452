# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""A running guest: its console as a pexpect object, its kernel log as text that can be waited for."""
import os
import pty
import re
import subprocess
import termios
import threading
import time
import tty

import pexpect.fdpexpect
from helixbuild import qemu
from helixbuild.slots import Slots


class Guest:
    def __init__(self, machine: qemu.Machine):
        self._slots = Slots(machine.smp).take()
        self._log = bytearray()
        self._grown = threading.Condition()
        channels = [qemu.Channel("log", self._append), qemu.Channel("output"), qemu.Channel("status")]
        self.output, self.status = channels[1], channels[2]
        self._master, slave = pty.openpty()
        tty.setraw(slave)
        settings = termios.tcgetattr(slave)
        settings[1] = 0  # QEMU turns output processing on: it must find nothing to process
        termios.tcsetattr(slave, termios.TCSANOW, settings)
        line = machine.command() + ["-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"]
        for channel in channels:
            line += channel.arguments()
        line += qemu.channel_devices(machine.arch)
        self.process = subprocess.Popen(line, stdin=slave, stdout=slave, pass_fds=[c.write for c in channels])
        os.close(slave)
        for channel in channels:
            channel.started()
        self.console = pexpect.fdpexpect.fdspawn(self._master, timeout=30, encoding="utf-8", codec_errors="replace")

    def _append(self, piece: bytes) -> None:
        with self._grown:
            self._log += piece
            self._grown.notify_all()

    @property
    def log(self) -> str:
        with self._grown:
            return self._log.decode(errors="replace")

    def expect(self, pattern: str, timeout: float = 30):
        """Wait for @pattern on the console; a failure shows both logs."""
        try:
            return self.console.expect(pattern, timeout=timeout)
        except (pexpect.TIMEOUT, pexpect.EOF) as error:
            raise AssertionError(f"console never showed {pattern!r}\n--- console\n{self.console.before}\n--- log\n{self.tail()}") from error

    def send(self, line: str) -> None:
        self.console.send(line + "\n")

    def expect_log(self, pattern: str, timeout: float = 30) -> re.Match:
        deadline = time.monotonic() + timeout
        with self._grown:
            while True:
                if match := re.search(pattern, self._log.decode(errors="replace")):
                    return match
                left = deadline - time.monotonic()
                if left <= 0 or not self._grown.wait(left):
                    raise AssertionError(f"log never showed {pattern!r}\n{self.tail()}")

    def tail(self, lines: int = 25) -> str:
        return "\n".join(self._log.decode(errors="replace").splitlines()[-lines:])

    def wait(self, timeout: float = 30) -> int:
        """The guest's end: QEMU's exit code."""
        return self.process.wait(timeout)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._master)
        self._slots.give()
