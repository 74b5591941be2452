/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>

/* Monotonic time since boot. Any context, any CPU; never goes back. Usable after hal_init(). */
nanos hal_clock_now(void);

/* A raw cycle counter, and a retired-instruction count (equals cycles under counting emulation; 0:
 * not countable). */
u64 hal_cycles(void);
u64 hal_cycles_per_second(void);
u64 hal_instructions(void);

/* Arm this CPU's one-shot timer for @deadline; NANOS_NEVER disarms. A past deadline fires at once.
 * Interrupts off. */
void hal_timer_arm(nanos deadline);

/* Seconds since 1970 UTC from the hardware clock; reads it anew at each call (slow). 0 when there
 * is none. */
u64 hal_wall_clock_read(void);
helix_status hal_wall_clock_write(u64 seconds);
