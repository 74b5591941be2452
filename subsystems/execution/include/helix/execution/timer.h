/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/object.h>
#include <helix/abi/status.h>
#include <helix/abi/types.h>
#include <helix/lib/rbtree.h>

/*
 * One-shot and periodic kernel timers on the per-CPU tickless clock. The callback runs in interrupt
 * context, interrupts off, on the CPU that armed it; it may wake threads and rearm. timer_cancel()
 * returns only when the callback is not running elsewhere.
 */
struct timer {
    struct rb_node node;
    nanos deadline;
    nanos period; // 0: one-shot
    void (*fire)(struct timer *timer);
    u32 cpu;
    u32 state;
};

void timer_init(struct timer *timer, void (*fire)(struct timer *timer));
void timer_arm(struct timer *timer, nanos deadline, nanos period);
bool timer_cancel(struct timer *timer); // true: it was pending. Not from its own callback
bool timer_pending(const struct timer *timer);

/* A timer that a program holds, as an object that can be described (kind OBJECT_TIMER): deadline,
 * period, whether it is pending. */
struct timer_object {
    struct object object;
    struct timer timer;
};
void timer_object_init(struct timer_object *timer, void (*fire)(struct timer *timer));
extern const struct object_type timer_object_type;

/* Wall clock: nanoseconds since 1970 UTC = hal clock + offset, settable. */
i64 wall_clock_now(void);
void wall_clock_set(i64 nanoseconds);

/* Let it gain @by nanoseconds, at most USER_CLOCK_SLEW_MOST either way, evenly within the next
 * USER_CLOCK_SLEW_STEP. What is left of the last such order is forgotten. */
void wall_clock_slew(i64 by);
nanos boot_clock_now(void);
