# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""A slice of each long campaign: the parsers' fuzzers, random system calls with fixed seeds, failing allocations."""
import re
import subprocess
from pathlib import Path

import machines
import pytest
from helixbuild import qemu
from helixbuild.archives import guest_program, with_script

FEWEST_ROUNDS = 10  # in any time: it did not end early

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.host
@pytest.mark.slow
def test_the_parsers_survive_a_short_fuzzing():
    subprocess.run([ROOT / "tools/fuzz", "--parsers", "--seconds", "20"], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("seed,count", [(1, 1), (2, 2), (3, 4)])
def test_the_kernel_survives_random_calls(checking_image, tmp_path, seed, count):
    (tmp_path / "initrd").write_bytes(with_script(f"fuzzcalls {seed} {machines.CALLS_SECONDS}\n", {"bin/fuzzcalls": guest_program("fuzzcalls")}))
    result = qemu.run(qemu.Machine(kernel=checking_image, initrd=tmp_path / "initrd", append=qemu.console(), smp=count), timeout=900)
    tail = "\n".join(result.log.decode(errors="replace").splitlines()[-40:])
    assert result.status == 0, f"status {result.status}\n{result.output.decode(errors='replace')[-400:]}\n{tail}"
    rounds = re.search(rb"^rounds (\d+)$", result.output, re.MULTILINE)
    assert rounds and int(rounds[1]) >= FEWEST_ROUNDS, result.output[-400:]


@pytest.mark.slow
def test_the_kernel_survives_failing_allocations(image):
    subprocess.run([ROOT / "tools/faults", "--kernel", image, "--seconds", str(machines.FAULTS_SECONDS)], check=True)
