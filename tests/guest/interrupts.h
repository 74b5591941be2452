/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <signal.h>
#include <sys/time.h>

#include "check.h"

/* Signals that come and interrupt what waits. */

static volatile sig_atomic_t signals_seen;
static volatile int last_signal;

static inline void note_signal(int signal)
{
    last_signal = signal;
    signals_seen++;
}

static inline void catch_signal(int signal, int flags)
{
    struct sigaction action = {.sa_handler = note_signal, .sa_flags = flags};
    CHECK(sigaction(signal, &action, NULL) == 0);
}

/* SIGALRM comes after @ms milliseconds and then every 100: a call that had not begun to wait, as on
 * a busy machine, is interrupted by the next. 0: no more.
 */
static inline void alarm_after(long ms)
{
    struct itimerval time = {{0, ms ? 100000 : 0}, {ms / 1000, ms % 1000 * 1000}};
    CHECK(setitimer(ITIMER_REAL, &time, NULL) == 0);
}

/* The same, with @flags for the handler. */
static inline void interrupt_after(long ms, int flags)
{
    catch_signal(SIGALRM, flags);
    alarm_after(ms);
}
