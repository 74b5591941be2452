# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""Debian's own kernel, for figures and outputs to compare with. Downloaded into a cache, never installed."""
from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

META = "linux-image-cloud-amd64"


def package() -> tuple[str, str]:
    """Name and version of the kernel package that the meta package stands for."""
    text = subprocess.run(["apt-cache", "show", META], check=True, capture_output=True, text=True).stdout
    name = re.search(r"^Depends:.*?(linux-image-\S+)", text, re.MULTILINE)
    version = re.search(r"^Version: (\S+)", text, re.MULTILINE)
    if not name or not version:
        raise RuntimeError(f"apt-cache does not know {META}: run apt-get update")
    return name[1], version[1]


def kernel(cache: Path) -> Path:
    """The kernel image in @cache; fetched once per version. Its version is in the file beside it, vmlinuz.version."""
    image, stamp = cache / "vmlinuz", cache / "vmlinuz.version"
    if image.exists() and stamp.exists():
        return image
    name, version = package()
    folder = cache / "linux"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    print(f"fetching {name} {version}", file=sys.stderr)
    subprocess.run(["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", name], check=True, cwd=folder)
    deb = next(folder.glob("*.deb"))
    subprocess.run(["dpkg-deb", "-x", deb, folder / "tree"], check=True)
    shutil.copy(next((folder / "tree/boot").glob("vmlinuz-*")), image)
    stamp.write_text(f"{name} {version}\n")
    shutil.rmtree(folder)
    return image


def version(cache: Path) -> str:
    return (cache / "vmlinuz.version").read_text().strip()
