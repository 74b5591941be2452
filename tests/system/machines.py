# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""The machines that each architecture's image must boot on, as fields of qemu.Machine."""
from helixbuild import arch, qemu

EVERYWHERE = [
    {"smp": 2},
    {"smp": 4},
    {"smp": 8},
    {"mem": 64, "smp": 4},
    {"mem": 4096, "smp": 2},
]

OF = {
    "x86_64": [
        {"machine": "q35"},
        {"machine": "pc"},
        {"machine": "microvm"},
        {"cpu": "qemu64"},
        {"cpu": "qemu64", "machine": "pc", "smp": 2},
        {"mem": 32},
    ],
    "aarch64": [
        {"machine": "virt,gic-version=2"},
        {"machine": "virt,gic-version=3"},
        {"machine": "virt,gic-version=2,virtualization=on", "smp": 2},
        {"machine": "virt,gic-version=3,virtualization=on", "smp": 4},
        {"cpu": "cortex-a53"},
        {"cpu": "cortex-a57", "machine": "virt,gic-version=2", "smp": 4},
        {"cpu": "cortex-a72", "smp": 2},
        {"machine": "virt,highmem=off"},
        {"mem": 48},
    ],
    "riscv64": [
        {"machine": "virt"},
        {"machine": "virt,aia=aplic", "smp": 2},
        {"machine": "virt,aia=aplic-imsic", "smp": 4},
        {"append": qemu.console("no4lvl"), "smp": 2},
        {"cpu": "sifive-u54", "smp": 2},
        {"cpu": "rv64,sstc=off", "smp": 2},
        {"cpu": "rv64,svpbmt=on,svinval=on"},
        {"mem": 48},
    ],
}

# How long campaigns last that make test takes a slice of: failing allocations share their time among the architectures.
CALLS_SECONDS = 40
FAULTS_SECONDS = {"x86_64": 300}.get(arch.current().name, 120)
BOOTS = OF[arch.current().name] + EVERYWHERE
EXITS = {0, arch.current().exit_code(0)}


def name_of(fields: dict) -> str:
    return "-".join(f"{name}={value}" for name, value in fields.items())
