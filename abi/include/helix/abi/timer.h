/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/module.h>
#include <helix/abi/status.h>
#include <helix/abi/types.h>

/*
 * helix.timer: a hardware clock and event source that takes over from the HAL's own. One provider,
 * stop gate; none by default: then the HAL's clock serves. All calls: interrupts off, on the CPU
 * they are for.
 *
 * Time never goes back: whoever replaces it is given the time at which it must go on.
 */
#define HELIX_TIMER         "helix.timer"
#define HELIX_TIMER_VERSION 1u

struct timer_description {
    u64 frequency;   // of the counter, Hz
    u32 rating;      // higher is better
    bool per_cpu;    // each CPU has a deadline of its own
    bool keeps_idle; // goes on in idle states
    char model[40];
};

struct timer_ops {
    struct helix_ops_header header;

    void (*describe)(void *self, struct timer_description *description_out);
    void (*resume_at)(void *self, nanos now); // the counter stands for @now from here on
    nanos (*now)(void *self);
    void (*arm)(void *self, u32 cpu,
                nanos deadline); // NANOS_NEVER: disarm. Fires once as hal_handlers.timer()
    helix_status (*cpu_start)(void *self,
                              u32 cpu); // on a CPU that comes up, before its first arm()
    void (*cpu_stop)(void *self, u32 cpu);
};
