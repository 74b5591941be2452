/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

struct process;
struct process_timers;

/* A clock of ours, for ITIMER_VIRTUAL: time in user mode. Never accepted from programs. */
#define CLOCK_USER_TIME 1000

void interval_timers_init(struct process_timers *timers, struct process *process);
void posix_timers_delete_all(struct process_timers *timers);
