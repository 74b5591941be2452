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


# What debuggers print, on every architecture; what differs is cut away.
TRACES = {
    "strace -o /tmp/o sh -c 'exit 3'; echo $?; tail -1 /tmp/o": "3\n+++ exited with 3 +++",
    "strace -f -o /tmp/o sh -c 'true | cat'; grep -c exited /tmp/o": "3",
    "strace -e trace=none -e signal=usr1 -o /tmp/o sh -c 'trap : USR1; kill -USR1 $$'; grep -c SIGUSR1 /tmp/o": "1",
    "sleep 999 & p=$!; timeout -s INT 2 strace -o /tmp/o -p $p 2>/dev/null; { kill $p; wait $p; } 2>/dev/null; echo $?": "143",
    "gdb -q -batch -ex 'break write' -ex run -ex delete -ex continue --args /bin/echo hello 2>/dev/null | grep -cE '^hello|exited normally'": "2",
    "gdb -q -batch -ex starti -ex 'set $a = $pc' -ex stepi -ex 'print $a != $pc' --args /bin/true 2>/dev/null | grep '^.1'": "$1 = 1",
    "sleep 999 & p=$!; gdb -q -batch -p $p -ex detach 2>/dev/null | grep -c detached; { kill $p; wait $p; } 2>/dev/null; echo $?": "1\n143",
    "cd /tmp; ulimit -c unlimited; sh -c 'kill -ABRT $$' 2>/dev/null; echo $?": "134",
    "gdb -q -batch -ex 'info registers pc' /bin/dash /tmp/core 2>/dev/null | grep -cE 'SIGABRT|^pc '": "2",
}


def test_debuggers_work_as_they_come(image):
    result = subprocess.run([ROOT / "tools/debian", "--arch", current().name, "--kernel", image, "--cmd", "\n".join(TRACES), "--timeout", "900", "--mem", "2048",
                             "--packages", "strace gdb"], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout == "".join(line + "\n" for line in TRACES.values())
