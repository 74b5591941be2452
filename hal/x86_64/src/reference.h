/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/* A counter of known rate to measure others against: HPET, ACPI timer or PIT channel 2. */
bool hal_reference_find(void); // starts it; false: there is none
u64 hal_reference_hz(void);
u64 hal_reference_read(void);
u64 hal_reference_since(u64 start,
                        u64 now); // ticks from one reading to a later one, wrapping once at most
