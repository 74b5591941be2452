# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""A static busybox for each architecture, as Debian built it; where no package can be had, built from Debian's source."""
from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from . import debian
from .arch import Architecture

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / "build/cache"
OWN = Path("/bin/busybox")


def of(arch: Architecture) -> Path:
    """The busybox for @arch: this machine's own where it is of that architecture, else one in the cache."""
    if arch.debian == debian.own_architecture():
        return OWN
    program = CACHE / f"busybox-{arch.debian}"
    if not program.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        fetched = fetch(arch)
        shutil.copy(fetched, program.with_suffix(".new"))
        program.with_suffix(".new").rename(program)
        shutil.rmtree(work(arch), ignore_errors=True)
    return program


def work(arch: Architecture) -> Path:
    return CACHE / f"busybox-{arch.debian}.work"


def fetch(arch: Architecture) -> Path:
    try:
        tree = debian.Apt(CACHE, arch.debian, arch.suite or debian.release()).download("busybox-static", work(arch))
        return next(path for path in (tree / "bin/busybox", tree / "usr/bin/busybox") if path.exists())
    except (subprocess.CalledProcessError, RuntimeError) as error:
        print(f"no busybox-static:{arch.debian} ({error}): building it from source", file=sys.stderr)
        return build(arch)


def build(arch: Architecture) -> Path:
    source = debian.Apt(CACHE, debian.own_architecture(), debian.release()).source("busybox", work(arch))
    tools = arch.compiler[0].removesuffix("gcc")

    def make(*words: str) -> None:
        made = subprocess.run(["make", "-s", "-j2", f"CROSS_COMPILE={tools}", *words], cwd=source, check=False, capture_output=True, text=True)
        if made.returncode != 0:
            sys.exit(f"busybox does not build:\n{made.stderr[-3000:]}")

    make("defconfig")
    config = source / ".config"
    # The kernel headers of the cross packages have no traffic control that tc understands.
    config.write_text(re.sub(r"^CONFIG_TC=y$", "# CONFIG_TC is not set",
                             re.sub(r"^# CONFIG_STATIC is not set$", "CONFIG_STATIC=y", config.read_text(), flags=re.MULTILINE), flags=re.MULTILINE))
    make()
    return source / "busybox"


def applets(program: Path) -> list[str]:
    """The paths of the links that @program wants. It may not run here: its names are read out of it, and the folders come from the
    machine's own busybox where that has them too."""
    own = subprocess.run([OWN, "--list-full"], check=True, capture_output=True, text=True).stdout.split()
    if program == OWN:
        return own
    folder = {path.rsplit("/", 1)[-1]: path for path in own}
    return [folder.get(name, f"usr/bin/{name}") for name in names(program.read_bytes())]


def names(data: bytes) -> list[str]:
    """The applets' names stand in one table, each with a zero behind it, sorted, from "[" on."""
    at = data.index(b"[\0[[\0")
    table = data[at:data.index(b"\0\0", at)]
    return [name.decode() for name in table.split(b"\0")]

