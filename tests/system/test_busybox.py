# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""The same script over busybox's applets under Linux and under Helix: the same output, line by line."""
import difflib
from pathlib import Path

import pytest
from helixbuild import qemu
from helixbuild.archives import with_script

SCRIPT = Path(__file__).with_name("busybox") / "applets.sh"


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("busybox") / "initrd"
    path.write_bytes(with_script(SCRIPT.read_text()))
    return path


def run(kernel: Path, archive: Path) -> list[str]:
    machine = qemu.Machine(kernel=kernel, initrd=archive, append="console=ttyS0 quiet panic=-1")
    result = qemu.run(machine, timeout=240)
    assert not result.timed_out, result.log.decode(errors="replace")[-2000:]
    return result.output.decode(errors="replace").splitlines()


@pytest.fixture(scope="module")
def reference(linux_kernel, archive) -> list[str]:
    return run(linux_kernel, archive)


def test_the_script_is_large_enough(reference):
    assert sum(line.startswith("= ") for line in reference) >= 200


def test_busybox_says_the_same_as_under_linux(image, archive, reference):
    ours = run(image, archive)
    difference = list(difflib.unified_diff(reference, ours, "linux", "helix", lineterm="", n=2))
    assert not difference, "\n".join(difference)
