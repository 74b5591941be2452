# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""What the C library's own linker finds of the kernel: the cases of static programs again, in dynamic ones."""
from pathlib import Path

import pytest
from helixbuild import qemu
from helixbuild.archives import ROOT, dynamic_program, with_script
from helixbuild.arch import current

PROGRAMS = ("auxv", "layout", "rseq", "vdso")


def run(program: str, kernel: Path, folder: Path, smp: int) -> None:
    made, _, libraries = dynamic_program(program, "-I", str(ROOT / f"tests/guest/{current().name}"), name=f"{program}-dynamic")
    script = f"export LD_LIBRARY_PATH=/lib\n/bin/{program}\n"
    (folder / "initrd").write_bytes(with_script(script, libraries | {f"bin/{program}": made}))
    result = qemu.run(qemu.Machine(kernel=kernel, initrd=folder / "initrd", append=qemu.console("panic=-1"), smp=smp), timeout=900)
    tail = "\n".join((result.log or result.console).decode(errors="replace").splitlines()[-20:])
    assert result.status == 0, f"{result.output.decode(errors='replace')}\n{tail}"


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_cases_are_true_of_linux(linux_kernel, tmp_path, program):
    run(program, linux_kernel, tmp_path, 2)


@pytest.mark.smp(4)
@pytest.mark.parametrize("program", PROGRAMS)
def test_the_cases_are_true_of_helix(image, tmp_path, smp, program):
    run(program, image, tmp_path, smp)
