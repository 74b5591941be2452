# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""The image boots on every machine it claims, to the shell's prompt, and powers off."""
import os
import subprocess
from pathlib import Path

import machines
import pytest
from helixbuild import arch, qemu

ROOT = Path(__file__).resolve().parents[2]
PROMPT = r"helix> "

@pytest.mark.parametrize("fields", machines.BOOTS, ids=machines.name_of)
def test_boots_to_the_prompt_and_powers_off(boot, fields):
    guest = boot(**fields)
    guest.expect(PROMPT, timeout=60)
    guest.send("echo it $HOME works")
    guest.expect("it / works", timeout=20)
    guest.send("busybox poweroff -f")
    # Not 0: the debug exit came first, which the kernel takes when the firmware's way shows no effect at once.
    assert guest.wait(timeout=30) in machines.EXITS


def test_all_processors_run(run_command, smp):
    result = run_command("grep -c ^processor /proc/cpuinfo", smp=smp)
    assert result.output.split() == [str(smp).encode()]


@pytest.mark.skipif(not arch.current().cd, reason="GRUB's CD is for one architecture only (docs/status.md)")
def test_boots_from_a_cd_through_grub(out, image):
    subprocess.run([ROOT / "tools/iso", out], check=True, env=os.environ | {"APPEND": 'helix.cmd="echo booted by GRUB"', "HELIX_GRUB_TIMEOUT": "0"},
                   capture_output=True)
    result = qemu.run(qemu.Machine(kernel=image, iso=out / "helix.iso"), timeout=90)
    tail = "\n".join(result.log.decode(errors="replace").splitlines()[-20:])
    assert (result.status, result.output) == (0, b"booted by GRUB\n"), tail


def test_the_stripped_image_is_at_most_one_megabyte(out):
    subprocess.run([ROOT / "tools/size", out / "helix.elf", "--limit", str(1 << 20)], check=True)


def test_two_runs_under_deterministic_counting_are_identical(image, initramfs):
    command = "busybox ls -l / >/tmp/a; busybox sha256sum /tmp/a; cat /proc/uptime"
    runs = [qemu.run(qemu.Machine(kernel=image, initrd=initramfs, icount=True), command, timeout=90) for _ in range(2)]
    assert runs[0].status == 0
    assert runs[0].output == runs[1].output
    assert runs[0].log == runs[1].log
