/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/* Find out how fast the time-stamp counter and the local APIC's timer run. The APIC is mapped. */
void hal_clock_calibrate(void);

/* Once more over a longer span, for a rate that does not drift; called now and then from the timer
 * interrupt. */
void hal_clock_refine(void);

/* The time-stamp count that stands for time zero. */
void hal_clock_set_start(u64 tsc);
