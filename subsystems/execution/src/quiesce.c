/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Grace periods. A reader keeps preemption off, so a CPU that makes a scheduling decision has no
 * reader. Whoever waits raises the goal and asks every other CPU for a decision; each notes the
 * goal it saw (cpu->quiesced). The waiter itself is in thread context with preemption on: its own
 * CPU has no reader either.
 */
#include <helix/execution/quiesce.h>
#include <helix/execution/wait.h>
#include <helix/execution/work.h>
#include <helix/hal/spinlock.h>

#include "cpu.h"

u64 quiesce_goal;

static struct wait_queue passed = WAIT_QUEUE_INIT(passed);
static struct quiesce_head *callbacks; // atomic, newest first
static void quiesce_run_callbacks(struct work *work);
static struct work callback_work = {.run = quiesce_run_callbacks};

void quiesce_read_begin(void)
{
    preempt_disable();
}

void quiesce_read_end(void)
{
    preempt_enable();
}

void quiesce_notice(void)
{
    if (wait_queue_active(&passed))
        (void)wait_wake_all(&passed);
}

static bool all_passed(cpu_mask others, u64 goal)
{
    for (; others != 0; others &= others - 1) {
        if (atomic_load_acquire(&cpus[__builtin_ctzll(others)].quiesced) < goal)
            return false;
    }
    return true;
}

static void ask(cpu_mask others)
{
    for (; others != 0; others &= others - 1) {
        struct cpu *cpu = &cpus[__builtin_ctzll(others)];
        struct irq_key key = hal_irq_save();
        cpu_lock(cpu);
        cpu_reschedule(cpu);
        cpu_unlock(cpu);
        hal_irq_restore(key);
    }
}

void quiesce_wait(void)
{
    preempt_disable();
    cpu_mask others = cpus_running & ~CPU_MASK_OF(hal_cpu_id());
    u64 goal = __atomic_add_fetch(&quiesce_goal, 1, __ATOMIC_SEQ_CST);
    ask(others);
    preempt_enable();
    // Bounded by the longest section with preemption off.
    helix_ignore(WAIT_FOR(&passed, all_passed(others, goal), NANOS_NEVER, WAIT_UNINTERRUPTIBLE,
                          "grace period"));
}

void quiesce_call(struct quiesce_head *head, void (*fn)(struct quiesce_head *head))
{
    head->fn = fn;
    struct quiesce_head *first = atomic_load_relaxed(&callbacks);
    do {
        head->next = first;
    } while (!atomic_cas_release(&callbacks, &first, head));
    (void)work_queue(&callback_work);
}

static void quiesce_run_callbacks(struct work *work)
{
    (void)work;
    struct quiesce_head *head = atomic_exchange_acquire(&callbacks, (struct quiesce_head *)NULL);
    if (head == NULL)
        return;
    quiesce_wait();
    while (head != NULL) {
        struct quiesce_head *next = head->next;
        head->fn(head);
        head = next;
    }
}
