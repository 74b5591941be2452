# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""The same commands over busybox's applets, from the same archive, under Debian's Linux and under Helix: equal outputs."""
import difflib
import re
from pathlib import Path

import pytest
from helixbuild import qemu
from helixbuild.archives import with_script

SCRIPT = Path(__file__).parent / "busybox/applets.sh"
STATUS = Path(__file__).resolve().parents[2] / "docs/status.md"


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("busybox") / "initrd"
    path.write_bytes(with_script(SCRIPT.read_text()))
    return path


def output_of(kernel: Path, archive: Path, smp: int = 1) -> str:
    machine = qemu.Machine(kernel=kernel, initrd=archive, smp=smp, append=qemu.console("quiet panic=-1"))
    result = qemu.run(machine, timeout=240)
    tail = "\n".join((result.log or result.console).decode(errors="replace").splitlines()[-30:])
    assert result.status is not None, f"{kernel} never reported\n{tail}"
    return result.output.decode(errors="replace")


@pytest.fixture(scope="module")
def reference(linux_kernel, archive) -> str:
    return output_of(linux_kernel, archive)


def by_command(output: str) -> dict[str, str]:
    """What each command printed, by its text."""
    parts = re.split(r"^\$ (.*)$", output, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


def explained() -> set[str]:
    """Commands that docs/status.md lists in its table of differences to Linux: | `command` | why |"""
    return set(re.findall(r"^\| `(.+?)` \|", STATUS.read_text(), re.MULTILINE)) if STATUS.exists() else set()


def test_the_script_has_at_least_two_hundred_commands(reference):
    assert len(by_command(reference)) >= 200


@pytest.mark.smp(1, 2)
def test_busybox_prints_the_same_under_both_kernels(image, archive, reference, smp):
    want, got = by_command(reference), by_command(output_of(image, archive, smp))
    allowed = explained()
    wrong = [name for name in want if got.get(name) != want[name] and name not in allowed]
    report = []
    for name in wrong[:40]:
        report += [f"$ {name}", *difflib.unified_diff(want[name].splitlines(), got.get(name, "(not reached)").splitlines(),
                                                     "linux", "helix", lineterm="", n=1)]
    assert not wrong, f"{len(wrong)} of {len(want)} commands differ\n" + "\n".join(report)
