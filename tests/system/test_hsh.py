# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""The shell on the console: its prompt, editing and job control, and its built-ins."""

import pytest
from helixbuild import arch

PROMPT = "helix> "
BUILT_INS = ("help", "exit", "echo", "clear", "ps", "mem", "uptime", "uname", "set", "history", "bench", "stats", "cat", "run", "version", "demo")


@pytest.fixture(params=(1, 2), ids=lambda count: f"smp{count}")
def shell(boot, request):
    guest = boot(smp=request.param)
    guest.expect(PROMPT, timeout=60)
    return guest


def test_edits_lines_and_remembers_them(shell):
    shell.console.send("echo hexlo\x1b[D\x1b[D\x7fl\n")  # two to the left, the x goes, an l comes
    shell.expect("\nhello\r?\n", timeout=20)
    shell.console.send("\x1b[A\n")
    shell.expect("\nhello\r?\n", timeout=20)


def test_completes_names(shell):
    shell.console.send("echo /etc/pass\t\n")
    shell.expect("[\r\n]/etc/passwd\r\n", timeout=20)


def start(shell, line: str) -> None:
    """Run @line after a word that says it runs: a key that comes earlier is the line editor's."""
    shell.send(f"sh -c 'echo run''ning; {line}'")
    shell.expect("\nrunning\r?\n", timeout=20)


def test_ends_a_program_by_ctrl_c_and_goes_on(shell):
    start(shell, "sleep 1000")
    shell.console.send("\x03")
    shell.expect(PROMPT, timeout=20)
    shell.send("echo status $?")
    shell.expect("status 130", timeout=20)


def test_ends_a_program_by_ctrl_backslash(shell):
    start(shell, "exec cat")
    shell.send("awake")
    # The echo, then cat's: it is no longer busybox sh, which ignores the signal.
    shell.expect("awake\r?\nawake\r?\n", timeout=20)
    shell.console.send("\x1c")
    shell.expect(PROMPT, timeout=20)
    shell.send("echo status $?")
    shell.expect("status 131", timeout=20)


def test_ends_input_by_ctrl_d(shell):
    start(shell, "cat > /tmp/typed")
    shell.send("some text")
    shell.console.send("\x04")
    shell.expect(PROMPT, timeout=20)
    shell.send("cat /tmp/typed")
    shell.expect("\nsome text\r?\n", timeout=20)


def test_stops_and_continues_a_job(shell):
    start(shell, "sleep 2")
    shell.console.send("\x1a")
    shell.expect(r"\[1\]", timeout=20)
    shell.expect(PROMPT, timeout=20)
    shell.send("jobs")
    shell.expect("stopped.*sleep 2", timeout=20)
    shell.send("fg && echo went on")
    shell.expect("\nwent on\r?\n", timeout=20)


def test_a_job_in_the_background_may_not_read_the_terminal(shell):
    shell.send("cat &")
    shell.expect(PROMPT, timeout=20)
    for _ in range(100):
        shell.send("sleep 0.1; jobs")
        shell.expect(r"\n\[1\] (stopped|running) +cat", timeout=20)
        if shell.console.match[1] == "stopped":
            break
    shell.send("fg")
    shell.expect(r"\ncat &?\r?\n", timeout=20)  # its name: the editor's raw mode is over, and what is typed now stays one line
    shell.send("now it may")
    shell.expect("now it may\r?\nnow it may\r?\n", timeout=20)
    shell.console.send("\x04")
    shell.expect(PROMPT, timeout=20)


def test_the_terminal_has_a_size(shell):
    shell.send("stty size")
    shell.expect(r"\n24 80\r?\n", timeout=20)


def test_a_program_is_told_when_the_window_changes(shell):
    start(shell, 'trap "stty size; exit" WINCH; stty rows 50 cols 132; while :; do sleep 0.1; done')
    shell.expect(r"50 132\r?\n", timeout=20)
    shell.expect(PROMPT, timeout=20)


@pytest.mark.parametrize("command,want", [
    ("help", b"demo"),
    ("help uname", b"uname"),
    ("echo a 'b  c' \"$HOME\"", b"a b  c /"),
    ("ps -a", b"init"),
    ("mem", b""),
    ("uptime", b"up"),
    ("uname -s -r -m", f"Helix 6.1.0-helix {arch.current().uname}".encode()),
    ("set X=5; echo $X", b"5"),
    ("stats", b""),
    ("cat /etc/hostname", b"helix"),
    ("run /bin/true", b"0"),
    ("version", b"Helix"),
    ("echo one | cat > /tmp/x && cat < /tmp/x", b"one"),
    ("false || echo or", b"or"),
    ("echo a > /tmp/f; echo b >> /tmp/f; cat /tmp/f", b"a\nb"),
    ("bench scheduler", b"ns"),
    ("demo hotreload", b"swap"),
    ("demo dis", b"not built into this kernel"),
])
def test_built_ins_and_lines(run_command, command, want):
    result = run_command(f"cat >/tmp/lines <<'END'\n{command}\nEND\nhsh /tmp/lines")
    assert want in result.output, result.output
    assert result.status == 0 or "demo dis" in command


def test_uname_of_programs_is_linux(run_command):
    assert run_command("uname -s -r").output == b"Linux 6.1.0-helix\n"


def test_every_built_in_explains_itself(run_command):
    lines = "\n".join(f"help {name}" for name in BUILT_INS)
    result = run_command(f"cat >/tmp/lines <<'END'\n{lines}\nEND\nhsh /tmp/lines")
    for name in BUILT_INS:
        assert name.encode() in result.output
