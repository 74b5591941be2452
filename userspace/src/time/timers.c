/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "time/timers.h"

#include <helix/hal/time.h>
#include <helix/lib/atomic.h>
#include <helix/memory/heap.h>

#include "task/tasks.h"
#include "time/clock.h"
#include "time/posix_timer.h"
#include "time/process_timers.h"

// How close a CPU-time timer looks: less costs more than it tells.
static const nanos cpu_timer_grain = 100 * NANOS_PER_US;

// How often a timer looks at most whose signals nobody takes.
static const nanos untaken_grain = NANOS_PER_MS;

static struct kmem_cache timers_cache = KMEM_CACHE(process_timers);

static bool runs_on_cpu_time(const struct clock_timer *timer)
{
    return timer->clock == CLOCK_USER_TIME || clock_is_cpu_time(timer->clock);
}

/* What the timer's clock shows. In interrupt context the process's own clocks are meant, not the
 * interrupted task's. */
nanos clock_timer_now(const struct clock_timer *timer)
{
    nanos now;
    if (runs_on_cpu_time(timer))
        return clock_cpu_read(&timer->cpu);
    return clock_read(timer->clock, &now) ? now
                                          : 0; // the clock was checked when the timer was made
}

/* How many tasks can use up the time at once. */
static unsigned users(const struct cpu_clock *cpu)
{
    return cpu->task || cpu->process->task_count == 0 ? 1 : cpu->process->task_count;
}

/* The wall clock may be set meanwhile: what follows it looks at least once a second. */
static nanos next_look(const struct clock_timer *timer)
{
    const nanos now = hal_clock_now();
    if (!runs_on_cpu_time(timer)) {
        const nanos deadline = clock_deadline(timer->clock, timer->expires);
        return clock_follows_wall(timer->clock) ? min(deadline, (nanos)(now + NANOS_PER_SECOND))
                                                : deadline;
    }
    const nanos used = clock_timer_now(timer);
    const nanos left = timer->expires > used ? timer->expires - used : 0;
    return now + max(left / users(&timer->cpu), cpu_timer_grain);
}

/* Periods that have passed at @now since the expiry that is due. The next one is set. */
static u64 step(struct clock_timer *timer, nanos now)
{
    const u64 passed = (now - timer->expires) / timer->period;
    timer->expires += (passed + 1) * timer->period;
    return passed;
}

static void go_on(struct clock_timer *timer)
{
    if (timer->waits) {
        atomic_store_release(&timer->waiting, true);
        return;
    }
    const nanos soonest = timer->untaken ? hal_clock_now() + untaken_grain : 0;
    timer_arm(&timer->timer, max(next_look(timer), soonest), 0);
}

/* Interrupt context. A period that was missed several times counts as overruns of one expiry. */
static void look(struct timer *kernel_timer)
{
    struct clock_timer *timer = container_of(kernel_timer, struct clock_timer, timer);
    const nanos now = clock_timer_now(timer);
    if (timer->expires == 0)
        return;
    if (now < timer->expires) {
        timer_arm(kernel_timer, next_look(timer), 0);
        return;
    }
    u64 overrun = 0;
    if (timer->period > 0) {
        overrun = step(timer, now);
        go_on(timer);
    } else {
        timer->expires = 0;
    }
    timer->untaken = !timer->expired(timer, overrun);
}

u64 clock_timer_catch_up(struct clock_timer *timer)
{
    if (!atomic_load_acquire(&timer->waiting))
        return 0;
    timer->waiting = false;
    const nanos now = clock_timer_now(timer);
    const u64 passed = now < timer->expires ? 0 : step(timer, now) + 1;
    timer_arm(&timer->timer, next_look(timer), 0);
    return passed;
}

void clock_timer_init(struct clock_timer *timer, struct process *process, i32 clock,
                      bool (*expired)(struct clock_timer *timer, u64 overrun))
{
    *timer = (struct clock_timer){
        .process = process,
        .clock = clock,
        .cpu = {.process = process, .user_only = clock == CLOCK_USER_TIME},
        .expired = expired,
    };
    timer_init(&timer->timer, look);
}

void clock_timer_set(struct clock_timer *timer, nanos expires, nanos period)
{
    timer->period = 0; // an expiry that runs now must not arm again
    timer_cancel(&timer->timer);
    timer->waiting = timer->untaken = false;
    timer->expires = expires;
    timer->period = period;
    if (expires != 0)
        timer_arm(&timer->timer, next_look(timer), 0);
}

/* 1: due, but not looked at yet. */
static nanos left_when_due(const struct clock_timer *timer, nanos late)
{
    return timer->untaken && timer->period > 0 ? timer->period - late % timer->period : 1;
}

void clock_timer_get(struct clock_timer *timer, nanos *left_out, nanos *period_out)
{
    const nanos expires = READ_ONCE(timer->expires), now = clock_timer_now(timer);
    *period_out = timer->period;
    if (expires == 0)
        *left_out = 0;
    else
        *left_out = expires > now ? expires - now : left_when_due(timer, now - expires);
}

static struct process_timers *timers_create(struct process *process)
{
    struct process_timers *timers = kmem_alloc(&timers_cache);
    if (!timers)
        return NULL;
    mutex_init(&timers->lock, LOCK_RANK_TIMER_USER);
    list_init(&timers->posix);
    interval_timers_init(timers, process);
    cpu_limit_init(timers, process);
    return timers;
}

helix_status process_timers_of_current(struct process_timers **timers_out)
{
    return process_timers_of(process_current(), timers_out);
}

helix_status process_timers_of(struct process *process, struct process_timers **timers_out)
{
    struct process_timers *timers = atomic_load_acquire(&process->timers);
    if (!timers) {
        struct process_timers *made = timers_create(process);
        if (!made)
            return HELIX_E_NOMEM;
        if (atomic_cas_acq_rel(&process->timers, &timers, made))
            timers = made;
        else
            kmem_free(&timers_cache, made); // another task of ours was first
    }
    *timers_out = timers;
    return HELIX_OK;
}

void process_timers_exec(struct process *process)
{
    if (process->timers)
        posix_timers_delete_all(process->timers);
}

void process_timers_end(struct process *process)
{
    struct process_timers *timers = process->timers;
    if (!timers)
        return;
    posix_timers_delete_all(timers);
    for (unsigned i = 0; i < 3; i++)
        clock_timer_set(&timers->interval[i], 0, 0);
    clock_timer_set(&timers->cpu_limit, 0, 0);
    process->timers = NULL;
    kmem_free(&timers_cache, timers);
}
