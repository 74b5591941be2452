# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""Debian's stress-ng in the guest: one stressor after the other, each judged by stress-ng's own status.

The guest says when a stressor starts and ends, so that what hangs or panics has a name; the machine is then started again for those
that are left. What Linux makes of them is kept in tests/system/stress.toml.
"""
from __future__ import annotations

import sys
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from . import debian_system, qemu

ROOT = Path(__file__).resolve().parents[2]
KNOWN = ROOT / "tests/system/stress.toml"
# What stress-ng's exit status says (stress-ng(1), "exit status"); the last is timeout(1)'s, which kills.
WORDS = {0: "passed", 1: "refused", 2: "failed", 3: "no resources", 4: "not implemented", 5: "killed", 6: "exited", 7: "bad metrics", 137: "hung"}
# Seconds without a word after which a machine is given up.
SILENCE = 150
# How much less memory than before may be available at the end: caches.
SLACK_KIB = 16384
# What a stressor leaves behind may end after it: the last line waits for its memory. What hung may still hold a CPU: no more after it.
SCRIPT = """mkdir -p /tmp/stress && mount -t tmpfs tmpfs /tmp/stress && cd /tmp/stress
available() { awk '/^MemAvailable/ { print $2 }' /proc/meminfo; }
say() {
    sed -n 's/^stress-ng: \\(error\\|fail\\|warn\\): *\\[[0-9]*\\] */why /p; s/^stress-ng: info: *\\[[0-9]*\\] *\\(.*\\(skip\\|not implemented\\).*\\)/why \\1/p' /tmp/log | sort -u | head -4
}
stress() {
    echo "start $1"
    timeout -s KILL 90 stress-ng --$1 4 --timeout 2 --oomable --verify --temp-path /tmp/stress >/tmp/log 2>&1 </dev/null
    status=$?
    say
    echo "end $status $(available)"
    [ $status -ne 137 ] || exit 1
}
settle() {
    for second in $(seq 60); do
        [ $(available) -lt $((first - @SLACK@)) ] || break
        sleep 1
    done
    echo "memory $first $(available)"
}
stress-ng --nop 1 --timeout 1 >/dev/null 2>&1
first=$(available)
"""


@dataclass
class Outcome:
    name: str
    word: str = ""
    why: list[str] = field(default_factory=list)
    kib: int = 0  # memory available afterwards

    def line(self) -> str:
        return f"{self.name:16} {self.word:16} {'; '.join(self.why)}".rstrip()


class Reader:
    """The guest's words as they come, put together to outcomes."""

    def __init__(self, seen: Callable[[Outcome], None]):
        self.outcomes: list[Outcome] = []
        self.memory: tuple[int, int] | None = None  # KiB available before the first and after the last
        self._seen, self._rest, self._last = seen, b"", time.monotonic()

    def feed(self, piece: bytes) -> None:
        self._last = time.monotonic()
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            self._line(*line.decode(errors="replace").partition(" ")[::2])

    def silent(self) -> bool:
        return time.monotonic() - self._last > SILENCE

    def _line(self, word: str, rest: str) -> None:
        if word == "start":
            self.outcomes.append(Outcome(rest))
        elif word == "why":
            self.outcomes[-1].why.append(rest)
        elif word == "end":
            status, kib = rest.split()
            self._end(WORDS.get(int(status), f"status {status}"), int(kib))
        elif word == "memory":
            first, last = rest.split()
            self.memory = int(first), int(last)

    def _end(self, word: str, kib: int = 0) -> None:
        self.outcomes[-1].word, self.outcomes[-1].kib = word, kib
        self._seen(self.outcomes[-1])

    def machine_ended(self, result: qemu.Result) -> None:
        """The stressor that was under way took the machine with it."""
        if self.outcomes and not self.outcomes[-1].word:
            self.outcomes[-1].why = result.log.decode(errors="replace").splitlines()[-30:]
            self._end("panic" if result.panicked else "dead")


@dataclass
class Known:
    """What Linux makes of each stressor, and which Helix is known not to pass, with the reason."""

    linux: dict[str, str]
    absent: dict[str, str]

    @classmethod
    def load(cls) -> Known:
        data = tomllib.loads(KNOWN.read_text())
        return cls(data["linux"], data["absent"])

    def allows(self, outcome: Outcome) -> bool:
        """No stressor may take the machine down; those that pass under Linux must pass, but for what is known to be absent."""
        alive = outcome.word not in ("panic", "dead") and (outcome.word != "hung" or outcome.name in self.absent)
        return outcome.word == "passed" or (alive and (outcome.name in self.absent or self.linux.get(outcome.name) != "passed"))

    def replace(self, outcomes: list[Outcome]) -> None:
        """Write @outcomes in place of what the file's table has."""
        head = KNOWN.read_text().partition("[linux]\n")[0]
        lines = [f'{one.name} = "{one.word}"\n' for one in sorted(outcomes, key=lambda one: one.name)]
        KNOWN.write_text(head + "[linux]\n" + "".join(lines))


def boot(kernel: Path, names: list[str], seen: Callable[[Outcome], None], smp: int) -> Reader:
    """Run the stressors @names in one machine, until the end or the first that takes it down."""
    reader = Reader(seen)
    machine = qemu.Machine(kernel=kernel, initrd=debian_system.archive(["stress-ng"]), append=qemu.console(), smp=smp, mem=2048)
    script = SCRIPT.replace("@SLACK@", str(SLACK_KIB)) + "".join(f"stress {name}\n" for name in names) + "settle\n"
    result = qemu.run(machine, script, 120 + 100 * len(names), {"output": reader.feed}, reader.silent)
    reader.machine_ended(result)
    if not reader.outcomes:
        sys.exit("stress: no word from the guest\n" + (result.log or result.console).decode(errors="replace")[-2000:])
    return reader


def run(kernel: Path, names: list[str], seen: Callable[[Outcome], None], smp: int = 4) -> list[Outcome]:
    """The outcomes of all stressors @names, in as many boots as that takes."""
    outcomes: list[Outcome] = []
    while len(outcomes) < len(names):
        outcomes += boot(kernel, names[len(outcomes):], seen, smp).outcomes
    return outcomes
