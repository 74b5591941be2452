# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""The modules of the tree, read from modules_impl/*/*/meson.build, and every name they answer to."""
from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

# Folder of a category -> the word for one of its kind in the seed's names (helix-scheduler-round-robin).
KINDS = {"schedulers": "scheduler", "allocators": "allocator", "filesystems": "filesystem", "services": "service"}


@dataclass(frozen=True)
class Module:
    name: str
    folder: str  # below the root of the tree
    interface: str
    aliases: tuple[str, ...]


def variable(source: str, name: str) -> str:
    match = re.search(rf"^{name}\s*=\s*'([^']*)'", source, re.MULTILINE)
    return match[1] if match else ""


def names_list(source: str, name: str) -> list[str]:
    match = re.search(rf"^{name}\s*=\s*\[([^\]]*)\]", source, re.MULTILINE)
    return re.findall(r"'([^']*)'", match[1]) if match else []


def read(root: Path) -> list[Module]:
    found = []
    for path in sorted(root.glob("modules_impl/*/*/meson.build")):
        source = path.read_text()
        name = variable(source, "name") or path.parent.name
        kind = KINDS.get(path.parent.parent.name, path.parent.parent.name)
        aliases = [f"helix-{kind}-{name}".replace("_", "-"), name.replace("_", "-"), *names_list(source, "aliases")]
        found.append(Module(name, str(path.parent.relative_to(root)), variable(source, "interface"),
                            tuple(dict.fromkeys(alias for alias in aliases if alias != name))))
    return found


class Catalogue:
    def __init__(self, modules: list[Module]):
        self.by_name = {module.name: module for module in modules}
        self.by_any = {alias: module for module in modules for alias in module.aliases} | self.by_name

    def find(self, name: str) -> Module | None:
        return self.by_any.get(name)

    def names(self, interface: str = "") -> list[str]:
        return [name for name, module in self.by_name.items() if not interface or module.interface == interface]

    def all_names(self) -> list[str]:
        return list(self.by_any)
