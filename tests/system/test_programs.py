# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""What programs see of processes, signals and threads: the cases of tests/guest, which also pass under Linux."""
import re
from pathlib import Path

import pytest
from helixbuild import qemu
from helixbuild.archives import guest_program, with_script

PROGRAMS = (
    "aio",
    "aio_waits",
    "attribute_calls",
    "auxv",
    "credential_calls",
    "cores",
    "descriptors",
    "epolls",
    "event_files",
    "exec_calls",
    "file_capabilities",
    "file_locks",
    "file_space",
    "floats",
    "handles",
    "hogs",
    "layout",
    "leases",
    "limit_calls",
    "machine_calls",
    "memory_calls",
    "mount_calls",
    "moving_calls",
    "mqueues",
    "name_calls",
    "open_calls",
    "packets",
    "pi_futexes",
    "prctl_calls",
    "proc_files",
    "process_calls",
    "processes",
    "ready_signals",
    "rseq",
    "scheduling_calls",
    "signal_calls",
    "signals",
    "socket_calls",
    "sockets",
    "splices",
    "sysv_calls",
    "sysvipc",
    "terminals",
    "threads",
    "time_calls",
    "traces",
    "transfers",
    "urgent_bytes",
    "vdso",
    "waiting_calls",
    "watches",
    "xattr_calls",
)


# Linux takes longer to boot than most programs take: one boot for all of them. What one leaves behind is not for the next to find.
EACH = """for program in {programs}; do
    echo "begin $program"; /bin/$program; echo "end $program $?"
    kill -9 -1
    find /tmp -mindepth 1 -maxdepth 1 ! -name output -exec rm -rf {{}} +
done
true
"""


def boot(kernel: Path, folder: Path, smp: int, script: str, programs: tuple[str, ...]) -> qemu.Result:
    (folder / "initrd").write_bytes(with_script(script, {f"bin/{program}": guest_program(program) for program in programs}))
    return qemu.run(qemu.Machine(kernel=kernel, initrd=folder / "initrd", append=qemu.console("panic=-1"), smp=smp), timeout=1800)


def told(result: qemu.Result) -> str:
    """What a failure shows."""
    tail = "\n".join((result.log or result.console).decode(errors="replace").splitlines()[-20:])
    return f"{result.output.decode(errors='replace')}\n{tail}"


def run(program: str, kernel: Path, folder: Path, smp: int) -> None:
    result = boot(kernel, folder, smp, f"/bin/{program}\n", (program,))
    assert result.status == 0, told(result)


@pytest.fixture(scope="module")
def on_linux(linux_kernel, tmp_path_factory) -> qemu.Result:
    """All programs under Debian's Linux, one after the other."""
    return boot(linux_kernel, tmp_path_factory.mktemp("linux"), 2, EACH.format(programs=" ".join(PROGRAMS)), PROGRAMS)


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_cases_are_true_of_linux(on_linux, program):
    said = re.search(rf"^begin {program}$(.*?)^end {program} (\d+)$", on_linux.output.decode(errors="replace"), re.MULTILINE | re.DOTALL)
    assert said, told(on_linux)
    assert said[2] == "0", said[1]


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_cases_are_true_of_helix(image, tmp_path, smp, program):
    run(program, image, tmp_path, smp)


@pytest.mark.smp(1)
def test_every_call_survives_without_memory(image, tmp_path, smp):
    """Runs on Helix only: it makes allocations fail."""
    run("nomemory", image, tmp_path, smp)
