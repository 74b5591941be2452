/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Translation look-aside buffers.
 *
 * A CPU that needs others to forget translations fills its own struct tlb_request, sets one bit per
 * target in request.pending, sets its own bit in each target's inbox and interrupts those whose
 * inbox was empty. A target clears its inbox, carries out the requests named there and clears its
 * bit in their pending words. Nobody takes a lock, and whoever waits for an answer serves its own
 * inbox meanwhile, so two CPUs that ask each other with interrupts off both get on.
 */
#include "tlb.h"

#include <helix/hal/cpu.h>
#include <helix/hal/spinlock.h>
#include <helix/hal_shared/glue.h>
#include <helix/lib/atomic.h>

#include "cpu_local.h"

static void leave_local(const struct hal_space *space)
{
    if (cpu_local()->space == space)
        hal_space_activate(NULL);
}

static void carry_out(const struct tlb_request *request)
{
    if (request->leave)
        leave_local(request->space);
    else if (request->space == NULL || request->space == cpu_local()->space)
        hal_tlb_drop_local(request->space, request->from, request->pages);
}

void hal_tlb_serve(void)
{
    struct hal_cpu *cpu = cpu_local();
    cpu_mask senders = atomic_exchange_acq_rel(&cpu->tlb_inbox, 0);
    for (; senders != 0; senders &= senders - 1) {
        struct tlb_request *request = &hal_cpus[__builtin_ctzll(senders)]->tlb_request;
        carry_out(request);
        atomic_fetch_and_release(&request->pending, ~CPU_MASK_OF(cpu->id));
    }
}

/* Whoever spins on a lock with interrupts off may be spinning for a CPU that waits for this one's
 * answer. */
void hal_spin_serve(void)
{
    if (atomic_load_relaxed(&cpu_local()->tlb_inbox) == 0)
        return;
    struct irq_key key = hal_irq_save();
    hal_tlb_serve();
    hal_irq_restore(key);
}

/* Interrupts off. @targets does not hold this CPU. */
static void ask(struct hal_cpu *cpu, cpu_mask targets, struct tlb_request what)
{
    struct tlb_request *request = &cpu->tlb_request;
    what.pending = targets;
    *request = what;
    for (cpu_mask left = targets; left != 0; left &= left - 1) {
        struct hal_cpu *target = hal_cpus[__builtin_ctzll(left)];
        if (atomic_fetch_or_acq_rel(&target->tlb_inbox, CPU_MASK_OF(cpu->id)) == 0)
            hal_ipi_raise(target, HAL_IPI_TLB);
    }
    bool still = false;
    while (atomic_load_acquire(&request->pending) != 0 || still)
        still = hal_spin_wait();
}

static cpu_mask targets_of(const struct hal_space *space, unsigned self)
{
    cpu_mask mask = space == NULL ? hal_cpu_online() : atomic_load_seq(&space->active);
    return mask & ~CPU_MASK_OF(self);
}

void hal_tlb_flush(struct hal_space *space, vaddr from, size_t pages)
{
    if (hal_tlb_drop_everywhere(space, from.raw, pages))
        return;
    struct irq_key key = hal_irq_save();
    struct hal_cpu *cpu = cpu_local();
    if (space == NULL || space == cpu->space)
        hal_tlb_drop_local(space, from.raw, pages);
    atomic_fence_seq(); // the changed entries before the look at who uses them
    cpu_mask targets = targets_of(space, cpu->id);
    if (targets != 0)
        ask(cpu, targets, (struct tlb_request){.space = space, .from = from.raw, .pages = pages});
    hal_irq_restore(key);
}

void hal_tlb_leave_space(struct hal_space *space)
{
    struct irq_key key = hal_irq_save();
    struct hal_cpu *cpu = cpu_local();
    leave_local(space);
    cpu_mask targets = targets_of(space, cpu->id);
    if (targets != 0)
        ask(cpu, targets, (struct tlb_request){.space = space, .leave = true});
    hal_irq_restore(key);
}

/*
 * The new space is marked active before its tables are used, and the old one unmarked after: a
 * flush that comes in between interrupts this CPU once too often, never once too little.
 */
void hal_space_activate(struct hal_space *space)
{
    struct hal_cpu *cpu = cpu_local();
    struct hal_space *old = cpu->space;
    if (old == space)
        return;
    if (space != NULL)
        __atomic_fetch_or(&space->active, CPU_MASK_OF(cpu->id), __ATOMIC_SEQ_CST);
    cpu->space = space;
    hal_space_load(space);
    if (old != NULL)
        atomic_fetch_and_release(&old->active, ~CPU_MASK_OF(cpu->id));
}
