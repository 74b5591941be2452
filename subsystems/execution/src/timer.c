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
    return user_clock_wall(&hal_user_clock.clock, hal_clock_now());
}

static struct spinlock wall_lock = SPINLOCK_INIT(LOCK_RANK_TIMER);

/*
 * Begin and end to change how the wall clock is computed; returns the moment from which on the
 * change counts. Interrupts are off meanwhile: they read the clock as well. Nobody who finds the
 * old parameters has read a counter after that moment, which the fence sees to.
 */
static nanos wall_change_begin(struct irq_key *key) HELIX_ACQUIRE(&wall_lock)
{
    struct user_clock *clock = &hal_user_clock.clock;
    *key = spin_lock_irq(&wall_lock);
    atomic_store_relaxed(&clock->wall_sequence, clock->wall_sequence + 1);
    atomic_fence_seq();
    return hal_clock_now();
}

static void wall_change_end(struct irq_key key) HELIX_RELEASE(&wall_lock)
{
    struct user_clock *clock = &hal_user_clock.clock;
    atomic_store_release(&clock->wall_sequence, clock->wall_sequence + 1);
    spin_unlock_irq(&wall_lock, key);
}

void wall_clock_set(i64 nanoseconds)
{
    struct user_clock *clock = &hal_user_clock.clock;
    struct irq_key key;
    const nanos now = wall_change_begin(&key);
    const i64 shown = user_clock_wall_at(clock, now);
    WRITE_ONCE(clock->wall_offset, clock->wall_offset + nanoseconds - shown);
    wall_change_end(key);
}

void wall_clock_slew(i64 by)
{
    struct user_clock *clock = &hal_user_clock.clock;
    struct irq_key key;
    const nanos now = wall_change_begin(&key);
    WRITE_ONCE(clock->wall_offset, user_clock_wall_at(clock, now) - (i64)now);
    WRITE_ONCE(clock->slew_from, now);
    WRITE_ONCE(clock->slew, by);
    wall_change_end(key);
}

/* Suspension keeps the clock running, so both are one. */
nanos boot_clock_now(void)
{
    return hal_clock_now();
}
