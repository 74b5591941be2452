# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""Debian's minimal system with further packages, as an archive that boots to bash or through one command."""
from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from . import arch, archives, debian
from .debian_tree import Tree

ROOT = Path(__file__).resolve().parents[2]
BASE = ("?essential", "mount", "procps")
# The command of qemu.with_command() is run when there is one.
INIT = r"""#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=${TERM:-vt220}
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /run
mkdir -p /run/lock
ln -s /proc/self/fd /dev/fd 2>/dev/null
hostname helix 2>/dev/null
cd /root
command=$(sed -n 's/.*helix\.cmd="\([^"]*\)".*/\1/p' /proc/cmdline)
if [ -n "$command" ]; then
    { sh -c "$command" </dev/null 2>&1; echo $? >/run/status; } | hostport output
    hostport status "$(cat /run/status)"
else
    setsid -c -w bash --login </dev/console >/dev/console 2>&1
fi
hostport off
"""


def archive(packages: list[str]) -> Path:
    """The archive of the base and @packages, made when it is not there yet."""
    machine = arch.current()
    apt = debian.Apt(ROOT / "build/cache", machine.debian, machine.suite or debian.release())
    files = apt.closure([*BASE, *packages])
    hostport = archives.guest_program("hostport").read_bytes()
    tools = b"".join((ROOT / "tools/helixbuild" / name).read_bytes() for name in ("debian_system.py", "debian_tree.py", "cpio.py"))
    key = hashlib.sha256("\n".join(file.name for file in files).encode() + hostport + tools).hexdigest()[:16]
    made = ROOT / f"build/debian/{machine.name}-{key}.cpio"
    if made.exists():
        return made
    tree = Tree()
    for at, file in enumerate(files, 1):
        if sys.stderr.isatty():
            print(f"\runpacking {at} of {len(files)} packages", end="\n" if at == len(files) else "", file=sys.stderr, flush=True)
        tree.add(file)
    tree.settle()
    tree.file("usr/local/sbin/hostport", hostport, 0o755)
    tree.file("init", INIT.encode(), 0o755)
    made.parent.mkdir(parents=True, exist_ok=True)
    made.with_suffix(".new").write_bytes(tree.archive())
    made.with_suffix(".new").rename(made)
    return made
