/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/execution/mutex.h>
#include <helix/execution/timer.h>
#include <helix/lib/list.h>

#include "time/clock.h"

struct process;
struct task;

/*
 * The timers of a process: three interval timers and its POSIX timers, of which each counts as a
 * queued signal (RLIMIT_SIGPENDING). Made when the first one is set.
 *
 * A clock timer runs on any clock. On a clock of real time the kernel timer is armed for the moment
 * itself. CPU time is no faster than real time times the number of tasks, so a timer on it is armed
 * for the earliest moment possible and looks again then.
 *
 * A short period must not keep a CPU in its interrupt handler. Who reads expiries (a timerfd) has a
 * timer that waits: after one expiry it stands still until clock_timer_catch_up() counts those that
 * passed meanwhile. The others, whose expiries are signals, become slow while nobody takes these.
 *
 * Locks: `lock` (a mutex) serializes those who set and read; the expiry runs in interrupt context
 * without it, and setting cancels first, which waits until no expiry is running.
 */

struct clock_timer {
    struct timer timer;
    struct process *process;
    i32 clock;
    struct cpu_clock
        cpu;       // whose CPU time it counts; clock_timer_init(): the process's, no reference
    nanos expires; // in time of @clock; 0: not armed
    nanos period;
    bool waits;   // after each expiry of a period, for clock_timer_catch_up()
    bool waiting; // it does so now; atomic
    bool untaken; // what expired before the last time was still there then
    bool (*expired)(struct clock_timer *timer, u64 overrun);
};

struct process_timers {
    struct mutex lock;
    struct clock_timer interval[3]; // ITIMER_REAL, VIRTUAL, PROF
    struct clock_timer cpu_limit;   // RLIMIT_CPU
    struct list posix;              // struct posix_timer
};

/* expired(): interrupt context; @overrun periods more than one have passed. False: the program has
 * not taken the expiry before yet. */
void clock_timer_init(struct clock_timer *timer, struct process *process, i32 clock,
                      bool (*expired)(struct clock_timer *timer, u64 overrun));

/* What the timer's clock shows now. */
nanos clock_timer_now(const struct clock_timer *timer);

/* Set to @expires (0: stop) on its own clock, then every @period (0: once). Lock held. */
void clock_timer_set(struct clock_timer *timer, nanos expires, nanos period);

/* How many periods have passed while the timer waited, which runs again then. Lock held. */
u64 clock_timer_catch_up(struct clock_timer *timer);

/* Time left and period; 0 left: not armed. Lock held. */
void clock_timer_get(struct clock_timer *timer, nanos *left_out, nanos *period_out);

/* A process's timers, made on first use. The process has tasks: its end takes them down. */
helix_status process_timers_of(struct process *process, struct process_timers **timers_out);
helix_status process_timers_of_current(struct process_timers **timers_out);

void cpu_limit_init(struct process_timers *timers, struct process *process);
