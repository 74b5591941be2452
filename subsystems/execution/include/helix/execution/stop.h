/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>

/*
 * Every CPU at a safe point. stop_world() brings all other online CPUs to a standstill in their
 * interrupt handler (or in a spin loop that serves stop requests), interrupts off, outside every
 * stop gate; then runs @fn here; then releases them. Nothing that @fn does may allocate, sleep or
 * wait for another CPU. Wake-ups meanwhile go to the per-CPU deferred lists.
 *
 * Thread context, no spinlock held. Errors: HELIX_E_BUSY when a CPU did not answer by @deadline
 * (*culprit_out: its id); nothing was run.
 */
helix_status stop_world(void (*fn)(void *context), void *context, nanos deadline, u32 *culprit_out);

/* Run @fn on each CPU of @targets in interrupt context and wait for all. Interrupts on. */
void cross_call(cpu_mask targets, void (*fn)(void *context), void *context);

/*
 * The scheduler's binding (kind GATE_STOP). Its transfer gives a new provider every thread:
 * attach() for each, enqueue() with SCHED_ENQUEUE_RESTORE for those that are ready; running ones
 * stay the kernel's until their put_prev(). Wake-ups that the gate refuses wait on per-CPU deferred
 * lists, so nothing runnable is lost while no provider works; schedule() calls gate_recover() when
 * its provider crashed.
 */
struct gate_binding;
extern struct gate_binding scheduler_gate;
void scheduler_gate_define(void); // at boot, before the first thread
