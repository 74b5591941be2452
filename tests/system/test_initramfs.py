# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""Any newc initramfs that Linux takes: plain, gzip, concatenated, padded; and corrupt ones are refused without a crash."""
import gzip
import random
import subprocess

import pytest
from helixbuild import qemu
from helixbuild.archives import with_script
from helixbuild.cpio import Archive

SCRIPT = "echo from the archive; cat /second 2>/dev/null; exit 3\n"


def second() -> bytes:
    archive = Archive()
    archive.file("second", b"and the second\n")
    return archive.data()


def pad(data: bytes, to: int) -> bytes:
    return data + b"\0" * (-len(data) % to)


def tool_made(tmp_path) -> bytes:
    """The same files, packed by the cpio program."""
    tree = tmp_path / "tree"
    tree.mkdir()
    subprocess.run(["busybox", "cpio", "-id"], cwd=tree, input=with_script(SCRIPT), check=True, capture_output=True)
    names = subprocess.run(["find", "."], cwd=tree, check=True, capture_output=True).stdout
    return subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=tree, input=names, check=True, capture_output=True).stdout


FORMS = {
    "plain": lambda tmp: with_script(SCRIPT),
    "gzip": lambda tmp: gzip.compress(with_script(SCRIPT), 6),
    "made-by-cpio": tool_made,
    "padded": lambda tmp: pad(with_script(SCRIPT), 4096) + b"\0" * 8192,
    "concatenated": lambda tmp: pad(with_script(SCRIPT), 4) + second(),
    "gzip-then-plain": lambda tmp: pad(gzip.compress(with_script(SCRIPT)), 4) + second(),
    "plain-then-gzip": lambda tmp: pad(with_script(SCRIPT), 512) + gzip.compress(second()),
    "gzip-then-gzip": lambda tmp: gzip.compress(with_script(SCRIPT)) + gzip.compress(second()),
}


@pytest.mark.parametrize("form", FORMS)
def test_takes_an_archive(image, tmp_path, form):
    (tmp_path / "initrd").write_bytes(FORMS[form](tmp_path))
    result = qemu.run(qemu.Machine(kernel=image, initrd=tmp_path / "initrd", append=qemu.console()), timeout=60)
    tail = "\n".join(result.log.decode(errors="replace").splitlines()[-20:])
    want = b"from the archive\n" + (b"and the second\n" if form in ("concatenated", "gzip-then-plain", "plain-then-gzip", "gzip-then-gzip") else b"")
    assert (result.status, result.output) == (3, want), tail


def test_rdinit_and_arguments_after_two_dashes(image, tmp_path):
    archive = with_script("")
    extra = Archive()
    extra.file("other", b"#!/bin/busybox sh\nbusybox mount -t devtmpfs devtmpfs /dev\necho \"$0 $* X=$MYWORD\" | /bin/hostport output\n"
                        b"/bin/hostport status 0\nbusybox poweroff -f\n", 0o755)
    (tmp_path / "initrd").write_bytes(pad(archive, 4) + extra.data())
    result = qemu.run(qemu.Machine(kernel=image, initrd=tmp_path / "initrd", append=qemu.console("rdinit=/other MYWORD=7 plain -- one two")), timeout=60)
    assert result.output == b"/other plain one two X=7\n"


@pytest.mark.parametrize("seed", range(4))
def test_a_corrupt_archive_is_no_crash(image, tmp_path, seed):
    chance = random.Random(seed)
    data = bytearray(with_script(SCRIPT))
    if seed == 0:
        data = data[:len(data) // 2]
    elif seed == 1:
        data = bytearray(chance.randbytes(1 << 20))
    elif seed == 2:
        data = bytearray(gzip.compress(bytes(data))[:-5000])
    else:
        for _ in range(64):
            data[chance.randrange(4096)] = chance.randrange(256)
    (tmp_path / "initrd").write_bytes(data)
    result = qemu.run(qemu.Machine(kernel=image, initrd=tmp_path / "initrd", append=qemu.console("panic=-1")), timeout=30)
    log = result.log.decode(errors="replace")
    # Without a usable /init a kernel gives up, and says so; it does not fault.
    assert "Helix" in log
    assert "page fault" not in log and "general protection" not in log, log[-3000:]
