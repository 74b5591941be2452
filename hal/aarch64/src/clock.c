/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Time from the architecture's virtual counter, whose rate the firmware tells, and the virtual
 * timer.
 *
 * Instructions: QEMU counts them as one a cycle when it counts at all, and the cycle counter of the
 * performance monitor then has nanoseconds. hal_instructions() believes it only when a loop of
 * known length shows that a tick is an instruction.
 */
#include "clock.h"

#include <helix/hal/cpu.h>
#include <helix/hal/time.h>
#include <helix/hal/user_clock.h>
#include <helix/lib/assert.h>
#include <helix/lib/log.h>

#include "features.h"
#include "machine.h"
#include "timer.h"

#define TIMER_ON 1u

#define MONITOR_ON         (1u << 0)
#define MONITOR_LONG       (1u << 6) // 64 bits of cycles
#define MONITOR_CYCLES     (1u << 31)
#define MONITOR_COUNT_HERE 0u

static u64 hz;
static bool instructions_counted;

/* Not before what stands before it in the program. */
static u64 counter(void)
{
    barrier_instructions();
    return system_read("cntvct_el0");
}

static u64 cycles(void)
{
    barrier_instructions();
    return system_read("pmccntr_el0");
}

nanos hal_clock_now(void)
{
    // The parameters never change.
    return user_clock_nanos(&hal_user_clock.clock, counter());
}

static u64 cycles_of_loop(u64 turns)
{
    u64 before = cycles();
    __asm__ volatile("1: subs %0, %0, #1; b.ne 1b" : "+r"(turns) : : "cc");
    return cycles() - before;
}

/* 300 turns of two instructions more take exactly 600 ticks more, every time. */
static bool cycles_are_instructions(void)
{
    for (unsigned i = 0; i < 4; i++)
        if (cycles_of_loop(400) - cycles_of_loop(100) != 600)
            return false;
    return true;
}

void hal_clock_init_cpu(void)
{
    system_write("cntv_ctl_el0", 0);
    if (!hal_features.counts_events)
        return;
    system_write("pmuserenr_el0", 0);
    system_write("pmccfiltr_el0", MONITOR_COUNT_HERE);
    system_write("pmcntenset_el0", MONITOR_CYCLES);
    system_write("pmcr_el0", MONITOR_ON | MONITOR_LONG);
    barrier_instructions();
}

void hal_clock_init(u64 entry_count)
{
    hz = system_read("cntfrq_el0");
    if (hz == 0)
        helix_panic("the firmware does not say how fast the counter runs");
    hal_user_clock.clock.base_count = entry_count;
    hal_user_clock.clock.mult = user_clock_mult(hz);
    hal_user_clock.clock.readable = true; // hal_features_enable() opens it
    hal_clock_init_cpu();
    instructions_counted = hal_features.counts_events && cycles_are_instructions();
}

u64 hal_cycles(void)
{
    return counter();
}

u64 hal_cycles_per_second(void)
{
    return hz;
}

u64 hal_instructions(void)
{
    return instructions_counted ? cycles() : 0;
}

void hal_timer_start(nanos span)
{
    if (span == NANOS_NEVER) {
        system_write("cntv_ctl_el0", 0);
        return;
    }
    system_write("cntv_cval_el0", counter() + max(scale(span, hz, NANOS_PER_SECOND), 1ul));
    system_write("cntv_ctl_el0", TIMER_ON);
    barrier_instructions();
}

/* It asks for an interrupt until it is told otherwise. */
void hal_clock_timer_quiet(void)
{
    system_write("cntv_ctl_el0", 0);
    barrier_instructions();
}
