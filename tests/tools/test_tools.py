# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""The smaller tools: set-up, ABI hash, symbol table, archives, command lines of guests."""
import importlib.machinery
import importlib.util
import os
import subprocess
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from helixbuild import cpio, qemu, recording  # noqa: E402


def tool(name: str):
    """A program of tools/ as a module."""
    loader = importlib.machinery.SourceFileLoader(name.replace("-", "_"), str(ROOT / "tools" / name))
    loaded = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(loaded)
    return loaded


def test_setup_asks_for_nothing_when_nothing_is_missing(tmp_path):
    (tmp_path / "apt-get").write_text(f"#!/bin/sh\ntouch {tmp_path}/asked\n")
    (tmp_path / "apt-get").chmod(0o755)
    subprocess.run([ROOT / "tools/setup", "build", "test"], env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}, check=True)
    assert not (tmp_path / "asked").exists()


def test_what_failed_is_named_with_its_error(tmp_path):
    (tmp_path / "test_sums.py").write_text("def test_good():\n    pass\n\n\ndef test_bad():\n    assert 1 + 1 == 3\n")
    subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "junit_family=xunit1", "--junitxml=report.xml", "."],
                   cwd=tmp_path, check=False, capture_output=True)
    assert tool("test").failures(tmp_path / "report.xml") == ["FAILED test_sums.py::test_bad\nE       assert (1 + 1) == 3"]
    assert tool("test").failures(tmp_path / "missing.xml") == []


@pytest.fixture
def bare_machine(tmp_path):
    """A path on which no package is installed and apt-get notes what it is asked."""
    def program(name: str, text: str) -> None:
        (tmp_path / name).write_text("#!/bin/sh\n" + text)
        (tmp_path / name).chmod(0o755)

    def machine(user: int) -> dict[str, str]:
        program("dpkg-query", "exit 1\n")
        program("id", f"echo {user}\n")
        program("apt-get", f'echo "$@" >>{tmp_path}/asked\n')
        return os.environ | {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    return machine


def test_setup_names_the_packages_when_it_may_not_install(bare_machine):
    result = subprocess.run([ROOT / "tools/setup", "build"], env=bare_machine(1000), capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "not root" in result.stderr and " clang-19 " in result.stderr and "apt-get install" in result.stderr


def test_setup_installs_only_the_groups_asked_for(bare_machine, tmp_path):
    subprocess.run([ROOT / "tools/setup", "run"], env=bare_machine(0), capture_output=True, check=True)
    asked = (tmp_path / "asked").read_text()
    assert "qemu-system-x86" in asked and "clang-19" not in asked


def abi_hash(tmp_path, text: str) -> str:
    (tmp_path / "a.h").write_text(text)
    return subprocess.run([ROOT / "tools/abi-hash", tmp_path / "a.h"], check=True, capture_output=True, text=True).stdout


def test_the_abi_hash_follows_meaning_not_layout_or_comments(tmp_path):
    first = abi_hash(tmp_path, "/* one */ struct a { int x; };\n")
    assert first == abi_hash(tmp_path, "struct a {\n    int x; // two\n};\n")
    assert first != abi_hash(tmp_path, "struct a { long x; };\n")


def test_the_symbol_table_marks_every_so_many_names():
    ksyms = tool("ksyms")
    symbols = [(16 * i, f"f{i}") for i in range(70)]
    text = ksyms.assembly(symbols)
    assert ".long 70, " in text
    marks = text.split("marks:\n")[1].split("names:")[0].split()
    sizes = [len(name) + 1 for _, name in symbols]
    assert [int(mark) for mark in marks[1::2]] == [0, sum(sizes[:32]), sum(sizes[:64])]


def test_the_stride_of_the_symbol_table_is_the_headers():
    header = (ROOT / "abi/include/helix/abi/ksyms.h").read_text()
    assert f"#define HELIX_KSYMS_STRIDE {tool('ksyms').STRIDE}\n" in header


def test_an_archive_is_what_cpio_reads(tmp_path):
    archive = cpio.Archive()
    archive.directory("d")
    archive.file("d/f", b"text\n", 0o640)
    archive.link("l", "d/f")
    subprocess.run(["cpio", "-id", "--quiet"], input=archive.data(), cwd=tmp_path, check=True)
    assert (tmp_path / "l").read_text() == "text\n"
    assert (tmp_path / "d/f").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("append,command,want", [
    ("", "ls", 'helix.cmd="ls"'),
    ("console=ttyS0", "ls -l", 'console=ttyS0 helix.cmd="ls -l"'),
    ("quiet -- one two", "ls", 'quiet helix.cmd="ls" -- one two'),
])
def test_a_command_goes_before_the_arguments_of_init(tmp_path, append, command, want):
    machine = qemu.Machine(kernel=Path("k"), append=append)
    qemu.with_command(machine, command, tmp_path)
    assert machine.append == want and machine.initrd is None


def test_a_command_with_quotes_travels_in_an_archive(tmp_path):
    machine = qemu.Machine(kernel=Path("k"))
    qemu.with_command(machine, 'echo "a b"', tmp_path)
    assert machine.append == f'helix.cmd=". /{qemu.SCRIPT}"'
    assert b'echo "a b"' in machine.initrd.read_bytes()


def test_a_recording_shows_lines_at_their_times():
    screen = recording.Screen()
    screen.feed(0.0, "# true <&>", typed=True)
    screen.feed(0.5, "\x1b[1mbold\x1b[0m\r\nnext")
    screen.feed(60.0, "x" * (recording.COLUMNS + 1))
    assert [line.text for line in screen.lines] == ["# true <&>", "bold", "next", "x" * recording.COLUMNS, "x"]
    assert recording.paced(screen.lines) == [0.0, 0.5, 0.5, 0.5 + recording.LONGEST_PAUSE, 0.5 + recording.LONGEST_PAUSE]
    picture = recording.svg("title", screen.lines)
    assert "# true &lt;&amp;&gt;" in picture and xml.fromstring(picture).tag.endswith("svg")
