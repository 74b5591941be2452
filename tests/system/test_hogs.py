# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""Programs that take all they can get: the shell answers beside them and after them, and their memory comes back."""
import re

import pytest
from helixbuild.archives import guest_program
from helixbuild.cpio import Archive

PROMPT = "helix> "
KINDS = ("processes", "memory", "descriptors")
FILLING = 6  # rounds until each CPU's caches in the kernel have what they will keep
ROUNDS = 3
SLACK_KB = 256  # what caches of the kernel keep for the next who asks
TRIES = 200  # of a tenth of a guest's second each


@pytest.fixture
def shell(boot, initramfs, tmp_path, smp):
    """A guest of 128 MB with the program hogs, at its prompt."""
    archive = Archive()
    archive.file("hogs", guest_program("hogs").read_bytes(), 0o755)
    data = initramfs.read_bytes()
    (tmp_path / "initrd").write_bytes(data + b"\0" * (-len(data) % 4) + archive.data())
    guest = boot(initrd=tmp_path / "initrd", smp=smp, mem=128)
    guest.expect(PROMPT, timeout=120)
    return guest


def answers(shell) -> None:
    shell.send('echo still"" here')
    shell.expect(r"\nstill here\r?\n", timeout=120)


def free_kb(shell) -> int:
    shell.send("grep MemFree /proc/meminfo")
    shell.expect(r"MemFree: +(\d+) kB", timeout=120)
    return int(shell.console.match[1])


def wait_until_gone(shell) -> None:
    for _ in range(TRIES):
        shell.send('pidof hogs && echo some"" left || echo all"" gone')
        shell.expect(r"\n(some left|all gone)\r?\n", timeout=120)
        if shell.console.match[1] == "all gone":
            return
        shell.send("sleep 0.1")
    pytest.fail(f"hogs never ended\n{shell.tail()}")


def has_come_back(shell, before: int) -> None:
    """What ends gives its memory back in its own time."""
    for _ in range(TRIES):
        free = free_kb(shell)
        if free >= before - SLACK_KB:
            return
        shell.send("sleep 0.1")
    pytest.fail(f"{before} kB were free before, {free} kB are now\n{shell.tail()}")


def hold(shell, kind: str) -> None:
    shell.send(f"/hogs hold {kind} &")
    shell.expect(rf"holds {kind}\r?\n", timeout=240)
    answers(shell)
    shell.send("killall -9 hogs")
    wait_until_gone(shell)


def eat(shell, times: int) -> None:
    shell.send("/hogs eat &")
    answers(shell)
    shell.expect_log(rf"(?s)(out of memory: killed process \d+ \(hogs\).*){{{times}}}", timeout=240)
    wait_until_gone(shell)
    answers(shell)


@pytest.mark.parametrize("kind", KINDS)
def test_a_hog_under_a_limit_hurts_nobody(shell, kind):
    for _ in range(FILLING):
        hold(shell, kind)
    before = free_kb(shell)
    for _ in range(ROUNDS):
        hold(shell, kind)
    has_come_back(shell, before)


def test_a_hog_without_limit_is_killed_alone(shell):
    for times in range(FILLING):
        eat(shell, times + 1)
    before = free_kb(shell)
    for times in range(ROUNDS):
        eat(shell, FILLING + times + 1)
    has_come_back(shell, before)
    killed = re.findall(r"out of memory: killed process \d+ \((\w+)\)", shell.log)
    assert killed == ["hogs"] * (FILLING + ROUNDS), shell.tail()
