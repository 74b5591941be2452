# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""What a compiler does not check by itself: the rules of the tree. 'make lint' runs this file alone.

It looks at a build without whole-program optimisation (BUILD=dev), because only there do objects have symbols.
"""
import json
import os
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from helixbuild import components, emit, schema  # noqa: E402
from helixbuild.arch import ARCHITECTURES, current  # noqa: E402

ARCH = current().name
GCC = current().compiler[0]
OUT = ROOT / (os.environ.get("HELIX_DEV_OUT") or f"build/{ARCH}-minimal-dev")
COMPONENTS = components.read(ROOT)

# Compilers look for these by name.
COMPILER_NAMES = {"memcpy", "memmove", "memset", "memcmp", "__stack_chk_fail", "__stack_chk_guard"}
# The two places where boot code and kernel meet.
ENTRY_NAMES = {"_start", "kernel_main"}
# What GCC 12 knows of C23 only by other names.
GCC_DIALECT = ["-std=gnu2x", "-Dnoreturn=gnu::noreturn", "-Dstatic_assert=_Static_assert",
               "-D__builtin_debugtrap=__builtin_trap"]
# Names of architectures in code; comments may explain.
ARCHITECTURE = re.compile(r"\b(x86_64|x86|i386|amd64|aarch64|arm64|riscv|riscv64|rv64\w*|EM_(X86_64|AARCH64|RISCV)|__(x86_64|amd64|i386|aarch64|arm)__"
                          r"|__riscv\w*)\b", re.IGNORECASE)
NAMES = "|".join(ARCHITECTURES)
# Where they belong: the HAL and the Linux ABI of each, relocations, boot protocols, what guest programs and figures need of a machine.
ARCHITECTURE_FOLDERS = re.compile(rf"^(hal|userspace|benchmarks|tests/guest)/({NAMES})/|^modules/src/reloc/({NAMES})/|^boot/|/test/unit/|^tests/fuzz/")
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
# A port is at most so much longer than the first one.
PORT_BUDGET = 1.2
CLANG_ONLY = re.compile(r"^(--target=.*|-Wthread-safety|-flto=thin|-fcolor-diagnostics|-nostdlibinc|-mstack-protector-guard=.*"
                        r"|-Wconversion|-fsanitize.*|-fno-sanitize.*)$")


def tracked(*patterns: str) -> list[Path]:
    text = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in text.splitlines() if (ROOT / name).is_file()]


def lines_matching(files: list[Path], pattern: re.Pattern) -> list[str]:
    return [f"{path.relative_to(ROOT)}:{number}: {line.strip()}" for path in files
            for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1) if pattern.search(line)]


def everywhere(function, items) -> list[str]:
    """Complaints of @function over @items, on all CPUs."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [text for text in pool.map(function, items) if text]


def none_of(wrong: list[str]) -> None:
    if wrong:
        pytest.fail(f"{len(wrong)} complaints:\n" + "\n".join(sorted(set(wrong))), pytrace=False)


def complaints(command: list) -> str:
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=OUT if OUT.is_dir() else ROOT)
    return "" if result.returncode == 0 else result.stderr[:2000]


@pytest.fixture(scope="module")
def commands() -> list[dict]:
    """How the kernel build compiles each C file."""
    path = OUT / "compile_commands.json"
    assert path.exists(), f"{path} is missing: make build first"
    return [entry for entry in json.loads(path.read_text())
            if entry["file"].endswith(".c") and "generated" not in entry["file"] and not entry["file"].startswith("settings")]


def source_of(entry: dict) -> Path:
    return (Path(entry["directory"]) / entry["file"]).resolve()


def gcc_command(entry: dict) -> list[str]:
    words = [word for word in shlex.split(entry["command"]) if not CLANG_ONLY.match(word)]
    own = subprocess.run([GCC, "-print-file-name=include"], check=True, capture_output=True, text=True).stdout.strip()
    words = words[1:words.index("-MD")] if "-MD" in words else words[1:]
    return [GCC, *words, *GCC_DIALECT, "-nostdinc", "-isystem", own, "-fsyntax-only", str(source_of(entry))]


@pytest.mark.parametrize("compiler", [("clang-19", f"--target={ARCH}-unknown-none-elf", "-std=gnu2x"),
                                      (GCC, *GCC_DIALECT)], ids=lambda words: words[0])
