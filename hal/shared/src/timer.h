/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/* The running CPU's timer has fired. Interrupts off. */
void hal_timer_interrupt(void);

/* The architecture's: interrupt this CPU in @span, as near as its timer can; NANOS_NEVER: not at
 * all. */
void hal_timer_start(nanos span);
