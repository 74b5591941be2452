# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""What programs see of processes, signals and threads: the cases of tests/guest, which also pass under Linux."""
from pathlib import Path

import pytest
from helixbuild import qemu
from helixbuild.archives import guest_program, with_script

PROGRAMS = (
    "attribute_calls",
    "credential_calls",
    "descriptors",
    "epolls",
    "event_files",
    "file_space",
    "handles",
    "limit_calls",
    "machine_calls",
    "moving_calls",
    "mqueues",
    "name_calls",
    "packets",
    "processes",
    "scheduling_calls",
    "signal_calls",
    "signals",
    "sockets",
    "splices",
    "sysvipc",
    "terminals",
    "threads",
    "time_calls",
    "transfers",
    "vdso",
    "waiting_calls",
    "xattr_calls",
)


def run(program: str, kernel: Path, folder: Path, smp: int) -> None:
    (folder / "initrd").write_bytes(with_script(f"/bin/{program}\n", {f"bin/{program}": guest_program(program)}))
    machine = qemu.Machine(kernel=kernel, initrd=folder / "initrd", append=qemu.console("panic=-1"), smp=smp)
    result = qemu.run(machine, timeout=900)
    tail = "\n".join((result.log or result.console).decode(errors="replace").splitlines()[-20:])
    assert result.status == 0, f"{result.output.decode(errors='replace')}\n{tail}"


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_cases_are_true_of_linux(linux_kernel, tmp_path, program):
    run(program, linux_kernel, tmp_path, 2)


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_cases_are_true_of_helix(image, tmp_path, smp, program):
    run(program, image, tmp_path, smp)


@pytest.mark.smp(1, 2)
def test_every_call_survives_without_memory(image, tmp_path, smp):
    """Runs on Helix only: it makes allocations fail."""
    run("nomemory", image, tmp_path, smp)
