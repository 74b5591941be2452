# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""A C project for Debian's make and gcc in the guest: programs of tests/guest that need nothing but the C library."""
from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from . import qemu
from .cpio import Archive

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ["descriptors", "epolls", "event_files", "file_locks", "packets", "splices", "sysvipc", "watches"]
MAKEFILE = """
MAKEFLAGS += -r
OBJECTS = $(patsubst %.c,%.o,$(wildcard *.c))
all: $(OBJECTS:.o=)
%.o: %.c check.h
\tgcc -O0 -g -c -o $@ $<
%: %.o
\tgcc -o $@ $<
clean:
\trm -f *.o $(OBJECTS:.o=)
.SECONDARY:
"""


def archive(out: Path, base: Path, into: Path, sources: Iterable[str] = SOURCES) -> Path:
    """@into, made of the archive @base, the project of @sources in /project, and helixctl of the build @out."""
    extra = Archive()
    extra.directory("project")
    extra.file("project/Makefile", MAKEFILE.encode())
    for name in [*(f"{source}.c" for source in sources), *(header.name for header in (ROOT / "tests/guest").glob("*.h"))]:
        extra.file(f"project/{name}", (ROOT / "tests/guest" / name).read_bytes())
    extra.file("usr/local/sbin/helixctl", (out / "userspace/programs/helixctl").read_bytes(), 0o755)
    return qemu.joined(base, extra, into)
