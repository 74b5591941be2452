# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""Debian's gcc and make in the guest: objects have the same bytes as under Linux, and also while the scheduler is replaced beneath them."""
from pathlib import Path

import pytest
from helixbuild import arch, debian_system, project, qemu

PACKAGES = ["gcc", "libc6-dev", "make"]
BUILD = "cd /project; make -j4 >/tmp/log 2>&1 || { tail -20 /tmp/log; exit 1; }; sha256sum *"
SWAPPED = f"""
(while [ ! -e /tmp/end ]; do helixctl swap helix.scheduler fair && helixctl swap helix.scheduler round_robin && echo >>/tmp/swaps || echo failed; sleep 0.1
 done) >/tmp/said &
{BUILD}
touch /tmp/end
wait
grep failed /tmp/said
[ $(wc -l </tmp/swaps) -gt 2 ] || echo only $(wc -l </tmp/swaps) rounds of swaps
"""

# All of the project where compiling is quickest, half of it elsewhere.
SOURCES = project.SOURCES if arch.current().name == "x86_64" else project.SOURCES[1::2]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(out, tmp_path_factory) -> Path:
    return project.archive(out, debian_system.archive(PACKAGES), tmp_path_factory.mktemp("project") / "initrd", SOURCES)


def output(kernel: Path, initrd: Path, command: str, smp: int) -> str:
    machine = qemu.Machine(kernel=kernel, initrd=initrd, append=qemu.console("panic=-1"), smp=smp, mem=2048)
    result = qemu.run(machine, command, timeout=900)
    assert result.status == 0, result.output.decode(errors="replace") + result.log.decode(errors="replace")[-2000:]
    return result.output.decode()


@pytest.fixture(scope="module")
def undisturbed(linux_kernel, built) -> str:
    return output(linux_kernel, built, BUILD, smp=2)


def test_swaps_under_a_parallel_build_change_no_byte_of_it(image, built, undisturbed):
    assert undisturbed.count("\n") > 2 * len(SOURCES)
    assert output(image, built, SWAPPED, smp=4) == undisturbed
