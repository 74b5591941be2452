/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/execution/thread.h>
#include <helix/execution/wait.h>

#include <helix/hal/time.h>

#include "cpu.h"

#define VISIT_RETRY_NS (20 * NANOS_PER_US)

/* The lock is held across a switch, and nobody wakes a sleeper without it. */
static bool visit_if_asleep(struct thread *thread,
                            void (*visit)(struct thread *thread, void *context), void *context)
{
    struct irq_key key = hal_irq_save();
    struct cpu *cpu = thread_lock(thread);
    bool asleep = is_asleep(thread->state) && cpu->current != thread;
    if (asleep)
        visit(thread, context);
    cpu_unlock(cpu);
    hal_irq_restore(key);
    return asleep;
}

void thread_visit_asleep(struct thread *thread, void (*visit)(struct thread *thread, void *context),
                         void *context)
{
    while (!visit_if_asleep(thread, visit, context))
        helix_ignore(sleep_until(hal_clock_now() + VISIT_RETRY_NS, WAIT_UNINTERRUPTIBLE));
}
