# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""Fixtures of the system tests: images, archives, and guests with a console to talk to. Every wait has a deadline."""
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
sys.path.insert(0, str(ROOT / "tests/system"))

from helixbuild import arch, linux, qemu  # noqa: E402
from guest import Guest  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "smp(*counts): numbers of CPUs for the fixture smp (default 1, 2 and 4)")


def pytest_generate_tests(metafunc):
    if "smp" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("smp")
        metafunc.parametrize("smp", marker.args if marker else (1, 2, 4), ids=lambda count: f"smp{count}")


@pytest.fixture(scope="session")
def out() -> Path:
    """The folder of the build under test."""
    return ROOT / os.environ.get("HELIX_OUT", f"build/{arch.current().name}-minimal")


def existing(path: Path) -> Path:
    if not path.exists():
        pytest.fail(f"{path} is missing: make build first")
    return path


@pytest.fixture(scope="session")
def image(out) -> Path:
    return existing(out / "helix")


@pytest.fixture(scope="session")
def checking_image() -> Path:
    """The kernel of the dev build, which checks the order of locks and panics when it is wrong."""
    return existing(ROOT / os.environ.get("HELIX_DEV_OUT", f"build/{arch.current().name}-minimal-dev") / "helix")


@pytest.fixture(scope="session")
def test_image(out) -> Path:
    return existing(out / "helix-test")


@pytest.fixture(scope="session")
def initramfs(out) -> Path:
    return existing(out / "initramfs.cpio")


@pytest.fixture(scope="session")
def linux_kernel() -> Path:
    """Debian's kernel of this architecture, that Helix is compared with."""
    return linux.kernel(ROOT / "build/cache")


@pytest.fixture
def boot(image, initramfs):
    """boot(**fields of qemu.Machine) -> Guest; all guests end with the test."""
    guests = []

    def start(**fields) -> Guest:
        fields.setdefault("kernel", image)
        fields.setdefault("initrd", initramfs)
        fields.setdefault("append", qemu.console())
        guest = Guest(qemu.Machine(**fields))
        guests.append(guest)
        return guest

    yield start
    for guest in guests:
        guest.close()


@pytest.fixture
def run_command(image, initramfs):
    """run_command(text, **fields of qemu.Machine) -> Result with status and output."""
    def runner(command: str, timeout: float = 240, **fields) -> qemu.Result:
        fields.setdefault("kernel", image)
        fields.setdefault("initrd", initramfs)
        result = qemu.run(qemu.Machine(**fields), command, timeout)
        if result.status is None:
            last = result.log.decode(errors="replace").splitlines()[-25:]
            why = "time-out" if result.timed_out else "no status"
            pytest.fail(f"{command!r}: {why}\n" + "\n".join(last))
        return result
    return runner
