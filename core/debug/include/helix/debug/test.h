/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/*
 * The in-kernel test runner. @which: "all", or suite names separated by commas. One line per test
 * on the host's log channel (else the console): `ok suite.name`, or `FAIL suite.name file:line
 * what`; then `tests: N run, N failed`. Returns the number of failed tests. Thread context.
 */
unsigned test_run(const char *which);
