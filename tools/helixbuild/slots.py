# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""The host's cores, shared out among guests of several test runs at once: a guest starts when there is a core for each of its CPUs (or it
has them all), so that deadlines mean the same however much is run beside it. HELIX_SLOTS names a folder; without it nothing waits."""
from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType


class Slots:
    """Cores for a guest with @cpus CPUs, from the start of a with block, or take(), to its end, or give(). A process that has some
    already is not made to wait for more: it would wait for itself."""

    _held = 0

    def __init__(self, cpus: int):
        self._folder = os.environ.get("HELIX_SLOTS")
        self._wanted = min(cpus, os.cpu_count() or 1)
        self._files: list[int] = []

    def take(self) -> Slots:
        if self._folder and Slots._held == 0:
            with self._open("gate") as gate:
                fcntl.flock(gate, fcntl.LOCK_EX)  # first come, first served
                while len(self._files) < self._wanted:
                    self._one()
            Slots._held += len(self._files)
        return self

    def _open(self, name: str):
        return (Path(self._folder) / name).open("w")

    def _one(self) -> None:
        for number in range(os.cpu_count() or 1):
            file = os.open(Path(self._folder) / f"core{number}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._files.append(file)
                return
            except BlockingIOError:
                os.close(file)
        time.sleep(0.02)

    def give(self) -> None:
        Slots._held -= len(self._files)
        while self._files:
            os.close(self._files.pop())

    def __enter__(self) -> Slots:
        return self.take()

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.give()
