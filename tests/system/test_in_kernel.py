# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""All in-kernel tests, on 1, 2 and 4 CPUs. Each of them counts: tools/test adds them to its totals."""
import re

import pytest
from helixbuild import qemu

# core/debug prints "ok suite.name", or "FAIL suite.name file:line what" for each check that failed.
LINE = re.compile(r"^(ok|FAIL) (\w+\.\w+)", re.MULTILINE)
END = re.compile(r"^tests: (\d+) run, (\d+) failed", re.MULTILINE)



def run_all(machine: qemu.Machine, record_property) -> None:
    result = qemu.run(machine, timeout=1200)
    log = result.log.decode(errors="replace")
    outcome = {name: word for word, name in LINE.findall(log)}
    end = END.search(log)
    failed = sorted(name for name, word in outcome.items() if word != "ok")
    record_property("inner_passed", len(outcome) - len(failed))
    record_property("inner_failed", len(failed))
    tail = "\n".join(log.splitlines()[-40:])
    assert not result.timed_out, f"in-kernel tests did not end\n{tail}"
    assert end, f"the runner did not reach its end\n{tail}"
    assert not failed, "\n".join(line for line in log.splitlines() if line.startswith("FAIL "))
    assert (int(end[1]), int(end[2])) == (len(outcome), 0), tail
    assert result.exit_code == machine.exit_code(0), f"QEMU left with {result.exit_code}\n{tail}"


@pytest.mark.slow
def test_in_kernel_tests_pass(test_image, smp, record_property):
    run_all(qemu.Machine(kernel=test_image, smp=smp, append="helix.test=all"), record_property)


def test_waits_pass_at_every_instruction(test_image, record_property):
    """Counted, the test that moves an interrupt past the start of a sleep leaves out no instruction."""
    run_all(qemu.Machine(kernel=test_image, append="helix.test=wait", icount=True), record_property)
