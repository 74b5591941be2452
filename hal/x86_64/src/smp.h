/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/* The page below 1 MB that new CPUs start in; 0: there is none, and none can be started. */
void hal_smp_trampoline_set(u64 page);

/* Areas for all other CPUs. */
void hal_smp_init(void);

/* The running CPU stops for good: nobody shall wait for its answers any more. Interrupts off. */
void hal_smp_leave(void);
