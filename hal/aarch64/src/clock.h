/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/* Time zero is the count at kernel entry. */
void hal_clock_init(u64 entry_count);
void hal_clock_init_cpu(void);

/* The timer has fired: it shall not ask again. */
void hal_clock_timer_quiet(void);
