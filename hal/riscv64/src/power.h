/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/* Use the test device at @at for exit codes; 0: there is none. */
void hal_power_start(u64 at);
