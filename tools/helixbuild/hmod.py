# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""The link of a module file."""
from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

# Notes for debuggers and linkers that the loader has no use for.
DROPPED = (".kcfi_traps", ".comment", ".llvm_addrsig", ".note.GNU-stack")


def link(out: Path, inputs: Iterable[Path]) -> None:
    """Join objects and whole archives into one relocatable file, with symbols and without debug information."""
    subprocess.run(["ld.lld-19", "-r", "--strip-debug", "-o", out, "--whole-archive", *inputs], check=True)
    removals = [f"--remove-section={prefix}{name}" for name in DROPPED for prefix in ("", ".rela")]
    subprocess.run(["llvm-objcopy-19", *removals, out], check=True)
