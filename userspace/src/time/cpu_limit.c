/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * RLIMIT_CPU: SIGXCPU when a process has used its soft limit of CPU seconds and at every second
 * after it, SIGKILL at the hard one.
 */
#include <helix/abi/linux.h>

#include "task/tasks.h"
#include "time/clock.h"
#include "time/process_timers.h"
#include "time/timers.h"

static bool used_up(struct clock_timer *timer, u64 overrun)
{
    struct process *process = timer->process;
    const u64 seconds = clock_timer_now(timer) / NANOS_PER_SECOND;
    const bool last = seconds >= process->limits[LINUX_RLIMIT_CPU].hard;
    (void)overrun;
    // A full queue only loses what the next second sends again.
    helix_ignore(signal_send_process(process, last ? SIGKILL : SIGXCPU, NULL));
    return true;
}

void cpu_limit_init(struct process_timers *timers, struct process *process)
{
    clock_timer_init(&timers->cpu_limit, process, CLOCK_PROCESS_CPUTIME_ID, used_up);
}

helix_status cpu_limit_apply(struct process *process)
{
    const u64 soft = process->limits[LINUX_RLIMIT_CPU].soft;
    struct process_timers *timers = process->timers;
    if (soft == UINT64_MAX && !timers)
        return HELIX_OK;
    const helix_status status = process_timers_of(process, &timers);
    if (status != HELIX_OK)
        return status;
    // A limit of nothing counts as one second, as on Linux.
    const nanos at =
        soft >= INT64_MAX / NANOS_PER_SECOND ? 0 : max(soft, (u64)1) * NANOS_PER_SECOND;
    mutex_lock(&timers->lock);
    clock_timer_set(&timers->cpu_limit, at, at ? NANOS_PER_SECOND : 0);
    mutex_unlock(&timers->lock);
    return HELIX_OK;
}
