# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""Where in a TOML file a section, a key or a value stands; the parser of the library does not say."""
from __future__ import annotations

import re

HEADER = re.compile(r"^\s*\[\s*([^\[\]]+?)\s*\]\s*(#.*)?$")
KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")


def _parts(name: str) -> list[str]:
    return [part.strip().strip("\"'") for part in name.split(".")]


class Locator:
    """Line numbers of [sections] and keys, by dotted name. What it cannot find stands at the nearest section above."""

    def __init__(self, source: str):
        self.lines = source.splitlines()
        self.found: dict[tuple[str, ...], int] = {}
        section: list[str] = []
        for number, line in enumerate(self.lines, 1):
            if match := HEADER.match(line):
                section = _parts(match[1])
                self.found.setdefault(tuple(section), number)
            elif match := KEY.match(line):
                self.found.setdefault(tuple(section + _parts(match[1])), number)

    def line(self, *path: str) -> int:
        parts = tuple(part for name in path for part in name.split("."))
        while parts:
            if parts in self.found:
                return self.found[parts]
            below = [line for name, line in self.found.items() if name[: len(parts)] == parts]
            if below:
                return min(below)
            parts = parts[:-1]
        return 1

    def value_line(self, value: object, *path: str) -> int:
        """The line of one string inside an array that may span lines."""
        start = self.line(*path)
        for number in range(start, len(self.lines) + 1):
            if f'"{value}"' in self.lines[number - 1] or f"'{value}'" in self.lines[number - 1]:
                return number
            if number > start and (HEADER.match(self.lines[number - 1]) or KEY.match(self.lines[number - 1])):
                break
        return start
