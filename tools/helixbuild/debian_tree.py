# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""A tree of Debian's packages as an archive to boot from, made without running a program of theirs, so for any architecture anywhere.

What their maintainer scripts would do and programs cannot miss is done here: the user and group files, the alternatives, the links of a merged
/usr. dpkg's own records are written, so that dpkg in the guest knows what is installed.
"""
from __future__ import annotations

import io
import posixpath
import re
import stat
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from .cpio import PAGE, Archive

MERGED = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
# What nobody reads in a guest without a pager's terminal: as many bytes as all the rest.
LEFT_OUT = re.compile(r"usr/share/(doc|man|info|locale|lintian|bug)(/|$)")
FOLDERS = {"proc": 0o555, "sys": 0o555, "dev": 0o755, "run": 0o755, "tmp": 0o1777, "root": 0o700, "etc/alternatives": 0o755, "var/lib/dpkg/info": 0o755,
           "var/lib/dpkg/updates": 0o755, "var/lib/dpkg/triggers": 0o755}
# Files that base packages keep as models and copy when they are set up.
COPIES = {"etc/passwd": "usr/share/base-passwd/passwd.master", "etc/group": "usr/share/base-passwd/group.master",
          "etc/profile": "usr/share/base-files/profile", "root/.bashrc": "usr/share/base-files/dot.bashrc",
          "root/.profile": "usr/share/base-files/dot.profile", "etc/nsswitch.conf": "usr/share/libc-bin/nsswitch.conf"}
ALTERNATIVE = re.compile(r"update-alternatives\s+(?:--quiet\s+)?--install\s+(\S+)\s+(\S+)\s+(\S+)\s+(\d+)((?:\s+--slave\s+\S+\s+\S+\s+\S+)*)")
SLAVE = re.compile(r"--slave\s+(\S+)\s+(\S+)\s+(\S+)")


@dataclass
class Entry:
    mode: int
    data: bytes = b""
    owner: tuple[int, int] = (0, 0)


def merged(path: str) -> str:
    """Where @path is when /bin and its like are links into /usr."""
    first, slash, _ = path.partition("/")
    return f"usr/{path}" if slash and first in MERGED else path


class Tree:
    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self._status: list[str] = []
        self._scripts: list[str] = []
        for path, mode in FOLDERS.items():
            self.folder(path, mode)

    def folder(self, path: str, mode: int = 0o755, owner: tuple[int, int] = (0, 0)) -> None:
        for parent in reversed([str(one) for one in Path(path).parents if str(one) != "."]):
            self.entries.setdefault(parent, Entry(stat.S_IFDIR | 0o755))
        self.entries[path] = Entry(stat.S_IFDIR | mode, owner=owner)

    def _parent(self, path: str) -> None:
        folder = posixpath.dirname(path)
        if folder and folder not in self.entries:
            self.folder(folder)

    def file(self, path: str, data: bytes, mode: int = 0o644, owner: tuple[int, int] = (0, 0)) -> None:
        self._parent(path)
        self.entries[path] = Entry(stat.S_IFREG | mode, data, owner)

    def link(self, path: str, target: str) -> None:
        self._parent(path)
        self.entries[path] = Entry(stat.S_IFLNK | 0o777, target.encode())

    def add(self, package: Path) -> None:
        """The files of the .deb @package, and its record."""
        names = []
        for member, data in members(package, "--fsys-tarfile"):
            path = merged(posixpath.normpath(member.name).lstrip("/"))
            names.append("/." if path == "." else f"/{path}")
            if path != "." and not LEFT_OUT.match(path) and not (member.isdir() and path in MERGED):
                self._take(path, member, data)
        self._record(package, names)

    def _take(self, path: str, member: tarfile.TarInfo, data: bytes) -> None:
        owner = (member.uid, member.gid)
        if member.isdir():
            self.folder(path, member.mode, owner)
        elif member.issym():
            self.link(path, member.linkname)
        elif member.islnk():
            self.entries[path] = self.entries[merged(posixpath.normpath(member.linkname).lstrip("/"))]
        elif member.isreg():
            self.file(path, data, member.mode, owner)

    def _record(self, package: Path, names: list[str]) -> None:
        files = {posixpath.normpath(member.name): data for member, data in members(package, "--ctrl-tarfile") if member.isreg()}
        control = files.pop("control").decode()
        name, architecture = (re.search(rf"^{key}: (\S+)", control, re.MULTILINE)[1] for key in ("Package", "Architecture"))
        record = f"{name}:{architecture}" if re.search(r"^Multi-Arch: same", control, re.MULTILINE) else name
        self._status.append(control.replace("\n", "\nStatus: install ok installed\n", 1).rstrip() + "\n")
        self.file(f"var/lib/dpkg/info/{record}.list", "\n".join(names).encode() + b"\n")
        for kind, data in files.items():
            self.file(f"var/lib/dpkg/info/{record}.{kind}", data, 0o755 if kind in ("preinst", "postinst", "prerm", "postrm", "config") else 0o644)
        self._scripts.append(files.get("postinst", b"").decode(errors="replace"))

    def settle(self) -> None:
        """What the packages' own scripts would have done."""
        for name in MERGED:
            if f"usr/{name}" in self.entries and name not in self.entries:
                self.link(name, f"usr/{name}")
        for path, model in COPIES.items():
            if model in self.entries and path not in self.entries:
                self.file(path, self.entries[model].data)
        if "usr/bin/sh" not in self.entries:
            self.link("usr/bin/sh", "dash")
        self._alternatives()
        self.link("var/run", "/run")
        self.link("var/lock", "/run/lock")
        self.file("etc/shadow", b"root:*:19000:0:99999:7:::\n", 0o640, (0, 42))
        self.file("etc/hostname", b"helix\n")
        self.file("etc/hosts", b"127.0.0.1 localhost helix\n")
        self.file("var/lib/dpkg/status", "\n".join(self._status).encode())
        self.file("var/lib/dpkg/available", b"")
        self.file("var/lib/dpkg/info/format", b"1\n")

    def _alternatives(self) -> None:
        """Of each name the program of the highest priority that is there."""
        best: dict[str, tuple[int, str, str]] = {}
        for script in self._scripts:
            for link, name, path, priority, slaves in ALTERNATIVE.findall(script.replace("\\\n", " ")):
                for one in [(link, name, path), *SLAVE.findall(slaves)]:
                    if merged(one[2].lstrip("/")) in self.entries and int(priority) > best.get(one[1], (-1,))[0]:
                        best[one[1]] = (int(priority), one[0], one[2])
        for name, (_, link, path) in best.items():
            self.link(f"etc/alternatives/{name}", path)
            self.link(merged(link.lstrip("/")), f"/etc/alternatives/{name}")

    def archive(self) -> bytes:
        """Files of a page or more lie on page boundaries, so that a kernel can use them where they are."""
        archive = Archive(align=PAGE)
        for path in sorted(self.entries):
            entry = self.entries[path]
            archive.add(path, entry.mode, entry.data, owner=entry.owner)
        archive.character_device("dev/console", 5, 1)
        archive.character_device("dev/null", 1, 3, 0o666)
        return archive.data()


def members(package: Path, part: str):
    """(TarInfo, bytes) of one part of a .deb."""
    text = subprocess.run(["dpkg-deb", part, package], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(text)) as tar:
        for member in tar:
            yield member, tar.extractfile(member).read() if member.isreg() else b""
