# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""The layers hold: an upward edge does not configure, an undeclared header does not compile."""
import shutil
import subprocess
from pathlib import Path

import pytest
from helixbuild import arch

pytestmark = pytest.mark.host

ROOT = Path(__file__).resolve().parents[2]
NAMES = "# SPDX-License-Identifier: MIT\n# SPDX-FileCopyrightText: 2026 the Helix authors\n"


@pytest.fixture
def tree(tmp_path):
    """A copy of the sources that a test may break."""
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout.split(b"\0")
    for name in filter(None, map(bytes.decode, files)):
        if (ROOT / name).is_file():
            (tmp_path / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / "tree" / name)
    return tmp_path / "tree"


def add_component(tree: Path, rank: int, record: str, source: str = "") -> None:
    """A component 'scratch' right after hal."""
    (tree / "scratch/src").mkdir(parents=True)
    (tree / "scratch/include").mkdir()
    (tree / "scratch/meson.build").write_text(NAMES + "name = 'scratch'\nprefix = 'scratch'\n" + record)
    (tree / "scratch/src/scratch.c").write_text(source)
    root = tree / "meson.build"
    text = root.read_text()
    after = "  ['hal', 1],\n"
    assert after in text
    root.write_text(text.replace(after, after + f"  ['scratch', {rank}],\n", 1))


def configure(tree: Path) -> subprocess.CompletedProcess:
    return subprocess.run(["meson", "setup", tree.parent / "out", tree, "--cross-file", tree / f"tools/cross/{arch.current().name}.ini"],
                          cwd=tree, capture_output=True, text=True, check=False)


def compile_scratch(tree: Path) -> subprocess.CompletedProcess:
    assert configure(tree).returncode == 0
    return subprocess.run(["ninja", "-C", tree.parent / "out", "libhelix-scratch.a"], capture_output=True, text=True, check=False)


def test_an_upward_edge_does_not_configure(tree):
    add_component(tree, 0, "uses = ['hal']\n")
    result = configure(tree)
    assert result.returncode != 0
    assert "layering: scratch may not use hal, which is above it" in result.stdout


def test_an_unknown_component_does_not_configure(tree):
    add_component(tree, 1, "uses = ['nowhere']\n")
    result = configure(tree)
    assert result.returncode != 0
    assert "layering: scratch names an unknown or later component nowhere" in result.stdout


def test_a_later_component_does_not_configure(tree):
    add_component(tree, 1, "uses = ['memory']\n")
    result = configure(tree)
    assert result.returncode != 0
    assert "layering: scratch names an unknown or later component memory" in result.stdout


def test_an_undeclared_header_does_not_compile(tree):
    add_component(tree, 1, "src = files('src/scratch.c')\nuses = ['abi']\n", "#include <helix/hal/cpu.h>\n")
    result = compile_scratch(tree)
    assert result.returncode != 0
    assert "'helix/hal/cpu.h' file not found" in result.stdout


def test_a_declared_header_compiles(tree):
    add_component(tree, 1, "src = files('src/scratch.c')\nuses = ['abi', 'lib', 'hal']\n",
                  "#include <helix/hal/time.h>\nextern int scratch_one;\nint scratch_one;\n")
    assert compile_scratch(tree).returncode == 0


@pytest.mark.parametrize("header", ["helix/memory/frame.h", "helix/gate/gate.h", "helix/profile.h"])
def test_a_module_sees_no_component_above_the_hal(tree, header):
    folder = tree / "modules_impl/services/scratch"
    folder.mkdir(parents=True)
    (folder / "meson.build").write_text(NAMES + "name = 'scratch'\nsrc = files('scratch.c')\n")
    (folder / "scratch.c").write_text(f"#include <{header}>\n")
    (tree / "profiles/scratch").mkdir()
    (tree / "profiles/scratch/helix.toml").write_text("[modules]\nstatic = ['scratch']\n")
    root = tree.parent / "out"
    subprocess.run(["meson", "setup", root, tree, "--cross-file", tree / f"tools/cross/{arch.current().name}.ini", "-Dprofile=scratch"],
                   cwd=tree, capture_output=True, check=True)
    result = subprocess.run(["ninja", "-C", root, "libmodule-scratch.a"], capture_output=True, text=True, check=False)
    assert result.returncode != 0
    assert f"'{header}' file not found" in result.stdout
