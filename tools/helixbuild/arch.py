# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""What the tools and tests know of each architecture: one record per architecture, and nothing about any of them anywhere else."""
from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Architecture:
    name: str
    emulator: str
    machines: tuple[str, ...]  # of QEMU, with properties; the first is the one that is used when none is named
    cpus: tuple[str, ...]      # the same
    console: str               # as console= names it
    uname: str                 # what uname -m prints
    debian: str                # Debian's name for it
    suite: str                 # which release of Debian has busybox and a kernel; "" for the one that runs here
    kernel: str                # the package of Debian's kernel
    compiler: tuple[str, ...]  # makes static Linux programs with glibc
    channels: str              # "ports": debug ports of its own, "pci": a serial card with four ports
    bench_cpu: str             # for figures: without what the emulator counts in another way than a processor works
    bench_machines: tuple[str, ...]
    # A freestanding program that reports when a kernel begins: target, emulation, where it is loaded.
    entry: tuple[str, str, str]
    words: str = ""            # what Debian's kernel needs to be told under an emulator; no other kernel minds
    cd: bool = False           # a CD image with GRUB can be made
    extra: tuple[str, ...] = ()
    # The code that QEMU ends with when the guest leaves with a code.
    exit_code: Callable[[int], int] = lambda code: code

    @property
    def machine(self) -> str:
        return self.machines[0]

    @property
    def cpu(self) -> str:
        return self.cpus[0]


ARCHITECTURES = {arch.name: arch for arch in (
    Architecture("x86_64", "qemu-system-x86_64", ("q35", "pc", "microvm"), ("max",), "ttyS0", "x86_64",
                 debian="amd64", suite="", kernel="linux-image-cloud-amd64", compiler=("gcc-12",),
                 channels="ports", bench_cpu="max,-erms", bench_machines=("q35", "microvm"),
                 entry=("i386-unknown-none-elf", "elf_i386", "0x100000"),
                 # It takes a timer that is late on a busy machine for a broken one, and panics.
                 words="no_timer_check", cd=True, extra=("-device", "isa-debug-exit,iobase=0xf4,iosize=1"), exit_code=lambda code: code << 1 | 1),
    Architecture("aarch64", "qemu-system-aarch64", ("virt,gic-version=3", "virt,gic-version=2"), ("max,pauth-impdef=on", "cortex-a57"), "ttyAMA0", "aarch64",
                 debian="arm64", suite="", kernel="linux-image-cloud-arm64", compiler=("aarch64-linux-gnu-gcc",),
                 channels="pci", bench_cpu="max,pauth-impdef=on", bench_machines=("virt,gic-version=3",),
                 entry=("aarch64-unknown-none-elf", "aarch64elf", "0x40080000"), extra=("-semihosting-config", "enable=on,target=native")),
    Architecture("riscv64", "qemu-system-riscv64", ("virt", "virt,aia=aplic-imsic"), ("rv64", "rv64,sv48=off"), "ttyS0", "riscv64",
                 debian="riscv64", suite="trixie", kernel="linux-image-riscv64", compiler=("riscv64-linux-gnu-gcc",),
                 channels="pci", bench_cpu="rv64", bench_machines=("virt",),
                 entry=("riscv64-unknown-none-elf", "elf64lriscv", "0x80200000")),
)}


def named(name: str) -> Architecture:
    if name not in ARCHITECTURES:
        raise ValueError(f"no architecture {name} (there are {', '.join(ARCHITECTURES)})")
    return ARCHITECTURES[name]


def current() -> Architecture:
    """What ARCH= names; make hands it on to every tool."""
    return named(os.environ.get("ARCH") or "x86_64")


def image() -> Path:
    """The image that tools take when none is named."""
    return ROOT / f"build/{current().name}-minimal/helix"
