# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""tools/run: a command's own status and nothing but its output; log, output and status apart."""
import subprocess
from pathlib import Path

import pexpect
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run(image):
    def runner(command: str, *options: str) -> subprocess.CompletedProcess:
        return subprocess.run([ROOT / "tools/run", "--kernel", image, "--cmd", command, "--timeout", "60", *options],
                              capture_output=True, text=True, check=False)
    return runner


@pytest.mark.parametrize("command,status", [("true", 0), ("false", 1), ("exit 42", 42), ("sh -c 'kill -TERM $$'", 143),
                                            ("sh -c 'kill -SEGV $$'", 139), ("no-such-program", 127), ("cat /nowhere", 1)])
def test_ends_with_the_commands_status(run, command, status):
    assert run(command).returncode == status


@pytest.mark.parametrize("command,output", [("echo one two", "one two\n"), ('echo "a  b" "$((6 * 7))"', "a  b 42\n"),
                                            ("printf 'no newline'", "no newline"), ("echo out; echo err >&2", "out\nerr\n"),
                                            ("echo 'first\nsecond'", "first\nsecond\n")])
def test_prints_what_the_command_prints(run, command, output):
    result = run(command)
    assert (result.stdout, result.returncode) == (output, 0), result.stderr


def test_a_long_output_arrives_whole(run):
    result = run("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i + 1)); done")
    assert result.stdout == "".join(f"line {i}\n" for i in range(20000))


def test_the_log_goes_to_its_own_file(run, tmp_path):
    result = run("echo quiet", "--log", str(tmp_path / "log"))
    assert result.stdout == "quiet\n" and result.stderr == ""
    assert "Helix" in (tmp_path / "log").read_text()


def test_a_time_out_tells_what_was_seen_last(image):
    result = subprocess.run([ROOT / "tools/run", "--kernel", image, "--cmd", "sleep 100", "--timeout", "6"],
                            capture_output=True, text=True, check=False)
    assert result.returncode == 124
    assert "time-out after 6 s" in result.stderr and "last lines of the kernel log" in result.stderr


def test_a_machine_that_was_turned_off_ended_well(image):
    console = pexpect.spawn(str(ROOT / "tools/run"), ["--kernel", str(image)], timeout=60)
    console.expect("helix> ")
    console.send("poweroff\r")
    console.expect(pexpect.EOF)
    console.close()
    assert console.exitstatus == 0


def test_make_qemu_with_a_command_prints_only_its_output():
    result = subprocess.run(["make", "--no-print-directory", "qemu", "CMD=echo 'it is' $(uname -s); exit 5"], cwd=ROOT,
                            capture_output=True, text=True, check=False)
    assert result.stdout == "it is Linux\n", result.stderr
    assert result.returncode == 2  # make's own way to say that a recipe failed
    assert "Error 5" in result.stderr
