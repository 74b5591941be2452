# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""Read and check one helix.toml. Everything wrong is reported at once, each as file:line: what, and the nearest valid name."""
from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .locate import Locator
from .modules import Catalogue
from .schema import MODULE_LISTS, SCHEMA, Key

SCALARS = {"bool": bool, "int": int, "str": str, "module": str}
WORDS = {"bool": "true or false", "int": "a whole number", "str": "a text", "module": "a text", "list": "a list of texts"}


class ProfileError(Exception):
    """All complaints about a profile, one per line."""


@dataclass
class Profile:
    path: Path
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    static: list[str] = field(default_factory=list)
    dynamic: list[str] = field(default_factory=list)
    settings: dict[str, dict[str, str]] = field(default_factory=dict)


def find(root: Path, name: str) -> Path:
    """PROFILE= is a folder of profiles/, a folder elsewhere, or a file."""
    candidates = [root / "profiles" / name / "helix.toml", Path(name) / "helix.toml", Path(name)]
    for path in candidates:
        if path.is_file():
            return path.resolve()
    known = sorted(path.parent.name for path in root.glob("profiles/*/helix.toml"))
    raise ProfileError(f"profile '{name}': no such folder in profiles/ and no such file{nearest(name, known)}")


def nearest(word: object, valid: list[str] | tuple) -> str:
    texts = [str(item) for item in valid]
    close = difflib.get_close_matches(str(word), texts, n=1, cutoff=0.5)
    if close:
        return f"; did you mean '{close[0]}'?"
    return f" (valid: {', '.join(texts)})" if texts else ""


