/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Load averages, sampled every five seconds. There is no tick: a sample is taken by the first
 * scheduling decision, or the first reader, after it was due, and samples missed since count what
 * was runnable all that time, for nothing was decided in between.
 */
#include <helix/execution/stop.h>
#include <helix/execution/thread.h>
#include <helix/hal/time.h>

#include "cpu.h"
#include "thread_count.h"

#define LOAD_PERIOD (5 * NANOS_PER_SECOND)
#define LOAD_ONE    65536ull

/* e^(-5/60), e^(-5/300), e^(-5/900), times 65536. */
static const u64 decay[3] = {60296, 64453, 65173};

nanos load_next = LOAD_PERIOD;
static u64 load[3];

static u64 runnable_now(void)
{
    u64 runnable = 0;
    for (cpu_mask left = cpus_running; left != 0; left &= left - 1) {
        const struct cpu *cpu = &cpus[__builtin_ctzll(left)];
        runnable += READ_ONCE(cpu->ready) + (READ_ONCE(cpu->current) != cpu->idle);
    }
    return runnable;
}

/* Any context. Whoever moves load_next has the sample. */
void load_sample(nanos now)
{
    nanos due = atomic_load_relaxed(&load_next);
    if (now < due)
        return;
    u64 missed = (now - due) / LOAD_PERIOD + 1;
    if (!atomic_cas_relaxed(&load_next, &due, due + missed * LOAD_PERIOD))
        return;
    u64 target = runnable_now() * LOAD_ONE;
    // After an hour there is nothing left of what was before.
    missed = min(missed, (u64)720);
    for (unsigned i = 0; i < 3; i++) {
        u64 value = load[i];
        for (u64 n = 0; n < missed; n++)
            value = (value * decay[i] + target * (LOAD_ONE - decay[i])) / LOAD_ONE;
        WRITE_ONCE(load[i], value);
    }
}

static bool count_one(struct thread *thread, void *context)
{
    (void)thread;
    ++*(u64 *)context;
    return true;
}

static void count_cpu(struct cpu *cpu, struct execution_counts *counts)
{
    struct irq_key key = hal_irq_save();
    cpu_lock(cpu);
    // Only idle time can be brought up to date from another CPU; the running thread's split is its
    // own.
    nanos now = hal_clock_now();
    bool idle = cpu->current == cpu->idle;
    if (idle && now > cpu->accounted)
        cpu_charge(cpu, now);
    counts->idle[cpu->id] = cpu->idle_time;
    counts->busy_user[cpu->id] = cpu->user_time;
    counts->busy_kernel[cpu->id] = cpu->kernel_time;
    counts->switches += cpu->switches;
    cpu_unlock(cpu);
    hal_irq_restore(key);
}

void execution_counts(struct execution_counts *counts_out)
{
    *counts_out = (struct execution_counts){.forks = thread_forks()};
    load_sample(hal_clock_now());
    for (unsigned i = 0; i < 3; i++)
        counts_out->load[i] = READ_ONCE(load[i]);
    counts_out->runnable = runnable_now();
    thread_for_each(count_one, &counts_out->total);
    for (cpu_mask left = cpus_running; left != 0; left &= left - 1)
        count_cpu(&cpus[__builtin_ctzll(left)], counts_out);
}
