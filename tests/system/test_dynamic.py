# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""Programs with an interpreter: those of the C library's own linker, and damaged ones. The cases also pass under Linux."""
from pathlib import Path

import pytest
from helixbuild import qemu
from helixbuild.archives import dynamic_program, with_script

# Called as a program, the linker runs what its argument names.
SCRIPT = """export LD_LIBRARY_PATH=/lib
/bin/dynamic || exit
{interpreter} /bin/dynamic "through the linker"
"""


def archive(folder: Path) -> bytes:
    (folder / "script").write_text("#!/bin/sh\n" + "# longer than the header of a program\n" * 4)
    (folder / "short").write_text("short")
    program, interpreter, libraries = dynamic_program("dynamic", "-lm", "-ldl", "-lpthread")
    files = libraries | {"bin/dynamic": program, "lib/script": folder / "script", "lib/short": folder / "short"}
    for name in ("missing", "folder", "script", "short"):
        path = "/bin" if name == "folder" else f"/lib/{name}"
        files[f"bin/interpreter-{name}"] = dynamic_program("dynamic", "-lm", "-ldl", "-lpthread", f"-Wl,--dynamic-linker={path}", name=f"interpreter-{name}")[0]
    return with_script(SCRIPT.format(interpreter=interpreter), files)


def run(kernel: Path, folder: Path, smp: int) -> None:
    (folder / "initrd").write_bytes(archive(folder))
    result = qemu.run(qemu.Machine(kernel=kernel, initrd=folder / "initrd", append=qemu.console("panic=-1"), smp=smp), timeout=900)
    tail = "\n".join((result.log or result.console).decode(errors="replace").splitlines()[-20:])
    assert result.status == 0, f"{result.output.decode(errors='replace')}\n{tail}"


def test_the_cases_are_true_of_linux(linux_kernel, tmp_path):
    run(linux_kernel, tmp_path, 2)


@pytest.mark.smp(1, 4)
def test_the_cases_are_true_of_helix(image, tmp_path, smp):
    run(image, tmp_path, smp)
