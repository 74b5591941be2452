# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""What the tools and tests know of each architecture: one record per architecture, and nothing about any of them anywhere else."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


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
    linked: str                # what a C compiler calls its target, for modules of others
    channels: str              # "ports": debug ports of its own, "pci": a serial card with four ports
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
                 debian="amd64", suite="", kernel="linux-image-cloud-amd64", compiler=("gcc-12",), linked="x86_64-unknown-none-elf",
                 channels="ports", extra=("-device", "isa-debug-exit,iobase=0xf4,iosize=1"), exit_code=lambda code: code << 1 | 1),
    Architecture("aarch64", "qemu-system-aarch64", ("virt,gic-version=3", "virt,gic-version=2"), ("max", "cortex-a57"), "ttyAMA0", "aarch64",
                 debian="arm64", suite="", kernel="linux-image-cloud-arm64", compiler=("aarch64-linux-gnu-gcc",),
                 linked="aarch64-unknown-none-elf", channels="pci", extra=("-semihosting-config", "enable=on,target=native")),
    Architecture("riscv64", "qemu-system-riscv64", ("virt", "virt,aia=aplic-imsic"), ("rv64", "rv64,sv48=off"), "ttyS0", "riscv64",
                 debian="riscv64", suite="trixie", kernel="linux-image-riscv64", compiler=("riscv64-linux-gnu-gcc",),
                 linked="riscv64-unknown-none-elf", channels="pci"),
)}


def named(name: str) -> Architecture:
    if name not in ARCHITECTURES:
        raise ValueError(f"no architecture {name} (there are {', '.join(ARCHITECTURES)})")
    return ARCHITECTURES[name]
