# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""Python's own tests, from Debian's package: none fails that passes on Debian's Linux in the same emulator. `make soak` runs all suites."""
from pathlib import Path

import pytest
from helixbuild import python_cases, qemu
from helixbuild.arch import current

LINUX = Path(__file__).resolve().parent / f"python/linux-{current().name}.txt"
# Those that neither wait long nor measure time; the longer two only where they take least.
SLICE = ("test_mmap", "test_posix", "test_pty", "test_select") + (("test_os", "test_tempfile") if current().name == "x86_64" else ())


@pytest.mark.slow
@pytest.mark.skipif(not LINUX.exists(), reason="Linux's results are kept for other architectures")
def test_a_slice_of_pythons_own_tests(image, record_property):
    machine = qemu.Machine(kernel=image, append=qemu.console(), smp=2, mem=2048)
    cases, worse = python_cases.compare(machine, SLICE, 900, python_cases.known(LINUX))
    record_property("inner_passed", sum(case.outcome == "ok" for case in cases.values()))
    assert not worse, "\n".join(f"{case.outcome} {case.name}\n{case.said}" for case in worse)