def test_every_public_header_compiles_alone(compiler):
    jobs = []
    for component in COMPONENTS.values():
        folders = components.includes(COMPONENTS, component.name, ROOT, ARCH)
        own = [ROOT / component.folder / "include"] + ([ROOT / "hal" / ARCH / "include"] if component.name == "hal" else [])
        flags = [f"-I{folder}" for folder in [*folders, OUT / "generated/include"]]
        for header in (path for folder in own for path in sorted(folder.rglob("*.h"))):
            if "hal/arch" in str(header):
                continue  # the second half of a HAL header, which includes it
            jobs.append([*compiler, "-ffreestanding", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function",
                         *flags, "-x", "c", "-include", header, "/dev/null"])
    assert jobs
    none_of(everywhere(complaints, jobs))


def test_all_sources_compile_with_gcc(commands):
    none_of(everywhere(complaints, map(gcc_command, commands)))


def test_exported_symbols_carry_the_prefix_of_their_component():
    """What is hidden is private to its component; the other global names are for all, and begin with its prefix."""
    wrong, seen = [], 0
    for component in COMPONENTS.values():
        library = OUT / f"libhelix-{component.name}.a"
        if not library.exists():
            continue
        allowed = re.compile("^(" + "|".join(filter(None, [*component.prefixes, "helix"])) + ")")
        text = subprocess.run(["llvm-readelf-19", "-sW", library], check=True, capture_output=True, text=True).stdout
        for name in re.findall(r"(?:GLOBAL|WEAK) +DEFAULT +(?!UND)\S+ (\S+)$", text, re.MULTILINE):
            seen += 1
            if not allowed.match(name) and name not in COMPILER_NAMES | ENTRY_NAMES:
                wrong.append(f"{component.name}: {name}")
    assert seen, "no symbols in a whole-program build: make lint takes BUILD=dev"
    none_of(wrong)


def test_modules_have_no_writable_memory_of_their_own(commands, tmp_path):
    wrong = []
    for entry in commands:
        if "modules_impl" not in entry["file"] or "/test/" in entry["file"]:
            continue
        words = [word for word in shlex.split(entry["command"]) if word != "-flto=thin"]
        words[words.index("-o") + 1] = str(tmp_path / "object")
        subprocess.run(words, cwd=entry["directory"], check=True)
        text = subprocess.run(["llvm-readelf-19", "-SW", tmp_path / "object"], check=True, capture_output=True, text=True).stdout
        for name, size in re.findall(r"\] (\.(?:data|bss)(?!\.rel\.ro)\S*)\s+\S+\s+\S+\s+\S+\s+([0-9a-f]+)", text):
            if int(size, 16):
                wrong.append(f"{source_of(entry).relative_to(ROOT)}: {name} has {int(size, 16)} bytes")
    none_of(wrong)


@pytest.mark.host
def test_no_include_climbs_out_of_its_folder():
    none_of(lines_matching(tracked("*.c", "*.h", "*.S"), re.compile(r'#\s*include\s*"\.\./')))


def architectures_in(path: str, text: str) -> list[str]:
    """Where the code @text of file @path names an architecture that it should not know."""
    if ARCHITECTURE_FOLDERS.search(path):
        return []
    code = COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), text)
    return [f"{path}:{number}: {line.strip()}" for number, line in enumerate(code.splitlines(), 1) if ARCHITECTURE.search(line)]


@pytest.mark.host
def test_the_table_of_system_calls_is_current():
    none_of(everywhere(complaints, [[ROOT / "tools/calls", "--check"]]))


@pytest.mark.host
def test_architectures_are_named_only_in_their_folders():
    none_of([wrong for path in tracked("*.c", "*.h", "*.S", "*.def")
             for wrong in architectures_in(str(path.relative_to(ROOT)), path.read_text(errors="replace"))])


