# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""What programs see of processes, signals and threads: the cases of tests/guest, which also pass under Linux."""
import subprocess

import pytest
from helixbuild import qemu
from helixbuild.archives import guest_program, with_script

PROGRAMS = ("processes", "signals", "threads")


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_cases_are_true_of_linux(program, tmp_path):
    result = subprocess.run([guest_program(program)], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_cases_are_true_of_helix(image, tmp_path, smp, program):
    archive = with_script(f"/bin/{program}\n", {f"bin/{program}": guest_program(program)})
    (tmp_path / "initrd").write_bytes(archive)
    machine = qemu.Machine(kernel=image, initrd=tmp_path / "initrd", append=qemu.console(), smp=smp)
    result = qemu.run(machine, timeout=900)
    tail = "\n".join(result.log.decode(errors="replace").splitlines()[-20:])
    assert result.status == 0, f"{result.output.decode(errors='replace')}\n{tail}"
