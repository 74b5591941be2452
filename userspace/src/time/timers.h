/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/userspace/task.h>

/* Timers that a process owns: three interval timers and its POSIX timers. */
void process_timers_end(struct process *process); // its last task ended: all timers stop
void process_timers_exec(
    struct process *process); // execve(): POSIX timers go, interval timers stay

/* Start counting towards RLIMIT_CPU, or stop. NOMEM: it is not enforced. */
helix_status cpu_limit_apply(struct process *process);
