# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""The shell on the console: its prompt, editing and job control, and its built-ins."""
import pytest

PROMPT = "helix> "
BUILT_INS = ("help", "exit", "echo", "clear", "ps", "mem", "uptime", "uname", "set", "history", "bench", "stats", "cat", "run", "version", "demo")


@pytest.fixture
def shell(boot):
    guest = boot(smp=2)
    guest.expect(PROMPT, timeout=60)
    return guest


def test_edits_lines_and_remembers_them(shell):
    shell.console.send("echo hexlo\x1b[D\x1b[D\x1b[D\x7fl\n")  # three to the left, the x goes, an l comes
    shell.expect("\nhello\r?\n", timeout=20)
    shell.console.send("\x1b[A\n")
    shell.expect("\nhello\r?\n", timeout=20)


def test_completes_names(shell):
    shell.console.send("echo /etc/pass\t\n")
    shell.expect("\n/etc/passwd ?\r?\n", timeout=20)


def test_ends_a_program_by_ctrl_c_and_goes_on(shell):
    shell.send("sleep 1000")
    shell.console.send("\x03")
    shell.expect(PROMPT, timeout=20)
    shell.send("echo status $?")
    shell.expect("status 130", timeout=20)


def test_stops_and_continues_a_job(shell):
    shell.send("sleep 2")
    shell.console.send("\x1a")
    shell.expect(PROMPT, timeout=20)
    shell.send("jobs")
    shell.expect("sleep 2", timeout=20)
    shell.send("fg && echo went on")
    shell.expect("went on\r?\n", timeout=20)


def test_the_terminal_has_a_size(shell):
    shell.send("stty size")
    shell.expect(r"\n\d+ \d+\r?\n", timeout=20)


@pytest.mark.parametrize("command,want", [
    ("help", b"demo"),
    ("help uname", b"uname"),
    ("echo a 'b  c' \"$HOME\"", b"a b  c /"),
    ("ps -a", b"init"),
    ("mem", b""),
    ("uptime", b"up"),
    ("uname -s -r -m", b"Helix 6.1.0-helix x86_64"),
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
