# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""The keys of helix.toml: their types, ranges, defaults, and what each does.

Every key becomes the constant HELIX_<SECTION>_<KEY> in helix/profile.h; a choice becomes its index in the list, with a second
constant, ..._NAME, for its text.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

ARCHITECTURES = ("x86_64", "aarch64", "riscv64")
BUILDS = ("dev", "release", "release-debug", "production", "bench", "test")


@dataclass(frozen=True)
class Key:
    """One key: @kind is bool, int, str, choice, module or list; @bounds the range or the choices or the interface."""

    kind: str
    default: Any
    meaning: str
    bounds: tuple = ()


def flag(default: bool, meaning: str) -> Key:
    return Key("bool", default, meaning)


def number(default: int, low: int, high: int, meaning: str) -> Key:
    return Key("int", default, meaning, (low, high))


def text(default: str, meaning: str) -> Key:
    return Key("str", default, meaning)


def choice(default: str, choices: tuple, meaning: str) -> Key:
    return Key("choice", default, meaning, choices)


def module(default: str, interface: str, meaning: str) -> Key:
    return Key("module", default, meaning, (interface,))


SCHEMA: dict[str, dict[str, Key]] = {
    "profile": {
        "name": text("", "the profile's name; the folder's when not given"),
        "version": text("0.0.0", "the profile's own version, shown by the banner"),
        "description": text("", "one line, shown by the banner"),
        "target": text("", "the compiler target this profile is for, as <arch>-...; any when empty"),
    },
    "profile.arch": {
        "primary": choice("x86_64", ARCHITECTURES, "the architecture built when ARCH= is not given"),
        "supported": Key("list", list(ARCHITECTURES), "building for another architecture is refused", ARCHITECTURES),
    },
    "profile.features": {
        "multicore": flag(True, "start all CPUs; false: only the first"),
        "hot_reload": flag(True, "modules may be replaced while running"),
        "userspace": flag(True, "run /init at the end of the boot"),
        "networking": flag(False, "the network subsystem"),
        "filesystem": flag(True, "unpack the archives into the root file system"),
        "graphics": flag(False, "the graphics stack"),
    },
    "memory": {
        "min_ram_mb": number(32, 16, 1 << 20, "with less memory the boot stops with a message"),
        "max_ram_mb": number(1 << 20, 16, 1 << 20, "memory above this much is left unused"),
        "heap_size_kb": number(0, 0, 1 << 30, "the kernel heap grows to at most this; 0: no limit of its own"),
        "stack_size_kb": number(16, 8, 64, "kernel stack of each thread; a power of two"),
        "huge_pages": flag(True, "map all physical memory with 2 MB pages where aligned"),
    },
    "scheduler": {
        "module": module("round_robin", "helix.scheduler", "the scheduler in charge after the boot"),
        "time_slice_ms": number(10, 1, 100, "how long a thread runs before the next one's turn"),
        "priority_levels": number(140, 1, 140, "priorities 0 to this less one; requests beyond are cut"),
        "load_balancing": flag(True, "move waiting threads to idle CPUs"),
        "preemption": flag(True, "a woken thread of higher priority takes the CPU at once"),
    },
    "allocator": {
        "physical": module("buddy", "helix.allocator.frame", "the frame allocator"),
        "heap": module("slab", "helix.allocator.heap", "the heap allocator"),
    },
    "console": {
        "backend": choice("serial", ("none", "serial"), "where the console is"),
        "baud_rate": choice(115200, (9600, 19200, 38400, 57600, 115200), "speed of a serial console"),
        "log_level": choice("info", ("error", "warn", "info", "debug"), "the least urgent message logged"),
    },
    "boot": {
        "protocol": choice("all", ("all", "pvh", "multiboot2"), "which boot entries the image has"),
        "cmdline": text("", "words put before the loader's command line"),
    },
    "security": {
        "capabilities": flag(True, "check Linux capabilities; false: every check passes for every user"),
        "verify_modules": flag(False, "load only modules with a valid signature"),
        "aslr": flag(True, "randomise stacks and mappings of programs"),
        "stack_canaries": flag(True, "compile with stack protector"),
        "smep_smap": flag(True, "turn on SMEP, SMAP and UMIP, or what the CPU has like them"),
    },
    "debug": {
        "level": number(0, 0, 2, "1: costly assertions too, 2: the order of locks too; BUILD=dev and test take 2"),
        "symbols": flag(True, "embed function names for backtraces"),
        "panic_behavior": choice("halt", ("halt", "reboot", "debug_break", "continue"), "what a panic does at its end"),
        "debug_port": flag(True, "copy the log to the emulator's debug port where one answers"),
    },
    "build": {
        "profile": choice("release", BUILDS, "the build profile when BUILD= is not given"),
    },
}

# [modules] is a table of its own kind: two lists, and a table of settings per module.
MODULE_LISTS = ("static", "dynamic")