class Checker:
    def __init__(self, path: Path, shown: str, catalogue: Catalogue):
        self.shown, self.catalogue = shown, catalogue
        self.problems: list[tuple[int, str]] = []
        self.given: set[tuple[str, str]] = set()
        source = path.read_text()
        self.where = Locator(source)
        self.profile = Profile(path)
        try:
            self.data = tomllib.loads(source)
        except tomllib.TOMLDecodeError as error:
            at = re.search(r"line (\d+)", str(error))
            line = at[1] if at else len(self.where.lines)
            raise ProfileError(f"{shown}:{line}: not valid TOML: {error}") from None

    def refuse(self, line: int, what: str) -> None:
        self.problems.append((line, f"{self.shown}:{line}: {what}"))

    def run(self) -> Profile:
        for section, value in self.data.items():
            if section == "modules":
                continue
            if section not in SCHEMA:
                self.refuse(self.where.line(section), f"unknown section [{section}]"
                            + nearest(section, [name for name in SCHEMA if "." not in name] + ["modules"]))
            elif self.is_table(section, value):
                self.section(section, value)
        for section, keys in SCHEMA.items():
            known = self.profile.values.setdefault(section, {})
            for name, key in keys.items():
                known.setdefault(name, key.default)
        self.modules(self.data.get("modules", {}))
        self.derived()
        if self.problems:
            raise ProfileError("\n".join(text for _, text in sorted(self.problems)))
        return self.profile

    def is_table(self, section: str, value: Any) -> bool:
        if isinstance(value, dict):
            return True
        self.refuse(self.where.line(section), f"'{section}' is a section: write [{section}]")
        return False

    def section(self, section: str, table: dict) -> None:
        inner = {name.split(".", 1)[1] for name in SCHEMA if name.startswith(section + ".")}
        values = self.profile.values.setdefault(section, {})
        for name, value in table.items():
            dotted = f"{section}.{name}"
            if name in inner:
                if self.is_table(dotted, value):
                    self.section(dotted, value)
            elif name not in SCHEMA[section]:
                what = f"unknown section [{dotted}]" if isinstance(value, dict) else f"unknown key '{name}' in [{section}]"
                self.refuse(self.where.line(section, name), what + nearest(name, [*SCHEMA[section], *sorted(inner)]))
            elif self.value(section, name, SCHEMA[section][name], value):
                values[name] = value
                self.given.add((section, name))

    def value(self, section: str, name: str, key: Key, value: Any) -> bool:
        line = self.where.line(section, name)
        label = f"{section}.{name}"
        if key.kind == "list":
            return self.texts(section, name, key, value)
        if key.kind == "choice":
            if type(value) is type(key.default) and value in key.bounds:
                return True
            self.refuse(line, f"{label} = {shown(value)} is not one of its values{nearest(value, key.bounds)}")
            return False
        if type(value) is not SCALARS[key.kind]:  # a bool is an int to isinstance
            self.refuse(line, f"{label} must be {WORDS[key.kind]}, not {shown(value)}")
            return False
        if key.kind == "int" and not key.bounds[0] <= value <= key.bounds[1]:
            self.refuse(line, f"{label} = {value} is out of range {key.bounds[0]} to {key.bounds[1]}")
            return False
        return True

    def texts(self, section: str, name: str, key: Key, value: Any) -> bool:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.refuse(self.where.line(section, name), f"{section}.{name} must be a list of texts")
            return False
        bad = [item for item in value if item not in key.bounds]
        for item in bad:
            self.refuse(self.where.value_line(item, section, name),
                        f"{section}.{name}: '{item}' is not one of its values{nearest(item, key.bounds)}")
        return not bad

    def module_name(self, name: str, line: int, interface: str = "") -> str | None:
        module = self.catalogue.find(name)
        if module is None:
            self.refuse(line, f"unknown module '{name}'{nearest(name, self.catalogue.all_names())}")
        elif interface and module.interface != interface:
            self.refuse(line, f"module '{module.name}' provides {module.interface or 'no interface'}, not {interface}"
                        + nearest(name, self.catalogue.names(interface)))
        else:
            return module.name
        return None

    def modules(self, table: Any) -> None:
        if not self.is_table("modules", table):
            return
        for name in MODULE_LISTS:
            self.module_list(name, table.get(name, []))
        for name, value in table.items():
            if name in MODULE_LISTS:
                continue
            line = self.where.line("modules", name)
            if not isinstance(value, dict):
                self.refuse(line, f"unknown key '{name}' in [modules]{nearest(name, MODULE_LISTS)}")
            elif module := self.module_name(name, line):
                self.settings(name, module, value)

    def module_list(self, which: str, names: Any) -> None:
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            self.refuse(self.where.line("modules", which), f"modules.{which} must be a list of module names")
            return
        for name in names:
            line = self.where.value_line(name, "modules", which)
            module = self.module_name(name, line)
            if module is None:
                continue
            if module in self.profile.static + self.profile.dynamic:
                self.refuse(line, f"module '{module}' is named twice in [modules]")
            getattr(self.profile, which).append(module)

    def settings(self, written: str, module: str, table: dict) -> None:
        if module not in self.profile.static + self.profile.dynamic + self.chosen():
            self.refuse(self.where.line("modules", written), f"settings for '{module}', which this profile does not build")
        for key, value in table.items():
            if isinstance(value, bool):
                value = "true" if value else "false"
            if not isinstance(value, (str, int)):
                self.refuse(self.where.line("modules", written, key),
                            f"modules.{written}.{key} must be a text, a whole number, true or false")
            else:
                self.profile.settings.setdefault(module, {})[key] = str(value)

    def chosen(self) -> list[str]:
        """The modules that other sections pick; a wrong name is complained about in derived()."""
        picked = [self.profile.values[section][name] for section, keys in SCHEMA.items() for name, key in keys.items()
                  if key.kind == "module"]
        return [module.name for name in picked if (module := self.catalogue.find(name))]

    def derived(self) -> None:
        values = self.profile.values
        self.provider_choices()
        self.root_file_system()
        stack = values["memory"]["stack_size_kb"]
        if stack & (stack - 1):
            self.refuse(self.where.line("memory", "stack_size_kb"), f"memory.stack_size_kb = {stack} is not a power of two")
        if values["memory"]["min_ram_mb"] > values["memory"]["max_ram_mb"]:
            self.refuse(self.where.line("memory", "min_ram_mb"), "memory.min_ram_mb is above memory.max_ram_mb")
        if values["profile.arch"]["primary"] not in values["profile.arch"]["supported"]:
            self.refuse(self.where.line("profile.arch", "primary"), "profile.arch.primary is not in profile.arch.supported")
        target = values["profile"]["target"]
        if target and target.split("-")[0] not in values["profile.arch"]["supported"]:
            self.refuse(self.where.line("profile", "target"),
                        f"profile.target '{target}' is for no architecture of profile.arch.supported")
        for feature in ("networking", "graphics"):
            if values["profile.features"][feature]:
                self.refuse(self.where.line("profile.features", feature),
                            f"profile.features.{feature} is not built into Helix yet: only false is possible")
        if values["security"]["verify_modules"]:
            self.refuse(self.where.line("security", "verify_modules"),
                        "security.verify_modules is not built into Helix yet: only false is possible")
        values["profile"]["name"] = values["profile"]["name"] or self.profile.path.parent.name

    def root_file_system(self) -> None:
        """Archives need a file system to go into; ramfs is linked in when the profile names none."""
        names = self.catalogue.names("helix.filesystem")
        wanted = self.profile.values["profile.features"]["filesystem"] and "ramfs" in names
        if wanted and not set(names) & set(self.profile.static):
            if "ramfs" in self.profile.dynamic:
                self.refuse(self.where.value_line("ramfs", "modules", "dynamic"),
                            "module 'ramfs' must be static, because the root file system is needed before any can be loaded")
            else:
                self.profile.static.append("ramfs")

    def provider_choices(self) -> None:
        """[scheduler] module and [allocator] name modules; what they name is linked in and gets the section's keys."""
        for section, keys in SCHEMA.items():
            for name, key in keys.items():
                if key.kind == "module":
                    self.provider_choice(section, name, key)

    def provider_choice(self, section: str, name: str, key: Key) -> None:
        interface = key.bounds[0]
        listed = [item for item in self.profile.static if self.catalogue.by_name[item].interface == interface]
        given = (section, name) in self.given
        picked = self.profile.values[section][name] if given or not listed else listed[0]
        if not given and not self.catalogue.names(interface):
            return  # the tree has no such module at all
        line = self.where.line(section, name)
        module = self.module_name(picked, line, interface)
        if module is None:
            return
        if module in self.profile.dynamic:
            self.refuse(line, f"{section}.{name}: '{module}' must be a static module, because it is needed before any can be loaded")
        elif module not in self.profile.static:
            self.profile.static.append(module)
        self.profile.values[section][name] = module
        if section == "scheduler":
            self.scheduler_settings()

    def scheduler_settings(self) -> None:
        """Every scheduler of the profile starts from [scheduler]; its own table wins."""
        for module in self.profile.static + self.profile.dynamic:
            if self.catalogue.by_name[module].interface != "helix.scheduler":
                continue
            own = self.profile.settings.setdefault(module, {})
            for key, value in self.profile.values["scheduler"].items():
                if key != "module":
                    own.setdefault(key, shown(value))


def shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)


def load(path: Path, catalogue: Catalogue, shown_as: str = "") -> Profile:
    return Checker(path, shown_as or str(path), catalogue).run()
