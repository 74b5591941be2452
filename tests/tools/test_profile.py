# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""helix.toml: every refusal names file, line and the nearest valid name; what is accepted reaches the kernel."""
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from helixbuild import emit, modules, profile, schema  # noqa: E402

MODULES = {
    "schedulers/round_robin": "helix.scheduler",
    "schedulers/fair": "helix.scheduler",
    "allocators/buddy": "helix.allocator.frame",
    "allocators/slab": "helix.allocator.heap",
    "services/demo": "",
    "filesystems/ramfs": "helix.filesystem",
}

# Word for word from the seed.
SEED_EXAMPLE = """
[modules]
# Static modules — linked into the kernel binary at build time
static = ["helix-scheduler-round-robin"]

# Dynamic modules — loaded at runtime (requires dynamic loader)
dynamic = []
"""


@pytest.fixture
def catalogue(tmp_path):
    for path, interface in MODULES.items():
        folder = tmp_path / "modules_impl" / path
        folder.mkdir(parents=True)
        name = path.split("/")[1]
        extra = "aliases = ['my-demo']\n" if name == "demo" else ""
        (folder / "meson.build").write_text(f"name = '{name}'\ninterface = '{interface}'\n{extra}")
    return modules.Catalogue(modules.read(tmp_path))


@pytest.fixture
def load(tmp_path, catalogue):
    def loader(text: str) -> profile.Profile:
        path = tmp_path / "helix.toml"
        path.write_text(text)
        return profile.load(path, catalogue, "helix.toml")
    return loader


def refused(load, text: str) -> str:
    with pytest.raises(profile.ProfileError) as error:
        load(text)
    return str(error.value)


