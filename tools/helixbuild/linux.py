# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""Debian's own kernel of each architecture, for figures and outputs to compare with. Downloaded into a cache, never installed."""
from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from . import debian
from .arch import Architecture, current


def apt_of(cache: Path, arch: Architecture) -> debian.Apt:
    return debian.Apt(cache, arch.debian, arch.suite or debian.release())


def package(apt: debian.Apt, meta: str) -> tuple[str, str]:
    """Name and version of the kernel package that the meta package stands for."""
    text = apt.show(meta)
    name = re.search(r"^Depends:.*?(linux-image-\S+)", text, re.MULTILINE)
    version = re.search(r"^Version: (\S+)", text, re.MULTILINE)
    if not name or not version:
        raise RuntimeError(f"apt does not know {meta} of {apt.suite}")
    return name[1], version[1]


def kernel(cache: Path, arch: Architecture | None = None) -> Path:
    """The kernel image in @cache; fetched once. Its version is in the file beside it, <image>.version."""
    arch = arch or current()
    image = cache / f"vmlinuz-{arch.name}"
    stamp = image.with_name(image.name + ".version")
    if image.exists() and stamp.exists():
        return image
    apt = apt_of(cache, arch)
    name, version = package(apt, arch.kernel)
    folder = cache / f"linux-{arch.name}"
    tree = apt.download(name, folder)
    image.write_bytes(loadable(next((tree / "boot").glob("vmlinu*")).read_bytes()))
    stamp.write_text(f"{name} {version}\n")
    shutil.rmtree(folder)
    return image


def loadable(image: bytes) -> bytes:
    """What QEMU takes with -kernel. An EFI program that unpacks itself has the kernel inside, as its header says."""
    if image[:2] != b"MZ" or image[4:8] != b"zimg":
        return image
    at, size = (int.from_bytes(image[place:place + 4], "little") for place in (8, 12))
    how = image[24:32].split(b"\0")[0].decode()
    if how not in ("gzip", "zstd", "xz", "lzma", "lz4"):
        raise RuntimeError(f"the kernel is packed by {how}")
    print(f"unpacking the kernel ({how})", file=sys.stderr)
    return subprocess.run([how, "-dc"], input=image[at:at + size], check=True, capture_output=True).stdout


def version(cache: Path, arch: Architecture | None = None) -> str:
    return (cache / f"vmlinuz-{(arch or current()).name}.version").read_text().strip()
