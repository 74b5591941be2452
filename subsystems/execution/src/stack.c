/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Kernel stacks. Mapping one costs more than everything else about a thread, so each CPU keeps a
 * few. What does not fit there is given back by the worker thread, because a stack is freed where
 * nothing may sleep.
 */
#include <helix/execution/entry.h>
#include <helix/execution/stop.h>
#include <helix/execution/work.h>
#include <helix/memory/heap.h>
#include <helix/profile.h>

#include "cpu.h"

/* A stack that waits for the worker: the link lies in its own memory. */
struct spare_stack {
    struct spare_stack *next;
};

static struct spare_stack *spare; // atomic
static void spare_release(struct work *work);
static struct work spare_work = {.run = spare_release};

helix_status stack_alloc(void **stack_out)
{
    struct irq_key key = hal_irq_save();
    struct cpu *cpu = this_cpu();
    void *stack = cpu->stacks > 0 ? cpu->stack[--cpu->stacks] : NULL;
    hal_irq_restore(key);
    if (stack == NULL)
        return kvm_alloc((size_t)HELIX_MEMORY_STACK_SIZE_KB * 1024, KVM_STACK, stack_out);
    *stack_out = stack;
    return HELIX_OK;
}

static void spare_push(void *stack)
{
    struct spare_stack *entry = stack;
    struct spare_stack *first = atomic_load_relaxed(&spare);
    do {
        entry->next = first;
    } while (!atomic_cas_release(&spare, &first, entry));
    (void)work_queue(&spare_work);
}

void stack_free(void *stack)
{
    struct irq_key key = hal_irq_save();
    struct cpu *cpu = this_cpu();
    if (cpu->stacks < STACKS_KEPT)
        cpu->stack[cpu->stacks++] = stack;
    else
        spare_push(stack);
    hal_irq_restore(key);
}

static void spare_release(struct work *work)
{
    (void)work;
    struct spare_stack *entry = atomic_exchange_acquire(&spare, (struct spare_stack *)NULL);
    while (entry != NULL) {
        struct spare_stack *next = entry->next;
        kvm_free(entry);
        entry = next;
    }
}

/* Interrupt context on each CPU. */
static void trim_here(void *context)
{
    (void)context;
    struct cpu *cpu = this_cpu();
    while (cpu->stacks > 0)
        spare_push(cpu->stack[--cpu->stacks]);
}

void stack_trim(void)
{
    cross_call(cpus_running, trim_here, NULL);
    work_flush();
}

void execution_trim(void)
{
    stack_trim();
}
