# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""Initramfs archives for tests and benchmarks: busybox from Debian and an /init of their own, bootable by Linux and Helix alike."""
import struct
import subprocess
from pathlib import Path

from . import busybox
from .arch import current
from .cpio import Archive

ROOT = Path(__file__).resolve().parents[2]
WARNINGS = ["-Wall", "-Wextra", "-Werror"]

# What every script finds: proc, sys and dev mounted, a path, and the host's channels through hostport.
INIT = """#!/bin/busybox sh
export PATH=/bin:/sbin HOME=/root
busybox mount -t proc proc /proc
busybox mount -t sysfs sysfs /sys 2>/dev/null
busybox mount -t devtmpfs devtmpfs /dev 2>/dev/null
cd /root
sh /script >/tmp/output 2>&1 </dev/null
status=$?
hostport output </tmp/output
hostport status $status
poweroff -f
"""


def built(name: str, sources: list[str], command: list[str | Path], libraries: tuple[str, ...] = ()) -> Path:
    """build/guest/<arch>/<name>, made by @command, which gets -o, the sources and @libraries, when it is older than they or the headers beside them."""
    paths = [ROOT / source for source in sources]
    newest = max(path.stat().st_mtime for path in (*paths, *(ROOT / "tests/guest").rglob("*.h")))
    program = ROOT / f"build/guest/{current().name}/{name}"
    if not program.exists() or program.stat().st_mtime < newest:
        program.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([*command, "-o", program, *paths, *libraries], check=True)
    return program


def static_program() -> list[str]:
    """What makes a static Linux program for the architecture at hand."""
    return [*current().compiler, "-static", "-O2", *WARNINGS]


def program(name: str, source: str, *flags: str | Path) -> Path:
    return built(name, [source], [*static_program(), *flags], ("-lm",))


def guest_program(name: str) -> Path:
    """tests/guest/<name>.c as a static program."""
    return program(name, f"tests/guest/{name}.c", "-I", ROOT / "abi/include", "-I", ROOT / f"tests/guest/{current().name}")


def interpreter_of(program: Path) -> str:
    """The path in the program header PT_INTERP."""
    data = program.read_bytes()
    offset, = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    for at in range(offset, offset + size * count, size):
        kind, _, start, _, _, length = struct.unpack_from("<IIQQQQ", data, at)
        if kind == 3:
            return data[start:start + length].rstrip(b"\0").decode()
    raise ValueError(f"{program} names no interpreter")


def dynamic_program(source: str, *flags: str, name: str = "") -> tuple[Path, str, dict[str, Path]]:
    """tests/guest/<source>.c as a dynamic program, its interpreter, and the files of the C library that it needs."""
    compiler = current().compiler[0]
    made = built(name or source, [f"tests/guest/{source}.c"], [compiler, "-O2", *WARNINGS, "-Wl,--no-as-needed", *flags])
    interpreter = interpreter_of(made)
    libraries = {}
    for library in ("libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", Path(interpreter).name):
        found = subprocess.run([compiler, f"-print-file-name={library}"], check=True, capture_output=True, text=True).stdout.strip()
        if Path(found).is_absolute():
            libraries[interpreter[1:] if library == Path(interpreter).name else f"lib/{library}"] = Path(found).resolve()
    return made, interpreter, libraries


FOLDERS = ("bin", "sbin", "usr", "usr/bin", "usr/sbin", "dev", "proc", "sys", "etc", "root")


def base() -> Archive:
    """busybox with links for all its applets, the usual folders, and hostport."""
    archive = Archive()
    for folder in FOLDERS:
        archive.directory(folder)
    archive.directory("tmp", 0o1777)
    box = busybox.of(current())
    archive.file("bin/busybox", box.read_bytes(), 0o755)
    for applet in busybox.applets(box):
        if applet != "bin/busybox":
            archive.link(applet, "/bin/busybox")
    archive.file("bin/hostport", guest_program("hostport").read_bytes(), 0o755)
    archive.character_device("dev/console", 5, 1)
    archive.character_device("dev/null", 1, 3, 0o666)
    archive.file("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n")
    archive.file("etc/group", b"root:x:0:\n")
    return archive


def with_script(script: str, extra: dict[str, Path] | None = None) -> bytes:
    """An archive whose /init runs @script once, sends its output and status to the host, and powers off."""
    archive = base()
    archive.file("init", INIT.encode(), 0o755)
    archive.file("script", script.encode(), 0o755)
    made = {*FOLDERS, "tmp"}
    for path, source in (extra or {}).items():
        for folder in reversed(Path(path).parents[:-1]):
            if str(folder) not in made:
                archive.directory(str(folder))
                made.add(str(folder))
        archive.file(path, source.read_bytes(), 0o755)
    return archive.data()
