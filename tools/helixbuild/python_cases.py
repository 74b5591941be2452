# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""Python's own tests, from Debian's package, in a guest: each case with its outcome, beside those that Debian's Linux gave in the same emulator.

tests/system/python/cases.py runs them there. What went otherwise on Linux than well is in a file, with the versions it was seen with:
lines of "outcome case", sorted. What is in no line passed.
"""
from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from . import debian_system, qemu
from .cpio import Archive

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ["python3", "?name(^libpython3[.].*-testsuite$)"]  # of the version that the release has
RUNNER = ROOT / "tests/system/python/cases.py"
SUITES = ("test_asyncio", "test_io", "test_mmap", "test_os", "test_posix", "test_pty", "test_select", "test_selectors", "test_signal", "test_socket",
          "test_subprocess", "test_tempfile", "test_threading")
WELL = ("ok", "skip")


@dataclass
class Case:
    suite: str
    name: str
    outcome: str
    said: str
    seconds: float


class Reader:
    """The guest's output as it comes. What is no case (the version, a complaint) is kept as it is."""

    def __init__(self, seen: Callable[[Case], None] | None = None):
        self.cases: dict[str, Case] = {}
        self.other: list[str] = []
        self._seen, self._rest = seen, b""

    def feed(self, piece: bytes) -> None:
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            self._line(line.decode(errors="replace"))

    def _line(self, line: str) -> None:
        if not line.startswith("{"):
            self.other.append(line)
            return
        told = json.loads(line)
        case = Case(told["suite"], told["case"], told["outcome"], told["said"], told["seconds"])
        self.cases[case.name] = case
        if self._seen:
            self._seen(case)


def run(machine: qemu.Machine, suites: Iterable[str], timeout: float, only: Iterable[str] = (), seen: Callable[[Case], None] | None = None) -> Reader:
    """Boot @machine with the cases of @suites, or with those that @only names. RuntimeError when the guest did not get to the end."""
    reader = Reader(seen)
    command = "python3 -V; python3 /cases.py" + (" --only /only " if only else " ") + " ".join(suites)
    with tempfile.TemporaryDirectory(prefix="helix-python-") as scratch:
        second = Archive()
        second.file("cases.py", RUNNER.read_bytes(), 0o755)
        second.file("only", "\n".join(only).encode())
        machine.initrd = Path(scratch) / "initrd"
        machine.initrd.write_bytes(debian_system.archive(PACKAGES).read_bytes() + second.data())
        result = qemu.run(machine, command, timeout, {"output": reader.feed})
    if result.status != 0:
        why = "a panic" if result.panicked else "time-out" if result.timed_out else f"status {result.status}"
        last = (result.log or result.console).decode(errors="replace").splitlines()[-25:]
        raise RuntimeError("\n".join([f"{why} after {len(reader.cases)} cases", *reader.other, *last]))
    return reader


def known(path: Path) -> dict[str, str]:
    """What Linux's list says: outcomes by case."""
    lines = [line.split(" ", 1) for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return {case: outcome for outcome, case in lines}


def worse(cases: Iterable[Case], linux: dict[str, str]) -> list[Case]:
    """Those that fail and do not fail in @linux, and those that are left out and are not there."""
    def is_worse(case: Case) -> bool:
        there = linux.get(case.name, "ok")
        return there == "ok" if case.outcome == "skip" else case.outcome != "ok" and there in WELL

    return [case for case in cases if is_worse(case)]


def compare(machine: qemu.Machine, suites: Iterable[str], timeout: float, linux: dict[str, str],
            seen: Callable[[Case], None] | None = None) -> tuple[dict[str, Case], list[Case]]:
    """All cases, and those that are worse than in @linux."""
    cases = run(machine, suites, timeout, seen=seen).cases
    if missing := set(suites) - {case.suite for case in cases.values()}:
        raise RuntimeError(f"no case of {', '.join(sorted(missing))}")
    return cases, worse(cases.values(), linux)
