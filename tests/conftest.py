# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""What all tests know."""


def pytest_configure(config):
    config.addinivalue_line("markers", "host: says the same for every architecture, and runs with the first one only")
    config.addinivalue_line("markers", "slow: takes more than half a minute")
