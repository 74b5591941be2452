# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""Debian's packages as they come, through `make debian`."""
import os
import subprocess
from pathlib import Path

import pytest
from helixbuild.arch import current

ROOT = Path(__file__).resolve().parents[2]

# What each line prints; @MACHINE@ is what uname -m says.
LINES = {
    "uname -sm": "Linux @MACHINE@",
    "bash -c 'echo ${BASH_VERSINFO[0]} $((6 * 7))'": "5 42",
    "perl -e 'print join(q( ), map { $_ * 2 } 1 .. 3), qq(\\n)'": "2 4 6",
    "dpkg -s dpkg | grep Status": "Status: install ok installed",
    "dpkg --configure -a >/dev/null && echo nothing left": "nothing left",
    "awk 'BEGIN { print 6 * 7 }'": "42",
    "ps -o comm= 1": "init",
    "free | awk '/^Mem/ { print ($2 > 900000) }'": "1",
    "lscpu | awk '/^Architecture/ { print $2 }'": "@MACHINE@",
    "stat -c %U:%G /etc/shadow /usr/bin/bash": "root:shadow\nroot:root",
    "findmnt -n -o FSTYPE /proc": "proc",
    "seq 3 | xargs -n1 | sort -r | tr '\\n' ' '; echo": "3 2 1 ",
    "printf abc | gzip | gzip -d; echo": "abc",
    "setpriv --reuid=nobody --regid=nogroup --clear-groups sh -c 'id -un; cat /etc/shadow' 2>&1": "nobody\ncat: /etc/shadow: Permission denied",
    "(exit 7); echo $?": "7",
}


@pytest.fixture(scope="module")
def output(image) -> str:
    command = "\n".join(LINES) + "\nexit 5"
    result = subprocess.run([ROOT / "tools/debian", "--arch", current().name, "--kernel", image, "--cmd", command, "--timeout", "900"],
                            capture_output=True, text=True, check=False, env=os.environ | {"DEBIAN_PACKAGES": ""})
    assert result.returncode == 5, result.stdout + result.stderr
    return result.stdout


def test_a_minimal_system_runs_as_it_comes(output):
    assert output == "".join(line.replace("@MACHINE@", current().uname) + "\n" for line in LINES.values())
