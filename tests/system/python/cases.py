#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""Run suites of Python's own tests in a guest: cases.py [--limit SECONDS] [--only FILE] SUITE...

Each case is one line of JSON with its id, its outcome (ok, skip, fail, error, hung, died) and, when it went wrong, what was said. A suite runs in a
process of its own; a case that hangs or takes the process with it is named, and the suite goes on behind it. Sockets of the internet are
refused the way a kernel without them does, on every kernel, so that two of them can be compared.
"""
import argparse
import ctypes
import errno
import faulthandler
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

SOCKET_CALL = {"x86_64": 41, "aarch64": 198, "riscv64": 198}
ALLOWED = (socket.AF_UNIX, socket.AF_NETLINK)
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
PASS, REFUSE = 0x7FFF0000, 0x00050000 | errno.EAFNOSUPPORT
SAID = 3000  # characters of a trace that are kept


def refuse_the_internet() -> None:
    """socket() with any other family than those of one machine fails with EAFNOSUPPORT, here and in all children."""
    try:
        socket.socket(socket.AF_INET).close()
    except OSError:
        return
    count = len(ALLOWED)
    steps = [(LOAD, 0, 0, 0), (EQUAL, 0, count + 2, SOCKET_CALL[os.uname().machine]), (LOAD, 0, 0, 16)]
    steps += [(EQUAL, count - at, 0, family) for at, family in enumerate(ALLOWED)]
    steps += [(RETURN, 0, 0, REFUSE), (RETURN, 0, 0, PASS)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", what, yes, no, value) for what, yes, no, value in steps))
    program = struct.pack("HxxxxxxQ", len(steps), ctypes.addressof(code))
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0) != 0:
        sys.exit(f"cases.py: no filter: {os.strerror(ctypes.get_errno())}")


class Result(unittest.TestResult):
    """Writes the start and the outcome of each case to the descriptor @out."""

    def __init__(self, out: int, limit: float):
        super().__init__()
        self._out, self._limit, self._outcome, self._said, self._began = out, limit, "ok", "", 0.0

    def tell(self, **fields) -> None:
        os.write(self._out, json.dumps(fields).encode() + b"\n")

    def startTest(self, test) -> None:
        super().startTest(test)
        self._outcome, self._said, self._began = "ok", "", time.monotonic()
        self.tell(start=test.id())
        faulthandler.dump_traceback_later(self._limit, exit=True)

    def stopTest(self, test) -> None:
        super().stopTest(test)
        faulthandler.cancel_dump_traceback_later()
        self.tell(case=test.id(), outcome=self._outcome, seconds=round(time.monotonic() - self._began, 1), said=self._said[-SAID:])

    def _note(self, test, outcome: str, said: str) -> None:
        self._outcome, self._said = outcome, self._said + said
        if not isinstance(test, unittest.TestCase):  # what sets a class or a module up
            self.tell(case=test.id(), outcome=outcome, seconds=0, said=said[-SAID:])

    def addError(self, test, err) -> None:
        self._note(test, "error", self._exc_info_to_string(err, test))

    def addFailure(self, test, err) -> None:
        self._note(test, "fail", self._exc_info_to_string(err, test))

    def addSubTest(self, test, subtest, err) -> None:
        if err is not None:
            self._note(test, "fail", f"{subtest.id()}\n" + self._exc_info_to_string(err, test))

    def addSkip(self, test, reason) -> None:
        if self._outcome == "ok":
            self._note(test, "skip", reason)

    def addExpectedFailure(self, test, err) -> None:
        pass

    def addUnexpectedSuccess(self, test) -> None:
        self._note(test, "fail", "an unexpected success")


def chosen(suite: unittest.TestSuite, done: set[str], only: set[str]) -> unittest.TestSuite:
    """@suite without the cases that are @done, and with those in @only alone when it names some."""
    kept = type(suite)()
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            kept.addTest(chosen(test, done, only))
        elif test.id() not in done and (not only or test.id() in only):
            kept.addTest(test)
    return kept


def child(suite: str, out: int, limit: float, done: set[str], only: set[str]) -> None:
    from test import support
    from test.support import os_helper

    support.use_resources = []  # no network, no large files, nothing that takes minutes
    support.verbose = 0
    os.set_inheritable(out, False)
    result = Result(out, limit)
    with os_helper.temp_cwd(f"work-{suite}-{os.getpid()}", quiet=True):
        chosen(unittest.defaultTestLoader.loadTestsFromName(f"test.{suite}"), done, only).run(result)
    result.tell(end=suite)
    os._exit(0)


class Run:
    """One suite, in as many processes as it takes to get past its cases."""

    def __init__(self, suite: str, limit: float, only: list[str]):
        self._suite, self._limit, self._only = suite, limit, only
        self._done: list[str] = []
        self._current: str | None = None
        self._ended = False

    def all(self) -> None:
        while not self._ended:
            with tempfile.TemporaryFile() as noise:
                code = self._process(noise)
                if not self._ended and self._lost(code, noise):
                    return

    def _process(self, noise) -> int:
        reader, writer = os.pipe()
        wanted = json.dumps({"suite": self._suite, "out": writer, "limit": self._limit, "done": self._done, "only": self._only})
        process = subprocess.Popen([sys.executable, __file__, "--child"], stdin=subprocess.PIPE, stdout=noise, stderr=noise, pass_fds=[writer],
                                   start_new_session=True)
        process.stdin.write(wanted.encode())
        process.stdin.close()
        os.close(writer)
        self._listen(reader)
        os.close(reader)
        return self._end(process)

    def _listen(self, reader: int) -> None:
        pending = b""
        while not self._ended and select.select([reader], [], [], self._limit + 60)[0]:
            piece = os.read(reader, 65536)
            if not piece:
                return
            *lines, pending = (pending + piece).split(b"\n")
            for line in lines:
                self._hear(json.loads(line))

    def _hear(self, told: dict) -> None:
        if "start" in told:
            self._current = told["start"]
        elif "case" in told:
            self._report(told)
        else:
            self._ended = True

    def _report(self, told: dict) -> None:
        self._current = None
        self._done.append(told["case"])
        print(json.dumps({"suite": self._suite} | told), flush=True)

    @staticmethod
    def _end(process: subprocess.Popen) -> int:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
        code = process.wait()
        try:
            os.killpg(process.pid, signal.SIGKILL)  # what the cases left behind
        except ProcessLookupError:
            pass
        return code

    def _lost(self, code: int, noise) -> bool:
        """The process ended early: say with which case. True when the suite cannot go on."""
        noise.seek(0)
        said = noise.read().decode(errors="replace")
        hung = "Timeout (" in said
        self._report({"case": self._current or self._suite, "outcome": "hung" if hung else "died", "seconds": 0, "said": f"status {code}\n{said[-SAID:]}"})
        return self._done[-1] == self._suite


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--child", action="store_true")
    parser.add_argument("--limit", type=float, default=120, help="seconds for a case (default %(default)s)")
    parser.add_argument("--only", type=Path, help="a file with the ids of the cases to run")
    parser.add_argument("suites", nargs="*")
    args = parser.parse_args()
    if args.child:
        told = json.load(sys.stdin)
        child(told["suite"], told["out"], told["limit"], set(told["done"]), set(told["only"]))
    refuse_the_internet()
    only = args.only.read_text().splitlines() if args.only else []
    for suite in args.suites:
        Run(suite, args.limit, only).all()


if __name__ == "__main__":
    main()
