# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""Archives in the newc form of cpio, with owners and times fixed so that the same input gives the same bytes."""
from __future__ import annotations

import stat


class Archive:
    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._inode = 0

    def add(self, path: str, mode: int, data: bytes = b"", device: tuple[int, int] = (0, 0)) -> None:
        """One entry; @mode with the type bits of stat."""
        self._inode += 1
        links = 2 if stat.S_ISDIR(mode) else 1
        name = path.encode() + b"\0"
        fields = (self._inode, mode, 0, 0, links, 0, len(data), 0, 0, *device, len(name), 0)
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + name
        self._parts += [_padded(head), _padded(data)]

    def directory(self, path: str, mode: int = 0o755) -> None:
        self.add(path, stat.S_IFDIR | mode)

    def file(self, path: str, data: bytes, mode: int = 0o644) -> None:
        self.add(path, stat.S_IFREG | mode, data)

    def link(self, path: str, target: str) -> None:
        self.add(path, stat.S_IFLNK | 0o777, target.encode())

    def character_device(self, path: str, major: int, minor: int, mode: int = 0o600) -> None:
        self.add(path, stat.S_IFCHR | mode, device=(major, minor))

    def data(self) -> bytes:
        """The whole archive, with its trailer."""
        trailer = Archive()
        trailer.add("TRAILER!!!", 0)
        return b"".join(self._parts + trailer._parts)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)
