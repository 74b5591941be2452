# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""Schedulers that go wrong on purpose, made from the source of round_robin, and files that are no modules."""
import random
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "modules_impl/schedulers/round_robin"

# name -> (text of the HELIX_MODULE record, what stands there instead, code put before the record)
FAULTS = {
    "bad_init": (".init = rr_init", ".init = bad_init", """
static helix_status bad_init(void *self, const struct helix_context *context)
{
    (void)self;
    (void)context;
    return HELIX_E_NOMEM;
}
"""),
    "bad_restore": (".restore_state = rr_restore_state", ".restore_state = bad_restore", """
static helix_status bad_restore(void *self, const struct helix_state *state)
{
    (void)self;
    (void)state;
    return HELIX_E_CORRUPT;
}
"""),
    "bad_start": (".start = rr_start", ".start = bad_start", """
static helix_status bad_start(void *self)
{
    (void)self;
    return HELIX_E_IO;
}
"""),
    "bad_trial": ("", "", ""),
    "good_copy": ("", "", ""),
}
# bad_trial: picks well a hundred times, then touches memory that is not there.
TRIAL = """
static struct sched_entity *bad_pick_next(void *self, u32 cpu, nanos now)
{
    struct rr *rr = self;
    if (__atomic_add_fetch(&rr->bad_picks, 1, __ATOMIC_RELAXED) > 100)
        *(volatile u64 *)0x10 = now;
    return @PICK@(self, cpu, now);
}

"""


def _spoil_trial(folder: Path) -> None:
    """Put one slot of the ops table behind a function that goes wrong, with a counter in the state block."""
    order, header = folder / "order.c", folder / "round_robin.h"
    text = order.read_text()
    pick = re.search(r"\.pick_next = (\w+)", text)[1]
    table = "const struct scheduler_ops rr_ops = {"
    assert table in text
    text = text.replace(f".pick_next = {pick}", ".pick_next = bad_pick_next")
    order.write_text(text.replace(table, TRIAL.replace("@PICK@", pick) + table))
    header.write_text(header.read_text().replace("struct rr {", "struct rr {\n    u64 bad_picks;", 1))


def make(name: str, folder: Path, sdk: Path) -> Path:
    """Build module @name in @folder against the headers in @sdk; the .hmod."""
    folder.mkdir(exist_ok=True)
    if not (folder / "sdk").exists():
        (folder / "sdk").symlink_to(sdk)
    copy = folder / name
    shutil.copytree(SOURCE, copy)
    build = copy / "meson.build"
    build.write_text(build.read_text().replace("name = 'round_robin'", f"name = '{name}'"))
    main = copy / "round_robin.c"
    text = main.read_text()
    find, put, code = FAULTS[name]
    assert find in text, f"round_robin.c no longer has {find!r}"
    if name == "bad_trial":
        _spoil_trial(copy)
    text = text.replace(find, put) if find else text
    record = "HELIX_MODULE(round_robin,"
    assert record in text
    main.write_text(text.replace(record, code + f"\nHELIX_MODULE({name},"))
    subprocess.run([ROOT / "tools/module", "--out", folder, copy], check=True, capture_output=True)
    return folder / f"{name}.hmod"


def damaged(good: Path, how: str, folder: Path) -> Path:
    data = bytearray(good.read_bytes())
    chance = random.Random(how)
    if how == "truncated":
        data = data[:len(data) // 2]
    elif how == "random":
        data = bytearray(chance.randbytes(len(data)))
    elif how == "flipped":
        for _ in range(200):
            data[chance.randrange(64, len(data))] ^= 1 << chance.randrange(8)
    elif how == "header":
        data[:64] = chance.randbytes(64)
    elif how == "empty":
        data = bytearray()
    out = folder / f"{how}.hmod"
    out.write_bytes(data)
    return out


def wrong_abi(folder: Path, sdk: Path) -> Path:
    """A good module built against other headers: its hash differs."""
    other = folder / "other-sdk"
    shutil.copytree(sdk, other)
    (other / "include/abi_hash.h").write_text("#define HELIX_ABI_HASH 0x0123456789abcdefull\n")
    return make("good_copy", folder / "wrong", other).rename(folder / "wrong_abi.hmod")
