# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""What a helix.toml says is what gets built."""
import subprocess
from pathlib import Path

import pytest
from helixbuild import arch, qemu

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def configured(tmp_path):
    """configured(text) -> (folder or None, output) of a build of a profile with that helix.toml."""
    def configure(text: str) -> tuple[Path | None, str]:
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine/helix.toml").write_text(text)
        result = subprocess.run(["meson", "setup", tmp_path / "out", "--cross-file", f"tools/cross/{arch.current().name}.ini",
                                 f"-Dprofile={tmp_path}/mine"], cwd=ROOT, capture_output=True, text=True, check=False)
        return (tmp_path / "out" if result.returncode == 0 else None), result.stdout + result.stderr
    return configure


@pytest.mark.host
def test_a_refused_profile_stops_the_build_with_file_and_line(configured):
    folder, said = configured("[profile]\nname = 'mine'\n\n[memory]\nstack_size = 16\n")
    assert folder is None
    assert "mine/helix.toml:5: unknown key 'stack_size' in [memory]; did you mean 'stack_size_kb'?" in said


@pytest.mark.host
def test_the_seeds_example_configures_word_for_word(configured):
    folder, said = configured('[modules]\n# Static modules — linked into the kernel binary at build time\n'
                              'static = ["helix-scheduler-round-robin"]\n\n'
                              '# Dynamic modules — loaded at runtime (requires dynamic loader)\ndynamic = []\n')
    assert folder, said
    settings = (folder / "generated/settings.c").read_text()
    assert '{"round_robin", "time_slice_ms", "10"},' in settings


@pytest.mark.host
def test_a_changed_profile_configures_again(configured, tmp_path):
    folder, said = configured("[memory]\nmin_ram_mb = 64\n")
    assert folder, said
    (tmp_path / "mine/helix.toml").write_text("[memory]\nmin_ram_mb = 96\n")
    subprocess.run(["ninja", "-C", folder, "abi_hash.h"], check=True, capture_output=True)
    assert "#define HELIX_MEMORY_MIN_RAM_MB 96\n" in (folder / "generated/include/helix/profile.h").read_text()


@pytest.fixture(scope="module")
def server() -> Path:
    """The built server profile."""
    subprocess.run(["make", "--no-print-directory", "build", "PROFILE=server", "BUILD=release"], cwd=ROOT, check=True, capture_output=True)
    return ROOT / f"build/{arch.current().name}-server"


def test_the_server_profile_differs_visibly(server, out):
    commands = "helixctl interfaces; ls /lib/helix/modules; dmesg | grep -c Helix"
    outputs = {}
    for name, folder in (("server", server), ("minimal", out)):
        result = qemu.run(qemu.Machine(kernel=folder / "helix", initrd=folder / "initramfs.cpio"), commands, timeout=60)
        assert result.status is not None, result.log.decode(errors="replace")[-2000:]
        outputs[name] = result.output.decode()
    charge = {name: next(line.split()[1] for line in text.splitlines() if line.startswith("helix.scheduler "))
              for name, text in outputs.items()}
    assert charge == {"server": "fair", "minimal": "round_robin"}
    assert "round_robin.hmod" in outputs["server"] and "bitmap.hmod" in outputs["server"]
    assert "fair.hmod" in outputs["minimal"] and "bitmap.hmod" not in outputs["minimal"]


def test_settings_of_the_profile_reach_the_module(server):
    result = qemu.run(qemu.Machine(kernel=server / "helix", initrd=server / "initramfs.cpio"), "helixctl call module:fair:time_slice_ms", timeout=60)
    assert result.output.split() == [b"4"], result.output
