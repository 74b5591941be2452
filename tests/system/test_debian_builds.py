# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""Debian's gcc and make in the guest: objects have the same bytes as under Linux, and also while the scheduler is replaced beneath them."""
from pathlib import Path

import pytest
from helixbuild import arch, debian_system, qemu
from helixbuild.cpio import Archive

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ["gcc", "libc6-dev", "make"]
# A project: programs of tests/guest that need nothing but the C library.
SOURCES = ["descriptors", "epolls", "event_files", "file_locks", "packets", "splices", "sysvipc", "watches"]
MAKEFILE = """
MAKEFLAGS += -r
OBJECTS = $(patsubst %.c,%.o,$(wildcard *.c))
all: $(OBJECTS:.o=)
%.o: %.c check.h
\tgcc -O0 -g -c -o $@ $<
%: %.o
\tgcc -o $@ $<
.SECONDARY:
"""
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

pytestmark = [pytest.mark.host, pytest.mark.slow]


@pytest.fixture(scope="module")
def project(out, tmp_path_factory) -> Path:
    """The archive of Debian's base, its compiler, and the project."""
    extra = Archive()
    extra.directory("project")
    extra.file("project/Makefile", MAKEFILE.encode())
    for name in [*(f"{source}.c" for source in SOURCES), *(header.name for header in (ROOT / "tests/guest").glob("*.h"))]:
        extra.file(f"project/{name}", (ROOT / "tests/guest" / name).read_bytes())
    extra.file("usr/local/sbin/helixctl", (out / "userspace/programs/helixctl").read_bytes(), 0o755)
    return qemu.joined(debian_system.archive(PACKAGES), extra, tmp_path_factory.mktemp("project") / "initrd")


def output(kernel: Path, project: Path, command: str, smp: int) -> str:
    machine = qemu.Machine(kernel=kernel, initrd=project, append=qemu.console("panic=-1"), smp=smp, mem=2048)
    result = qemu.run(machine, command, timeout=900)
    assert result.status == 0, result.output.decode(errors="replace") + result.log.decode(errors="replace")[-2000:]
    return result.output.decode()


@pytest.fixture(scope="module")
def undisturbed(linux_kernel, project) -> str:
    return output(linux_kernel, project, BUILD, smp=2)


@pytest.mark.skipif(arch.current().name != "x86_64", reason="one architecture's compiler is enough")
def test_swaps_under_a_parallel_build_change_no_byte_of_it(image, project, undisturbed):
    assert undisturbed.count("\n") > 2 * len(SOURCES)
    assert output(image, project, SWAPPED, smp=4) == undisturbed
