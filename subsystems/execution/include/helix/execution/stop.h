/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>

/*
 * Every CPU at a safe point. stop_world() brings all other online CPUs to a standstill in their interrupt handler (or in a spin loop
 * that serves stop requests), interrupts off, outside every stop gate; then runs @fn here; then releases them. Nothing that @fn
 * does may allocate, sleep or wait for another CPU. Wake-ups meanwhile go to the per-CPU deferred lists.
 *
 * Thread context, no spinlock held. Errors: HELIX_E_BUSY when a CPU did not answer by @deadline (*culprit_out: its id); nothing was run.
 */
helix_status stop_world(void (*fn)(void *context), void *context, nanos deadline, u32 *culprit_out);

/* Run @fn on each CPU of @targets in interrupt context and wait for all. Interrupts on. */
void cross_call(cpu_mask targets, void (*fn)(void *context), void *context);

/*
 * Replace the scheduler binding's provider while the world is stopped: called by hot reload inside stop_world(). Takes every waiting thread
 * out of the old module's order and gives it to the new one (SCHED_ENQUEUE_RESTORE); running ones are kept by the kernel.
 */
struct helix_ops_header;
void scheduler_transfer(const struct helix_ops_header *ops, void *self, void *module, u32 slot);
