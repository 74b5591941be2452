# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""What README promises to module authors: its module builds, loads, answers and is replaced."""
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from helixbuild import qemu
from helixbuild.archives import with_script

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def hello(tmp_path) -> Path:
    """The folder of README's module."""
    (tmp_path / "hello").mkdir()
    code = re.search(r"```c\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)[1]
    (tmp_path / "hello/hello.c").write_text(code)
    return tmp_path / "hello"


def build(folder: Path, out: Path, to: Path) -> Path:
    made = subprocess.run([ROOT / "tools/module", "--out", out, folder], check=True, capture_output=True, text=True).stdout.strip()
    return Path(shutil.move(made, to))


def test_readmes_module_builds_outside_the_tree(hello, out, tmp_path):
    assert build(hello, out, tmp_path / "hello.hmod").stat().st_size > 500


def test_a_folder_without_a_record_is_no_module(out, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty/a.c").write_text("extern int one;\nint one;\n")
    result = subprocess.run([ROOT / "tools/module", "--out", out, tmp_path / "empty"], capture_output=True, text=True, check=False)
    assert result.returncode != 0 and "has no HELIX_MODULE record" in result.stderr


def test_readmes_module_loads_answers_and_is_replaced(image, out, hello, tmp_path):
    first = build(hello, out, tmp_path / "hello.hmod")
    source = hello / "hello.c"
    source.write_text(source.read_text().replace("++hello->calls", "hello->calls += 100").replace("(1, 0, 0)", "(1, 1, 0)"))
    second = build(hello, out, tmp_path / "hello2.hmod")
    script = ("set -e; helixctl load /hello.hmod; helixctl call module:hello:count; helixctl call module:hello:count; "
              "helixctl reload hello /hello2.hmod; helixctl call module:hello:count; helixctl modules | grep hello; helixctl unload hello")
    (tmp_path / "initrd").write_bytes(with_script(script, {
        "hello.hmod": first, "hello2.hmod": second, "bin/helixctl": out / "userspace/programs/helixctl"}))
    result = qemu.run(qemu.Machine(kernel=image, initrd=tmp_path / "initrd", append=qemu.console()), timeout=60)
    text = result.output.decode(errors="replace")
    assert result.status == 0, text + result.log.decode(errors="replace")[-2000:]
    assert re.findall(r"^(\d+)$", text, re.MULTILINE) == ["1", "2", "102"], text