@pytest.mark.host
@pytest.mark.parametrize("path,text,lines", [
    ("core/panic/src/panic.c", "int a;\n#ifdef __x86_64__\n", [2]),
    ("lib/src/mem.c", "/* for x86_64,\n and riscv64 */\n#if defined(__riscv) // aarch64\n", [3]),
    ("hal/shared/src/tlb.c", "bool aarch64_is_here;\nif (arch == EM_AARCH64)\n", [2]),
    ("hal/include/helix/hal/cpu.h", 'return "x86_64";', [1]),
    ("userspace/src/calls.c", "#include <arm64/calls.h>", [1]),
    ("modules/src/load.c", "if (machine == EM_RISCV)", [1]),
    ("hal/riscv64/src/trap.c", "#ifdef __riscv", []),
    ("userspace/aarch64/calls.c", "return aarch64;", []),
    ("modules/src/reloc/x86_64/reloc.c", "EM_X86_64", []),
    ("subsystems/memory/src/inject.c", "arm(); char *alarm;", []),
])
def test_a_name_of_an_architecture_is_found(path, text, lines):
    assert [int(found.split(":")[1]) for found in architectures_in(path, text)] == lines


@pytest.mark.host
def test_no_port_is_much_longer_than_the_first():
    def lines(arch: str) -> int:
        return sum(len(path.read_text().splitlines()) for path in tracked(f"hal/{arch}/*.c", f"hal/{arch}/*.h", f"hal/{arch}/*.S"))
    first, *others = ARCHITECTURES
    most = int(PORT_BUDGET * lines(first))
    none_of([f"hal/{arch}: {lines(arch)} lines, more than {most}" for arch in others if lines(arch) > most])


@pytest.mark.host
def test_every_file_names_its_licence():
    files = tracked("*.c", "*.h", "*.S", "*.def", "*.ld", "*.py", "*.toml", "*meson.build", "Makefile", "tools/*", ".ci/run")
    wrong = []
    for path in files:
        head = path.read_text(errors="replace").splitlines()[:4]
        if not any("SPDX-License-Identifier: MIT" in line for line in head) \
                or not any("SPDX-FileCopyrightText: 2026 the Helix authors" in line for line in head):
            if path.suffix != ".ini":
                wrong.append(str(path.relative_to(ROOT)))
    none_of(wrong)


@pytest.mark.host
def test_layout_is_clang_formats():
    files = tracked("*.c", "*.h")
    result = subprocess.run(["clang-format-19", "--dry-run", "-Werror", *files], capture_output=True, text=True, check=False)
    none_of(sorted(set(re.findall(r"^(\S+?):\d+:\d+: error", result.stderr, re.MULTILINE))))


@pytest.mark.host
def test_files_are_short_enough_to_hold_one_idea():
    none_of([f"{path.relative_to(ROOT)}: {count} lines" for path in tracked("*.c", "*.h", "*.S", "*.py")
                if (count := len(path.read_text().splitlines())) > 800])


# Read by the build itself, not by C.
BUILD_KEYS = {("profile.arch", "primary"), ("profile.arch", "supported"), ("profile", "target"), ("build", "profile"),
              ("boot", "protocol"), ("security", "stack_canaries"), ("debug", "symbols"),
              ("profile.features", "networking"), ("profile.features", "graphics"), ("debug", "level"),
              ("security", "verify_modules")}


@pytest.mark.host
def test_every_key_of_helix_toml_has_an_effect():
    text = "\n".join(path.read_text(errors="replace") for path in tracked("*.c", "*.h", "*.S"))
    settings = "\n".join(path.read_text() for path in tracked("modules_impl/*.c"))
    unused = []
    for section, keys in schema.SCHEMA.items():
        for name in keys:
            constant = emit.constant_name(section, name)
            read = re.search(rf"\b{constant}(_NAME)?\b", text) or (section == "scheduler" and f'"{name}"' in settings)
            if not read and (section, name) not in BUILD_KEYS:
                unused.append(constant)
    none_of(unused)


def test_every_module_builds_as_a_file_from_exported_symbols_alone(tmp_path):
    """A module that links statically may still need a function that the kernel does not export."""
    exported = set(re.findall(r"HELIX_EXPORT\((\w+)\)", "\n".join(path.read_text() for path in tracked("*.c"))))
    (tmp_path / "sdk").symlink_to(OUT / "sdk")
    wrong = []
    for record in tracked("modules_impl/*meson.build"):
        made = subprocess.run([ROOT / "tools/module", "--out", tmp_path, record.parent], check=True, capture_output=True, text=True).stdout.strip()
        file = Path(made)
        needed = subprocess.run(["llvm-nm-19", "-u", "--just-symbol-name", file], check=True, capture_output=True, text=True).stdout
        wrong += [f"{file.stem} needs {name}" for name in needed.split() if name not in exported]
    none_of(wrong)
