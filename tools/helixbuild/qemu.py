# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""One emulated machine: its command line, and the three channels on which a guest speaks to the host apart from its console.

The channels are the kernel log, the output of a command, and its status as decimal text. Where the machine can have debug-console ports
they are these (0xe9, 0xea, 0xeb), elsewhere the first three ports of a PCI card with four serial ports, which Linux has as terminals.
Each is a pipe, read by a thread of its own, so that nothing is lost and nothing is mixed.
"""
from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from . import arch as architectures
from .arch import Architecture
from .cpio import Archive
from .slots import Slots

CHANNELS = ("log", "output", "status")
FIRST_PORT = 0xE9
SCRIPT = "helix-command.sh"
# What keeps a count of instructions the same from run to run.
DETERMINISTIC = ["-icount", "shift=0,sleep=off", "-rtc", "clock=vm,base=2026-01-01", "-seed", "1"]


@dataclass
class Machine:
    kernel: Path
    arch: Architecture = field(default_factory=architectures.current)
    initrd: Path | None = None
    append: str = ""
    smp: int = 1
    mem: int = 512
    machine: str = ""  # the architecture's first one
    cpu: str = ""      # the same
    drive: Path | None = None
    iso: Path | None = None
    icount: bool = False
    gdb: bool = False
    extra: list[str] = field(default_factory=list)

    def command(self) -> list[str]:
        accel = os.environ.get("ACCEL", "tcg")
        line = [self.arch.emulator, "-accel", accel, "-M", self._machine(), "-cpu", self.cpu or self.arch.cpu, "-m", str(self.mem),
                "-smp", str(self.smp), "-net", "none", "-display", "none", "-no-reboot", *self.arch.extra]
        if self.iso:
            line += ["-cdrom", str(self.iso)]
        else:
            line += ["-kernel", str(self.kernel)]
            line += ["-initrd", str(self.initrd)] if self.initrd else []
            line += ["-append", self.append] if self.append else []
        if self.drive:
            line += ["-drive", f"file={self.drive},if=none,id=d0,format=raw", "-device", "virtio-blk-pci,drive=d0"]
        line += DETERMINISTIC if self.icount else []
        line += ["-s", "-S"] if self.gdb else []
        return line + self.extra

    def _machine(self) -> str:
        machine = self.machine or self.arch.machine
        return machine + ",isa-serial=on" if machine == "microvm" else machine

    def exit_code(self, code: int) -> int:
        """What QEMU ends with when the guest leaves with @code."""
        return self.arch.exit_code(code)


def console(words: str = "", arch: Architecture | None = None) -> str:
    """A command line with the console on the first serial port, and @words."""
    arch = arch or architectures.current()
    return f"console={arch.console} {arch.words} {words}".replace("  ", " ").strip()


def channel_devices(arch: Architecture, names: list[str] | tuple[str, ...] = CHANNELS) -> list[str]:
    """What carries the channels that have a chardev of their name; those not in @names lead nowhere."""
    if arch.channels == "ports":
        return [word for at, name in enumerate(CHANNELS) if name in names
                for word in ("-device", f"isa-debugcon,iobase={FIRST_PORT + at:#x},chardev={name}")]
    card = "pci-serial-4x"
    line = []
    for at in range(4):
        name = CHANNELS[at] if at < len(CHANNELS) and CHANNELS[at] in names else f"nowhere{at}"
        line += [] if name in names else ["-chardev", f"null,id={name}"]
        card += f",chardev{at + 1}={name}"
    return [*line, "-device", card]


class Channel:
    """One pipe from the guest: its last KEPT bytes stay, and each piece is handed to @sink as it comes."""

    KEPT = 32 << 20

    def __init__(self, name: str, sink: Callable[[bytes], None] | None = None):
        self.name, self.data, self._sink = name, bytearray(), sink
        self._read, self.write = os.pipe()
        self._thread = threading.Thread(target=self._pump, daemon=True)

    def arguments(self) -> list[str]:
        return ["-chardev", f"file,id={self.name},path=/dev/fd/{self.write}"]

    def started(self) -> None:
        """Call once the emulator holds the writing end."""
        os.close(self.write)
        self._thread.start()

    def _pump(self) -> None:
        while piece := os.read(self._read, 65536):
            self.data += piece
            if len(self.data) > 2 * self.KEPT:
                del self.data[:-self.KEPT]
            if self._sink:
                self._sink(piece)
        os.close(self._read)

    def finished(self) -> bytes:
        """Everything kept, once the guest is gone."""
        self._thread.join(timeout=5)
        return self.text()

    def text(self) -> bytes:
        return bytes(self.data)

    def last_lines(self, count: int) -> str:
        return "\n".join(self.text().decode(errors="replace").splitlines()[-count:])


@dataclass
class Result:
    """How a run ended: @status is the command's own, None when none came; @timed_out and @panicked say why not."""

    status: int | None
    output: bytes
    log: bytes
    console: bytes
    exit_code: int | None
    timed_out: bool
    panicked: bool


