/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/* Start the clock: the time counter runs at @hz and stood at @start when the kernel was entered. */
void hal_clock_start(u64 start, u64 hz);
