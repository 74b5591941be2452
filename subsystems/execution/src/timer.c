/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Timers: a tree per CPU, ordered by deadline, over the CPU's one-shot hardware timer. A timer
 * stays on the CPU that armed it. Its state and cpu change under the lock of the CPU it is armed
 * on.
 */
#include <helix/execution/entry.h>
#include <helix/execution/timer.h>
#include <helix/hal/time.h>
#include <helix/hal/user_clock.h>
#include <helix/lib/assert.h>

#include "cpu.h"

enum timer_state {
    TIMER_IDLE,
    TIMER_ARMED,
};

void timer_init(struct timer *timer, void (*fire)(struct timer *timer))
{
    *timer = (struct timer){.fire = fire};
}

static struct timer *timer_of(const struct rb_node *node)
{
    return container_of(node, struct timer, node);
}

static bool timer_before(const struct rb_node *a, const struct rb_node *b)
{
    return timer_of(a)->deadline < timer_of(b)->deadline;
}

static void timer_insert(struct cpu *cpu, struct timer *timer)
{
    rb_insert(&cpu->timers, &timer->node, timer_before);
    if (cpu->first == NULL || timer->deadline < cpu->first->deadline)
        WRITE_ONCE(cpu->first, timer);
    atomic_store_relaxed(&timer->cpu, cpu->id);
    atomic_store_relaxed(&timer->state, (u32)TIMER_ARMED);
}

static void timer_take_out(struct cpu *cpu, struct timer *timer)
{
    if (cpu->first == timer) {
        struct rb_node *next = rb_next(&timer->node);
        WRITE_ONCE(cpu->first, next == NULL ? NULL : timer_of(next));
    }
    rb_erase(&cpu->timers, &timer->node);
    atomic_store_relaxed(&timer->state, (u32)TIMER_IDLE);
}

/* The CPU that @timer is or was last armed on, its timer lock held. Interrupts off. */
static struct cpu *timer_lock(struct timer *timer) HELIX_NO_THREAD_SAFETY
{
    for (;;) {
        struct cpu *cpu = &cpus[atomic_load_relaxed(&timer->cpu)];
        spin_lock(&cpu->timer_lock);
        if (likely(&cpus[atomic_load_relaxed(&timer->cpu)] == cpu))
            return cpu;
        spin_unlock(&cpu->timer_lock);
    }
}

void timer_arm(struct timer *timer, nanos deadline, nanos period) HELIX_NO_THREAD_SAFETY
{
    struct irq_key key = hal_irq_save();
    struct cpu *here = this_cpu();
    struct cpu *cpu = timer_lock(timer);
    if (timer->state == TIMER_ARMED)
        timer_take_out(cpu, timer);
    if (unlikely(cpu != here)) {
        // Idle and unlocked for a moment: armers of one timer are serialized by its owner.
        spin_unlock(&cpu->timer_lock);
        spin_lock(&here->timer_lock);
    }
    timer->deadline = deadline;
    timer->period = period;
    timer_insert(here, timer);
    spin_unlock(&here->timer_lock);
    if (deadline < here->armed)
        cpu_program_timer(here);
    hal_irq_restore(key);
}

static bool timer_is_firing_elsewhere(const struct cpu *cpu, const struct timer *timer)
{
    return cpu != this_cpu() && atomic_load_acquire(&cpu->firing) == timer;
}

bool timer_cancel(struct timer *timer) HELIX_NO_THREAD_SAFETY
{
    struct irq_key key = hal_irq_save();
    for (;;) {
        struct cpu *cpu = timer_lock(timer);
        bool was_armed = timer->state == TIMER_ARMED;
        if (was_armed)
            timer_take_out(cpu, timer);
        bool firing = timer_is_firing_elsewhere(cpu, timer);
        spin_unlock(&cpu->timer_lock);
        if (likely(!firing)) {
            hal_irq_restore(key);
            return was_armed;
        }
        // The callback may arm it again: look once more when it is done.
        bool still = false;
        while (timer_is_firing_elsewhere(cpu, timer) || still) {
            still = hal_spin_wait();
            call_serve();
        }
    }
}

bool timer_pending(const struct timer *timer)
{
    return atomic_load_relaxed(&timer->state) == TIMER_ARMED;
}

/* Periods that passed unnoticed are not made up for. */
static nanos next_deadline(const struct timer *timer, nanos now)
{
    nanos next = timer->deadline + timer->period;
    if (next > now)
        return next;
    return next + ((now - next) / timer->period + 1) * timer->period;
}

/* Run what is due on this CPU. Interrupts off. */
void timer_run(struct cpu *cpu, nanos now) HELIX_NO_THREAD_SAFETY
{
    spin_lock(&cpu->timer_lock);
    while (cpu->first != NULL && cpu->first->deadline <= now) {
        struct timer *timer = cpu->first;
        timer_take_out(cpu, timer);
        if (timer->period != 0) {
            timer->deadline = next_deadline(timer, now);
            timer_insert(cpu, timer);
        }
        atomic_store_relaxed(&cpu->firing, timer);
        spin_unlock(&cpu->timer_lock);
        timer->fire(timer);
        // From here on the timer may be gone.
        atomic_store_release(&cpu->firing, (struct timer *)NULL);
        spin_lock(&cpu->timer_lock);
    }
    spin_unlock(&cpu->timer_lock);
}

void execution_timer(void)
{
    struct cpu *cpu = this_cpu();
    nanos now = hal_clock_now();
    cpu->armed = NANOS_NEVER;
    timer_run(cpu, now);
    if (now >= cpu->slice_end) {
        cpu->slice_end = NANOS_NEVER;
        atomic_fetch_or_relaxed(&cpu->current->hal.work, (unsigned)HAL_WORK_RESCHEDULE);
        balance_push(cpu, now);
    }
    cpu_program_timer(cpu);
}

/* ---- Clocks
 * --------------------------------------------------------------------------------------------------------
 */

void wall_clock_start(void)
{
    i64 seconds = (i64)hal_wall_clock_read();
    wall_clock_set(seconds * (i64)NANOS_PER_SECOND);
}

i64 wall_clock_now(void)
{
    return (i64)hal_clock_now() + atomic_load_relaxed(&hal_user_clock.clock.wall_offset);
}

void wall_clock_set(i64 nanoseconds)
{
    atomic_store_relaxed(&hal_user_clock.clock.wall_offset, nanoseconds - (i64)hal_clock_now());
}

/* Suspension keeps the clock running, so both are one. */
nanos boot_clock_now(void)
{
    return hal_clock_now();
}
