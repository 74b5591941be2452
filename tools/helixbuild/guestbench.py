# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""The program that Helix and Linux are compared by (benchmarks/), and the machine that it runs on."""
from __future__ import annotations

import subprocess
from pathlib import Path

from . import arch, archives, qemu

SOURCES = [f"benchmarks/{name}.c" for name in ("bench", "calls", "files", "messages", "memory", "processes", "parallel")]
# Where no other program of the archive lies, so that an address of it says which program runs.
ADDRESS = 0x10000000


def program() -> Path:
    own = archives.ROOT / f"benchmarks/{arch.current().name}"
    return archives.built("bench", SOURCES, [*archives.static_program(), "-D_GNU_SOURCE", "-I", own, "-Wl,-e,bench_entry",
                                             f"-Wl,-Ttext-segment={ADDRESS:#x}"])


def programs() -> dict[str, Path]:
    """By their place in the archive: the program, and the smallest one, which it runs."""
    smallest = f"benchmarks/{arch.current().name}/nothing.S"
    return {"bin/bench": program(), "bin/nothing": archives.built("nothing", [smallest], [arch.current().compiler[0], "-nostdlib", "-static"])}


def entry_kernel() -> Path:
    """A kernel that only reports when it was entered."""
    target, emulation, address = arch.current().entry
    objects = archives.built("entry.o", [f"benchmarks/{arch.current().name}/entry.S"], ["clang-19", f"--target={target}", "-c"])
    image = objects.with_name("entry")
    subprocess.run(["ld.lld-19", "-m", emulation, f"-Ttext={address}", "-o", image, objects], check=True)
    return image


def machine(kernel: Path, initrd: Path, append: str, board: str = "", cpus: int = 1) -> qemu.Machine:
    """One CPU counts instructions; more of them take the host's time."""
    return qemu.Machine(kernel=kernel, initrd=initrd, append=append, smp=cpus, mem=512, machine=board or arch.current().bench_machines[0],
                        cpu=arch.current().bench_cpu, icount=cpus == 1)