REFUSALS = [
    ("[shceduler]\nmodule = 'fair'", "helix.toml:1: unknown section [shceduler]; did you mean 'scheduler'?"),
    ("scheduler = 3", "helix.toml:1: 'scheduler' is a section: write [scheduler]"),
    ("modules = 3", "helix.toml:1: 'modules' is a section: write [modules]"),
    ("\n[profile.featuers]\nmulticore = true",
     "helix.toml:2: unknown section [profile.featuers]; did you mean 'features'?"),
    ("[scheduler]\n\ntime_slices_ms = 5", "helix.toml:3: unknown key 'time_slices_ms' in [scheduler]; did you mean 'time_slice_ms'?"),
    ("[memory]\nzzz = 1", "helix.toml:2: unknown key 'zzz' in [memory] (valid: min_ram_mb,"),
    ("[scheduler]\ntime_slice_ms = 101", "helix.toml:2: scheduler.time_slice_ms = 101 is out of range 1 to 100"),
    ("[scheduler]\ntime_slice_ms = 0", "helix.toml:2: scheduler.time_slice_ms = 0 is out of range 1 to 100"),
    ("[scheduler]\ntime_slice_ms = '5'", 'helix.toml:2: scheduler.time_slice_ms must be a whole number, not "5"'),
    ("[scheduler]\ntime_slice_ms = true", "helix.toml:2: scheduler.time_slice_ms must be a whole number, not true"),
    ("[scheduler]\npreemption = 1", "helix.toml:2: scheduler.preemption must be true or false, not 1"),
    ("[profile]\nname = 5", "helix.toml:2: profile.name must be a text, not 5"),
    ("[console]\nlog_level = 'inof'", "helix.toml:2: console.log_level = \"inof\" is not one of its values; did you mean 'info'?"),
    ("[console]\nbaud_rate = 115201", "helix.toml:2: console.baud_rate = 115201 is not one of its values; did you mean '115200'?"),
    ("[console]\nbaud_rate = '115200'", 'helix.toml:2: console.baud_rate = "115200" is not one of its values'),
    ("[build]\nprofile = 'relaese'", "helix.toml:2: build.profile = \"relaese\" is not one of its values; did you mean 'release'?"),
    ("[profile.arch]\nsupported = ['x86_64',\n  'arm64']", "helix.toml:3: profile.arch.supported: 'arm64' is not one of its values"),
    ("[profile.arch]\nsupported = 'x86_64'", "helix.toml:2: profile.arch.supported must be a list of texts"),
    ("[profile.arch]\nprimary = 'aarch64'\nsupported = ['x86_64']",
     "helix.toml:2: profile.arch.primary is not in profile.arch.supported"),
    ("[profile]\ntarget = 'm68k-none'", "helix.toml:2: profile.target 'm68k-none' is for no architecture of profile.arch.supported"),
    ("[scheduler]\nmodule = 'fairr'", "helix.toml:2: unknown module 'fairr'; did you mean 'fair'?"),
    ("[scheduler]\nmodule = 'slab'", "helix.toml:2: module 'slab' provides helix.allocator.heap, not helix.scheduler (valid: "),
    ("[allocator]\nphysical = 'slab'", "helix.toml:2: module 'slab' provides helix.allocator.heap, not helix.allocator.frame"),
    ("[modules]\nstatic = ['helix-scheduler-round-robbin']",
     "helix.toml:2: unknown module 'helix-scheduler-round-robbin'; did you mean 'helix-scheduler-round-robin'?"),
    ("[modules]\nstatic = [\n  'fair',\n  'faair',\n]", "helix.toml:4: unknown module 'faair'; did you mean 'fair'?"),
    ("[modules]\nstatic = ['fair']\ndynamic = ['fair']", "helix.toml:3: module 'fair' is named twice in [modules]"),
    ("[modules]\nstatic = ['round_robin', 'helix-scheduler-round-robin']",
     "helix.toml:2: module 'round_robin' is named twice in [modules]"),
    ("[modules]\nstatic = 'fair'", "helix.toml:2: modules.static must be a list of module names"),
    ("[modules]\nstatc = []", "helix.toml:2: unknown key 'statc' in [modules]; did you mean 'static'?"),
    ("[modules.fiar]\nx = 1", "helix.toml:1: unknown module 'fiar'; did you mean 'fair'?"),
    ("[modules.demo]\nx = 1", "helix.toml:1: settings for 'demo', which this profile does not build"),
    ("[modules]\nstatic = ['demo']\n[modules.demo]\nx = 1.5",
     "helix.toml:4: modules.demo.x must be a text, a whole number, true or false"),
    ("[scheduler]\nmodule = 'fair'\n[modules]\ndynamic = ['fair']",
     "helix.toml:2: scheduler.module: 'fair' must be a static module, because it is needed before any can be loaded"),
    ("[modules]\ndynamic = ['ramfs']",
     "helix.toml:2: module 'ramfs' must be static, because the root file system is needed before any can be loaded"),
    ("[memory]\nstack_size_kb = 12", "helix.toml:2: memory.stack_size_kb = 12 is not a power of two"),
    ("[memory]\nmin_ram_mb = 128\nmax_ram_mb = 64", "helix.toml:2: memory.min_ram_mb is above memory.max_ram_mb"),
    ("[profile.features]\nnetworking = true", "helix.toml:2: profile.features.networking is not built into Helix yet: only false is possible"),
    ("[profile.features]\ngraphics = true", "helix.toml:2: profile.features.graphics is not built into Helix yet: only false is possible"),
    ("[security]\nverify_modules = true", "helix.toml:2: security.verify_modules is not built into Helix yet: only false is possible"),
    ("[profile]\nname = 'a'\nname = 'b'", "helix.toml:3: not valid TOML: Cannot overwrite a value"),
    ("[profile", "helix.toml:1: not valid TOML: "),
]


@pytest.mark.parametrize("text,want", REFUSALS)
def test_refuses(load, text, want):
    assert want in refused(load, text)


def test_reports_every_problem_in_the_order_of_lines(load):
    lines = refused(load, "[scheduler]\ntime_slice_ms = 0\nzz = 1\n[memmory]\n").splitlines()
    assert [line.split(":")[1] for line in lines] == ["2", "3", "4"]


@pytest.mark.parametrize("section", [name for name, keys in schema.SCHEMA.items()])
def test_every_section_refuses_an_unknown_key(load, section):
    assert f"helix.toml:2: unknown key 'qqqq' in [{section}]" in refused(load, f"[{section}]\nqqqq = 1\n")


@pytest.mark.parametrize("section,name", [(section, name) for section, keys in schema.SCHEMA.items() for name in keys])
def test_every_key_refuses_a_value_of_the_wrong_type(load, section, name):
    assert f"helix.toml:2: {section}.{name}" in refused(load, f"[{section}]\n{name} = 1979-05-27\n")


