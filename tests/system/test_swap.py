# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""Live replacement of the scheduler: under load nothing is lost, and what fails leaves the old one in charge."""
from pathlib import Path

import bad_modules
import pytest
from helixbuild import qemu
from helixbuild.archives import guest_program, with_script

SWAPS = {1: 1000, 2: 1000, 4: 1000}


@pytest.fixture
def in_guest(image, out, tmp_path):
    """in_guest(script, files, **fields of qemu.Machine) -> Result; helixctl and swapload are there."""
    def run(script: str, files: dict[str, Path] | None = None, timeout: float = 600, **fields) -> qemu.Result:
        extra = {"bin/helixctl": out / "userspace/programs/helixctl", "bin/swapload": guest_program("swapload"), **(files or {})}
        (tmp_path / "initrd").write_bytes(with_script(script, extra))
        result = qemu.run(qemu.Machine(kernel=image, initrd=tmp_path / "initrd", append=qemu.console(), **fields), timeout=timeout)
        text = result.output.decode(errors="replace")
        tail = "\n".join(result.log.decode(errors="replace").splitlines()[-30:])
        assert result.status is not None, f"no status\n{text}\n{tail}"
        print(text)
        return result
    return run


@pytest.mark.slow
def test_a_thousand_swaps_under_load_lose_nothing(in_guest, smp):
    result = in_guest(f"swapload {SWAPS[smp]} 64 8 fair round_robin; s=$?; cat /proc/helix/swaps; exit $s", smp=smp, timeout=1800)
    assert result.status == 0, result.output.decode(errors="replace")
    assert f"swaps {SWAPS[smp]} failed 0 stuck 0 gone 0 of 81".encode() in result.output


def in_charge(text: str) -> str:
    """The module behind helix.scheduler, in what helixctl interfaces prints."""
    return next(line.split()[1] for line in text.splitlines() if line.startswith("helix.scheduler "))


@pytest.fixture(scope="module")
def modules(out, tmp_path_factory) -> Path:
    """A folder with all bad modules."""
    folder = tmp_path_factory.mktemp("modules")
    for name in bad_modules.FAULTS:
        bad_modules.make(name, folder, out / "sdk")
    bad_modules.wrong_abi(folder, out / "sdk")
    for how in ("truncated", "random", "flipped", "header", "empty"):
        bad_modules.damaged(folder / "good_copy.hmod", how, folder)
    return folder


def test_a_module_loaded_from_a_file_takes_over(in_guest, modules):
    result = in_guest("set -e; helixctl load /m.hmod; helixctl swap helix.scheduler good_copy; helixctl interfaces; "
                      "sleep 1; helixctl swap helix.scheduler round_robin; helixctl unload good_copy; echo went well",
                      {"m.hmod": modules / "good_copy.hmod"})
    assert result.status == 0
    assert b"good_copy" in result.output and b"went well" in result.output


@pytest.mark.parametrize("how", ["truncated", "random", "flipped", "header", "empty", "wrong_abi"])
def test_a_damaged_file_is_refused_with_a_reason(in_guest, modules, how):
    result = in_guest("helixctl load /m.hmod; echo status $?; helixctl interfaces; echo still here",
                      {"m.hmod": modules / f"{how}.hmod"})
    text = result.output.decode()
    assert "still here" in text and in_charge(text) == "round_robin"
    if how != "flipped":  # a flipped bit may be one that does not matter
        assert "status 0" not in text
        assert "helixctl" in text.splitlines()[0], text


@pytest.mark.parametrize("name", ["bad_init", "bad_restore", "bad_start"])
def test_a_scheduler_that_fails_leaves_the_old_one_in_charge(in_guest, modules, name, smp):
    result = in_guest(f"helixctl load /m.hmod && helixctl swap helix.scheduler {name}; echo status $?; helixctl interfaces; "
                      "sleep 0.2; echo still here", {"m.hmod": modules / f"{name}.hmod"}, smp=smp)
    text = result.output.decode()
    assert "still here" in text and "status 0" not in text
    assert in_charge(text) == "round_robin"


def test_a_scheduler_that_crashes_in_its_trial_is_rolled_back(in_guest, modules, smp):
    result = in_guest("helixctl load /m.hmod && helixctl swap helix.scheduler bad_trial; i=0; "
                      "while [ $i -lt 50 ]; do sleep 0.01; i=$((i + 1)); done; helixctl interfaces; helixctl swaps; echo still here",
                      {"m.hmod": modules / "bad_trial.hmod"}, smp=smp)
    text = result.output.decode()
    assert "still here" in text and in_charge(text) == "round_robin"


@pytest.mark.slow
def test_a_thousand_failing_swaps_leak_nothing(in_guest, modules):
    loop = "i=0; while [ $i -lt 500 ]; do helixctl swap helix.scheduler bad_restore 2>/dev/null; helixctl load /t.hmod 2>/dev/null; i=$((i + 1)); done"
    free = "grep MemFree /proc/meminfo"
    result = in_guest(f"helixctl load /m.hmod; helixctl swap helix.scheduler bad_restore 2>/dev/null; sleep 0.2; {free}; {loop}; sleep 0.2; {free}",
                      {"m.hmod": modules / "bad_restore.hmod", "t.hmod": modules / "truncated.hmod"}, timeout=900)
    before, after = (int(line.split()[1]) for line in result.output.decode().splitlines() if line.startswith("MemFree"))
    assert before - after < 256, f"{before - after} kB gone"
