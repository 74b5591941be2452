/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include "machine.h"

#define MDSCR_OFF  0ul
#define MDSCR_STEP 1ul

/* The CPU, about to run a program, looks at PSTATE.SS; or does so no more. */
static inline void hal_step_arm(void)
{
    system_write("mdscr_el1", MDSCR_STEP);
    barrier_instructions();
}

static inline void hal_step_disarm(void)
{
    system_write("mdscr_el1", MDSCR_OFF);
}
