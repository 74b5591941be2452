# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""The components of the tree as the root meson.build lists them, with what each folder's record says."""
from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from .modules import names_list, variable


@dataclass(frozen=True)
class Component:
    name: str
    folder: str
    prefixes: tuple[str, ...]
    exports: tuple[str, ...]
    uses: tuple[str, ...]


def read(root: Path) -> dict[str, Component]:
    text = (root / "meson.build").read_text()
    listed = re.search(r"^components = \[(.*?)^\]", text, re.DOTALL | re.MULTILINE)[1]
    found = {}
    for folder in re.findall(r"\['([^']+)',", listed):
        record = root / folder / "meson.build"
        if not record.exists():
            continue
        source = record.read_text()
        name = variable(source, "name")
        prefixes = tuple(variable(source, "prefix").split("|"))
        found[name] = Component(name, folder, prefixes, tuple(names_list(source, "exports")), tuple(names_list(source, "uses")))
    return found


def includes(components: dict[str, Component], name: str, root: Path, arch: str) -> list[Path]:
    """The folders that a public header of @name may include from: its own and, through, those it exports."""
    seen: dict[str, None] = {}

    def visit(at: str) -> None:
        if at not in seen:
            seen[at] = None
            for below in components[at].exports:
                visit(below)

    visit(name)
    folders = [root / components[at].folder / "include" for at in seen]
    if "hal" in seen:
        folders.append(root / "hal" / arch / "include")
    return [folder for folder in folders if folder.is_dir()]