class PanicWatcher:
    """Passes the log on, and ends the machine soon after the kernel said that it panicked."""

    MARK, TEXT_SECONDS = b"KERNEL PANIC", 2.0

    def __init__(self, sink: Callable[[bytes], None] | None):
        self.seen, self._sink, self._last, self._process, self._timer = False, sink, b"", None, None

    def watch(self, process: subprocess.Popen) -> None:
        self._process = process

    def see(self, piece: bytes) -> None:
        if self._sink:
            self._sink(piece)
        self._last = self._last[-len(self.MARK):] + piece
        if not self.seen and self.MARK in self._last and self._process:
            self.seen = True
            self._timer = threading.Timer(self.TEXT_SECONDS, self._process.kill)
            self._timer.start()

    def done(self) -> None:
        if self._timer:
            self._timer.cancel()


def joined(first: Path | None, archive: Archive, into: Path) -> Path:
    """@into, made of the file @first and @archive behind it."""
    if first:
        shutil.copyfile(first, into)
    with into.open("ab") as out:
        out.write(b"\0" * (-out.tell() % 4) + archive.data())
    return into


def with_command(machine: Machine, command: str, folder: Path) -> None:
    """Have init run @command: as a word of the command line, or as a script in a further archive when it has quotes."""
    if '"' in command or "\n" in command or len(command) > 1024:
        archive = Archive()
        archive.file(SCRIPT, command.encode() + b"\n", 0o755)
        machine.initrd, command = joined(machine.initrd, archive, folder / "initrd"), f". /{SCRIPT}"
    words = [word for word in (machine.append,) if word]
    option = f'helix.cmd="{command}"'
    head, mark, tail = " ".join(words).partition(" -- ")
    machine.append = f"{head} {option}{mark}{tail}".strip()


def interactive(machine: Machine, log: str | None = None, timeout: float | None = None) -> int:
    """Boot with the guest's console on this terminal and the kernel log in the file @log. 0 when the guest turned the machine off, else
    what the emulator ended with."""
    line = machine.command() + ["-serial", "mon:stdio"]
    line += ["-chardev", f"file,id=log,path={log}"] if log else []
    line += channel_devices(machine.arch, ["log"] if log else [])
    code = subprocess.run(line, timeout=timeout, check=False).returncode
    return 0 if code == machine.exit_code(0) else code


def wait(process: subprocess.Popen, timeout: float, given_up: Callable[[], bool] | None) -> bool:
    """False when @process went on for @timeout seconds, or until @given_up."""
    end = time.monotonic() + timeout
    while time.monotonic() < end and not (given_up and given_up()):
        try:
            process.wait(min(1.0, timeout) if given_up else timeout)
            return True
        except subprocess.TimeoutExpired:
            pass
    return False


def run(machine: Machine, command: str | None = None, timeout: float = 60, sinks: dict[str, Callable[[bytes], None]] | None = None,
        given_up: Callable[[], bool] | None = None) -> Result:
    """Boot, wait for the end, and report. The console is caught, never shown. A panic ends the run after a moment for its text, and
    @given_up, asked each second, is a time-out that comes early."""
    sinks = dict(sinks or {})
    watcher = PanicWatcher(sinks.get("log"))
    sinks["log"] = watcher.see
    with Slots(machine.smp), tempfile.TemporaryDirectory(prefix="helix-run-") as scratch:
        if command is not None:
            with_command(machine, command, Path(scratch))
        channels = {name: Channel(name, sinks.get(name)) for name in CHANNELS}
        console = Path(scratch) / "console"
        line = machine.command() + ["-serial", f"file:{console}"]
        for channel in channels.values():
            line += channel.arguments()
        line += channel_devices(machine.arch)
        process = subprocess.Popen(line, stdin=subprocess.DEVNULL, pass_fds=[c.write for c in channels.values()])
        for channel in channels.values():
            channel.started()
        watcher.watch(process)
        timed_out = True
        try:
            timed_out = not wait(process, timeout, given_up)
        finally:
            watcher.done()
            process.kill()
            process.wait()
        status = channels["status"].finished().split()
        return Result(int(status[0]) if status and status[0].isdigit() else None, channels["output"].finished(),
                      channels["log"].finished(), console.read_bytes() if console.exists() else b"",
                      None if timed_out else process.returncode, timed_out, watcher.seen)
