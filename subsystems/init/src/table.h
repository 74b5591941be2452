/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/init/init.h>

#define INIT_SUBSYSTEMS      13
#define INIT_STEPS_MOST      32 // of one subsystem
#define INIT_DEPENDENCY_MOST 4

/* One of the thirteen, as the project defines them. */
struct init_subsystem {
    const char *name;
    enum init_phase phase;
    u32 priority;
    const char *dependencies[INIT_DEPENDENCY_MOST]; // up to the first NULL
};
extern const struct init_subsystem init_subsystems[INIT_SUBSYSTEMS];

/* What became of it. Filled by init_solve(), then by running. */
struct init_slot {
    const struct init_subsystem *subsystem;
    const struct init_step *steps[INIT_STEPS_MOST]; // in the order they run
    unsigned step_count;
    unsigned ran; // steps that succeeded
    u64 microseconds;
    enum init_result result;
    helix_status status;
    const char *failed_step;
};

/* In the order they run, after init_solve(). */
extern struct init_slot init_slots[INIT_SUBSYSTEMS];
struct init_slot *init_slot_find(const char *name);

/* Solve any table of subsystems into @order_out: what init_solve() does with the real one. */
helix_status init_order_subsystems(const struct init_subsystem *table, unsigned count,
                                   u8 *order_out);
