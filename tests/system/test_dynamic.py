# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""Programs with an interpreter: those of the C library's own linker, and damaged ones. The cases also pass under Linux."""
from pathlib import Path

import pytest
from helixbuild import qemu
from helixbuild.archives import dynamic_program, guest_program, with_script

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


RUNS, KILLED = 42, 1000
# Headers that contradict themselves, and an address in the lowest 64 KB: Linux runs some of them.
REFUSALS = {1: "EPERM", 8: "ENOEXEC", 80: "ELIBBAD"}
# The byte behind the file's part of a segment is zero here, and what the file has there on Linux: the program's first instruction.
OTHERWISE = {("static2.p_filesz", 10), ("interpreter2.p_filesz", 10)}


def fits(there: int, here: int) -> bool:
    """An errno must be that of Linux. What Linux only kills once the old program is gone can be refused before, or be fine."""
    return here == there or there > KILLED or (there == RUNS and here in REFUSALS)


def ends(kernel: Path, folder: Path, smp: int) -> dict[str, list[int]]:
    """What became of each program of hostile_elf.c: a line for each field, a number for each value of it."""
    (folder / "initrd").write_bytes(with_script("hostile_elf\n", {"bin/hostile_elf": guest_program("hostile_elf")}))
    result = qemu.run(qemu.Machine(kernel=kernel, initrd=folder / "initrd", append=qemu.console("panic=-1"), smp=smp), timeout=900)
    assert result.status == 0, result.output.decode(errors="replace") + (result.log or result.console).decode(errors="replace")[-1500:]
    fields = (line.split(": ") for line in result.output.decode().splitlines())
    return {field: [int(end) for end in numbers.split()] for field, numbers in fields}


def test_headers_that_lie_end_as_on_linux(image, linux_kernel, tmp_path):
    linux, helix = ends(linux_kernel, tmp_path, 2), ends(image, tmp_path, 2)
    assert linux.keys() == helix.keys() and len(linux) > 130
    assert not [f"{field}, value {i}: {there} on Linux, {here} here"
                for field in linux for i, (there, here) in enumerate(zip(linux[field], helix[field], strict=True))
                if not fits(there, here) and (field, i) not in OTHERWISE]
