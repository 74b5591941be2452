# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""Packages of other architectures and releases of Debian, through an apt configuration of our own: state, cache and sources in a folder
of the build, nothing of the machine's changed. Where the mirror is comes from the machine's own apt sources, each time."""
from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def release() -> str:
    """The code name of the Debian that runs here."""
    return re.search(r"^VERSION_CODENAME=(\w+)", Path("/etc/os-release").read_text(), re.MULTILINE)[1]


def own_architecture() -> str:
    return subprocess.run(["dpkg", "--print-architecture"], check=True, capture_output=True, text=True).stdout.strip()


def mirror() -> str:
    """Where this machine has its own release from."""
    for path in [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]:
        if not path.is_file():
            continue
        for stanza in re.split(r"\n\s*\n", path.read_text()):
            if found := in_stanza(stanza):
                return found
    raise RuntimeError(f"no apt source of this machine has the suite {release()}")


def in_stanza(stanza: str) -> str | None:
    fields = dict(re.findall(r"^(\w+):\s*(.*)$", stanza, re.MULTILINE))
    if release() in fields.get("Suites", "").split():
        return fields["URIs"].split()[0]
    line = re.search(rf"^deb\s+(?:\[.*?\]\s+)?(\S+)\s+{release()}\s", stanza, re.MULTILINE)
    return line[1] if line else None


class Apt:
    """What apt knows of one suite for one of Debian's architectures."""

    def __init__(self, cache: Path, architecture: str, suite: str):
        self.folder = (cache / f"apt-{architecture}-{suite}").resolve()
        self.architecture, self.suite = architecture, suite
        self._updated = (self.folder / "updated").exists()

    def _options(self) -> list[str]:
        return ["-o", f"Dir={self.folder}", "-o", f"Dir::State::status={self.folder}/status", "-o", "Dir::Etc::sourceparts=-",
                "-o", f"Dir::Etc::sourcelist={self.folder}/sources.list",
                "-o", f"APT::Architecture={self.architecture}", "-o", f"APT::Architectures={self.architecture}",
                "-o", "APT::Sandbox::User=root", "-o", "Acquire::Languages=none", "-o", "Acquire::Retries=3", "-qq"]

    def _run(self, *words: str, cwd: Path | None = None) -> str:
        return subprocess.run([words[0], *self._options(), *words[1:]], check=True, cwd=cwd, stdout=subprocess.PIPE, text=True).stdout

    def update(self) -> None:
        if self._updated:
            return
        for part in ("var/lib/apt/lists/partial", "var/cache/apt/archives/partial", "etc/apt/preferences.d"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        (self.folder / "status").touch()
        (self.folder / "sources.list").write_text(
            f"deb [signed-by={KEYRING}] {mirror()} {self.suite} main\n"
            f"deb-src [signed-by={KEYRING}] {mirror()} {self.suite} main\n")
        self._run("apt-get", "update")
        (self.folder / "updated").touch()
        self._updated = True

    def download(self, package: str, into: Path) -> Path:
        """The unpacked tree of @package."""
        self.update()
        shutil.rmtree(into, ignore_errors=True)
        into.mkdir(parents=True)
        print(f"fetching {package}:{self.architecture} of {self.suite}", file=sys.stderr)
        self._run("apt-get", "download", package, cwd=into)
        deb = next(into.glob("*.deb"))
        subprocess.run(["dpkg-deb", "-x", deb, into / "tree"], check=True)
        deb.unlink()
        return into / "tree"

    def closure(self, packages: list[str]) -> list[Path]:
        """The archives of @packages and all that they depend on, nothing recommended, each before what needs it; downloaded once."""
        self.update()
        words = ("apt-get", "-y", "--no-install-recommends", "install", *packages)
        folder = self.folder / "var/cache/apt/archives"
        # It lists what it would fetch: so with no archives at all.
        empty = self.folder / "var/cache/apt/empty"
        (empty / "partial").mkdir(parents=True, exist_ok=True)
        lines = self._run(*words, "--print-uris", "-o", f"Dir::Cache::archives={empty}").splitlines()
        files = [line.split()[1] for line in lines if line.startswith("'")]
        if missing := [name for name in files if not (folder / name).exists()]:
            print(f"fetching {len(missing)} packages:{self.architecture} of {self.suite}", file=sys.stderr)
            self._run(*words, "--download-only")
        return [folder / name for name in files]

    def source(self, package: str, into: Path) -> Path:
        """The unpacked and patched source of @package."""
        self.update()
        shutil.rmtree(into, ignore_errors=True)
        into.mkdir(parents=True)
        print(f"fetching the source of {package} of {self.suite}", file=sys.stderr)
        self._run("apt-get", "source", package, cwd=into)
        return next(path for path in into.iterdir() if path.is_dir())

    def show(self, package: str) -> str:
        self.update()
        return self._run("apt-cache", "show", package)
