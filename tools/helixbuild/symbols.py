# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""The functions of an image with symbols."""
from __future__ import annotations

import bisect
import subprocess
from pathlib import Path


class Symbols:
    """Functions by address."""

    def __init__(self, elf: Path):
        text = subprocess.run(["llvm-nm-19", "-n", elf], check=True, capture_output=True, text=True).stdout
        self._starts, self._names = [], []
        for line in text.splitlines():
            address, kind, name = line.split(maxsplit=2) if line[0] != " " else ("", "", "")
            if kind in ("t", "T", "w", "W") and not name.startswith(("$", ".L")):
                self._starts.append(int(address, 16))
                self._names.append(name)

    def at(self, address: int) -> tuple[str, int]:
        """The function that holds @address, and where it begins."""
        at = bisect.bisect_right(self._starts, address) - 1
        return (self._names[at], self._starts[at]) if at >= 0 else ("(unknown)", 0)

    def address(self, name: str) -> int:
        return self._starts[self._names.index(name)]
