/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/* What the harts can do; they are taken to be alike. Constant after hal_features_detect(). */
struct features {
    bool d;    // floating point of double precision
    bool sstc; // the timer's compare register can be written here
};

extern struct features hal_features;

/* Read @isa, "rv64imafdc_zicsr_sstc", as the device tree has it. */
void hal_features_detect(const char *isa);

/* Set up what this hart has: counters, floating point, interrupts by kind. Once on each. */
void hal_features_enable(void);
