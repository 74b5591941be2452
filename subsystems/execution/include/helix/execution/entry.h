/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>
#include <helix/hal/cpu.h>

/*
 * How execution comes up, and what the kernel's hal_handlers call in it.
 *
 * execution_init() turns the boot flow into the idle thread of the boot CPU: threads can be created
 * and started from then on, and run once a scheduler is bound to scheduler_gate and the boot flow
 * ends in execution_idle(). The idle thread may not sleep.
 */
helix_status execution_init(void);

/* Bring the other CPUs up, one after the other; those that do not come stay parked. Thread context,
 * after a scheduler is bound. */
helix_status execution_start_cpus(void);

/* The end of the boot flow: run threads, halt when there are none. */
[[noreturn]] void execution_idle(void);

/* For hal_handlers: .timer .ipi .preempt .thread_started .cpu_started */
void execution_timer(void);
void execution_ipi(enum hal_ipi ipi);
void execution_preempt(void);
void execution_thread_started(void);
void execution_cpu_started(unsigned cpu);

/* CPUs that run threads. */
cpu_mask execution_cpus(void);

/* Give cached stacks and the like back: in-kernel tests compare free frames. Thread context. */
void execution_trim(void);
