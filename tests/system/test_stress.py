# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""Thirty stressors of Debian's stress-ng, each of them one that passes under Linux (stress.toml); `make soak` runs all."""
import pytest
from helixbuild import stress
from helixbuild.arch import current

NAMES = """cpu matrix qsort str mmap mprotect mremap munmap msync shm-sysv stack fork vfork pthread futex sem-sysv mq msg switch zombie pipe fifo splice
kill sigq sigsegv timerfd rename inotify epoll""".split()


@pytest.fixture(scope="module")
def reader(image) -> stress.Reader:
    if current().name != "x86_64":
        pytest.skip("the portable parts of the kernel are the same; make test has 45 minutes")
    return stress.boot(image, NAMES, lambda outcome: print(outcome.line()), smp=4)


@pytest.mark.slow
def test_no_stressor_fails_that_passes_under_linux(reader):
    known = stress.Known.load()
    assert len(NAMES) == 30 and {known.linux[name] for name in NAMES} == {"passed"}
    assert [outcome.line() for outcome in reader.outcomes if outcome.word != "passed"] == []
    assert [outcome.name for outcome in reader.outcomes] == NAMES


def test_stressors_leave_the_memory_as_it_was(reader):
    before, after = reader.memory
    assert after > before - stress.SLACK_KIB
