# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""Archives in the newc form of cpio, with owners and times fixed so that the same input gives the same bytes."""
from __future__ import annotations

import stat


PAGE = 4096
_HEAD = 110
_NAME_LIMIT = 4096  # Linux skips an entry whose name field is longer


class Archive:
    """With @align, the data of files at least that long begins at a multiple of it: their name fields are padded with NULs."""

    def __init__(self, align: int = 0) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self._align = align
        self._inode = 0

    def add(self, path: str, mode: int, data: bytes = b"", device: tuple[int, int] = (0, 0), owner: tuple[int, int] = (0, 0)) -> None:
        """One entry; @mode with the type bits of stat, @owner the user and the group."""
        self._inode += 1
        links = 2 if stat.S_ISDIR(mode) else 1
        name = path.encode() + b"\0"
        if self._align and len(data) >= self._align:
            name += b"\0" * self._gap(len(name))
        fields = (self._inode, mode, *owner, links, 0, len(data), 0, 0, *device, len(name), 0)
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + name
        for part in (_padded(head), _padded(data)):
            self._parts.append(part)
            self._size += len(part)

    def _gap(self, name_size: int) -> int:
        """How many NULs behind a name put the data on the boundary; a filler entry takes some when one name cannot hold them."""
        gap = -(self._size + _HEAD + name_size) % self._align
        if name_size + gap > _NAME_LIMIT:
            self.directory("." + "\0" * (self._align // 2))
            gap = -(self._size + _HEAD + name_size) % self._align
        return gap

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
