/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "timer.h"

#include <helix/hal/cpu.h>
#include <helix/hal/time.h>
#include <helix/lib/compiler.h>

#include "trap_internal.h"

/* Firing this much early is on time: the two counters' rates are known to a few parts in a thousand
 * at first. */
#define EARLY_MOST 2000

/* Longest span put into the timer at once; a later deadline takes several. Also the rhythm in which
 * an idle CPU looks at its clocks. */
#define SPAN_MOST (2 * NANOS_PER_SECOND)

static nanos deadlines[HELIX_MAX_CPUS] = {[0 ... HELIX_MAX_CPUS - 1] = NANOS_NEVER};

static void start(nanos deadline)
{
    nanos now = hal_clock_now();
    hal_timer_start(deadline > now ? min(deadline - now, (nanos)SPAN_MOST) : 1);
}

void hal_timer_arm(nanos deadline)
{
    deadlines[hal_cpu_id()] = deadline;
    if (deadline == NANOS_NEVER)
        hal_timer_start(NANOS_NEVER);
    else
        start(deadline);
}

void hal_timer_interrupt(void)
{
    nanos *deadline = &deadlines[hal_cpu_id()];
    if (*deadline == NANOS_NEVER)
        return;
    if (*deadline > hal_clock_now() + EARLY_MOST) {
        start(*deadline);
        return;
    }
    *deadline = NANOS_NEVER;
    hal_handlers_table.timer();
}
