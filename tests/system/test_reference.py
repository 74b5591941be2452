# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""The Linux that Helix is compared with boots from the tests' own archives, and its channels work."""
from helixbuild import qemu
from helixbuild.archives import with_script


def test_linux_runs_a_script_and_reports_output_and_status(linux_kernel, tmp_path):
    (tmp_path / "initrd").write_bytes(with_script("echo hello from $(uname -s)\nexit 7\n"))
    result = qemu.run(qemu.Machine(kernel=linux_kernel, initrd=tmp_path / "initrd", append=qemu.console("quiet panic=-1")), timeout=120)
    assert (result.status, result.output) == (7, b"hello from Linux\n")
