/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Replacing the scheduler. Which threads are runnable is the kernel's knowledge, so the old module
 * is not asked: the new one gets every thread, and those that are READY in their CPU's order. Every
 * CPU stands still, outside the gate, with no thread MOVING.
 */
#include <helix/execution/stop.h>
#include <helix/hal/time.h>
#include <helix/lib/string.h>

#include "cpu.h"

/*
 * A thread on a deferred list stays on it until its CPU drains it, and is marked as taken over by
 * the coming generation: when the change is given up in the end, the mark means nothing.
 */
static void carry_thread(struct thread *thread, const struct gate_provider *next, u32 generation,
                         nanos now)
{
    const struct scheduler_ops *ops = (const struct scheduler_ops *)(const void *)next->ops;
    struct sched_entity *entity = &thread->sched;
    memset(entity->slot[next->slot], 0, sizeof(entity->slot[next->slot]));
    ops->attach(next->self, entity);
    if (thread->state != THREAD_READY)
        return;
    ops->enqueue(next->self, entity->cpu, entity, SCHED_ENQUEUE_RESTORE, now);
    thread->own.carried = generation;
}

static helix_status scheduler_carry(struct gate_binding *binding, const struct gate_provider *next,
                                    void *plan)
{
    (void)plan;
    u32 generation = binding->generation + 1; // as gate_commit() will count it
    nanos now = hal_clock_now();
    list_for_each(struct thread, t, &threads, all_link)
        carry_thread(t, next, generation, now);
    return HELIX_OK;
}

/* Slices of the old module mean nothing to the new one: every CPU decides anew. */
static void scheduler_carried(struct gate_binding *binding, void *plan, bool committed)
{
    (void)binding;
    (void)plan;
    if (committed)
        cpu_reschedule_all();
}

static helix_status scheduler_prepare(struct gate_binding *binding,
                                      const struct gate_provider *next, void **plan_out)
{
    (void)binding;
    (void)next;
    *plan_out = NULL;
    return HELIX_OK;
}

static const struct gate_transfer scheduler_transfer = {
    .prepare = scheduler_prepare,
    .carry = scheduler_carry,
    .finish = scheduler_carried,
};

struct gate_binding scheduler_gate;

void scheduler_gate_define(void)
{
    gate_define(&scheduler_gate, HELIX_SCHEDULER, "", GATE_STOP, &scheduler_transfer);
}