def test_takes_the_seeds_example_word_for_word(load):
    loaded = load(SEED_EXAMPLE)
    assert loaded.static[0] == "round_robin"
    assert loaded.dynamic == []
    assert loaded.values["scheduler"]["module"] == "round_robin"


@pytest.mark.parametrize("name", ["fair", "helix-scheduler-fair"])
def test_a_module_answers_to_its_names(load, name):
    assert load(f"[modules]\nstatic = ['{name}']\n").static[0] == "fair"


def test_a_module_answers_to_the_aliases_of_its_folder(load):
    assert "demo" in load("[modules]\nstatic = ['my-demo']\n").static


def test_the_modules_that_sections_pick_are_linked_in(load):
    loaded = load("[scheduler]\nmodule = 'fair'\n[modules]\ndynamic = ['round_robin']\n")
    assert loaded.static == ["fair", "buddy", "slab", "ramfs"]
    assert loaded.dynamic == ["round_robin"]


def test_a_scheduler_gets_the_scheduler_section_and_its_own_table_wins(load):
    loaded = load("[scheduler]\ntime_slice_ms = 20\npreemption = false\n[modules]\nstatic = ['round_robin', 'fair']\n"
                  "[modules.fair]\ntime_slice_ms = 3\nodd = 'it\"s'\n")
    assert loaded.settings["round_robin"]["time_slice_ms"] == "20"
    assert loaded.settings["round_robin"]["preemption"] == "false"
    assert loaded.settings["fair"]["time_slice_ms"] == "3"
    assert '{"fair", "odd", "it\\"s"},' in emit.settings(loaded)


def test_every_key_has_a_constant(load):
    text = emit.header(load(""), "release")
    for section, keys in schema.SCHEMA.items():
        for name in keys:
            assert f"#define {emit.constant_name(section, name)} " in text


def test_constants_carry_the_values(load):
    text = emit.header(load("[console]\nlog_level = 'debug'\n[memory]\nstack_size_kb = 32\nhuge_pages = false\n"), "dev")
    for line in ("HELIX_CONSOLE_LOG_LEVEL 3", 'HELIX_CONSOLE_LOG_LEVEL_NAME "debug"', "HELIX_MEMORY_STACK_SIZE_KB 32",
                 "HELIX_MEMORY_HUGE_PAGES 0", 'HELIX_BUILD_PROFILE_NAME "dev"'):
        assert f"#define {line}\n" in text


def test_a_profile_is_found_by_folder_path_and_file(tmp_path):
    (tmp_path / "profiles/mine").mkdir(parents=True)
    file = tmp_path / "profiles/mine/helix.toml"
    file.write_text("")
    assert profile.find(tmp_path, "mine") == profile.find(tmp_path, str(file.parent)) == profile.find(tmp_path, str(file)) == file
    with pytest.raises(profile.ProfileError, match="did you mean 'mine'"):
        profile.find(tmp_path, "mime")


@pytest.mark.parametrize("name", sorted(path.parent.name for path in ROOT.glob("profiles/*/helix.toml")))
def test_the_profiles_of_the_tree_are_valid(name):
    subprocess.run([ROOT / "tools/profile", "check", name], check=True)


def test_refuses_an_architecture_that_the_profile_does_not_support(tmp_path):
    (tmp_path / "helix.toml").write_text("[profile.arch]\nsupported = ['x86_64']\n")
    result = subprocess.run([ROOT / "tools/profile", "generate", tmp_path, "--arch", "riscv64", "--out", tmp_path],
                            capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "this profile supports x86_64, not riscv64" in result.stderr


@pytest.mark.parametrize("text,want", [("", "x86_64"), ("[profile.arch]\nprimary = 'riscv64'\n", "riscv64")])
def test_tells_the_architecture_that_is_built_when_none_is_named(tmp_path, text, want):
    (tmp_path / "helix.toml").write_text(text)
    result = subprocess.run([ROOT / "tools/profile", "primary", tmp_path], capture_output=True, text=True, check=True)
    assert result.stdout == want + "\n"


def test_the_manual_lists_the_keys_as_they_are():
    keys = subprocess.run([ROOT / "tools/profile", "keys"], check=True, capture_output=True, text=True).stdout
    assert keys in (ROOT / "docs/helix-toml.md").read_text()
