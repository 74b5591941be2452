/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Bringing every CPU to a standstill, and running a function on several.
 *
 * stop_world(): one CPU at a time owns the rendezvous. It names the others in stop_wanted,
 * publishes a new number in stop_active and interrupts them; each writes the number in its
 * stopped_for and spins, interrupts off, until stop_active changes. Numbers are never used twice,
 * so an answer that comes too late for one rendezvous is no answer to the next.
 *
 * A CPU with interrupts off that waits for a lock or for another CPU calls stop_serve() from its
 * loop (hal_spin_set_hook), so that nobody waits in a circle. It must not answer from inside a
 * gate, whose module may be what is being replaced, nor with a thread MOVING.
 */
#include <helix/execution/stop.h>
#include <helix/hal/time.h>
#include <helix/lib/assert.h>

#include "cpu.h"

static u32 stop_owner;       // CPU id + 1; 0: nobody. Atomic, like the next two
static u64 stop_active;      // number of the rendezvous; 0: none
static cpu_mask stop_wanted; // CPUs that are to stand still
static u64 stop_count;       // the owner's

/*
 * From a spin loop: not inside a gate, not with a thread MOVING, and not in the queue for a run
 * queue's lock, where those behind would have to stand still too and could not.
 */
static bool may_stop_here(const struct cpu *cpu)
{
    return cpu->moving == 0 && cpu->locked == 0 && hal_current()->landing == NULL;
}

/* Interrupts off. */
static void stand_still(struct cpu *cpu, u64 number)
{
    if (!(atomic_load_relaxed(&stop_wanted) & CPU_MASK_OF(cpu->id)))
        return;
    // What a scheduler writes down about its threads includes this moment.
    cpu_charge(cpu, hal_clock_now());
    atomic_store_release(&cpu->stopped_for, number);
    while (atomic_load_acquire(&stop_active) == number)
        hal_cpu_relax();
    if (!list_is_empty(&cpu->deferred))
        atomic_fetch_or_relaxed(&hal_current()->work, (unsigned)HAL_WORK_RESCHEDULE);
}

/* Preemption off. Returns at once when nothing is asked of this CPU. */
void stop_serve(void)
{
    u64 number = atomic_load_acquire(&stop_active);
    if (likely(number == 0))
        return;
    // A spin loop may have interrupts on; a CPU that stands still takes none.
    struct irq_key key = hal_irq_save();
    struct cpu *cpu = this_cpu();
    if (may_stop_here(cpu))
        stand_still(cpu, number);
    hal_irq_restore(key);
}

/* What the interrupt found had interrupts on, so it is outside every stop gate; it may be inside a
 * sleeping one. */
void stop_interrupt(void)
{
    u64 number = atomic_load_acquire(&stop_active);
    if (number != 0)
        stand_still(this_cpu(), number);
}

static void wait_loop(void)
{
    struct irq_key key = hal_irq_save();
    stop_serve();
    call_serve();
    hal_irq_restore(key);
    hal_cpu_relax();
}

/* False: CPU *@culprit_out did not come by @deadline. */
static bool stop_gather(cpu_mask others, nanos deadline, u32 *culprit_out)
{
    u64 number = ++stop_count;
    atomic_store_relaxed(&stop_wanted, others);
    atomic_store_release(&stop_active, number);
    hal_ipi_send(others, HAL_IPI_STOP);
    for (cpu_mask left = others; left != 0; left &= left - 1) {
        const struct cpu *cpu = &cpus[__builtin_ctzll(left)];
        while (atomic_load_acquire(&cpu->stopped_for) != number) {
            if (hal_clock_now() >= deadline) {
                *culprit_out = cpu->id;
                return false;
            }
            // That CPU may be waiting for this one to run a call.
            call_serve();
            hal_cpu_relax();
        }
    }
    return true;
}

static void stop_own(void)
{
    u32 nobody = 0;
    while (!atomic_cas_acquire(&stop_owner, &nobody, hal_cpu_id() + 1)) {
        nobody = 0;
        wait_loop();
    }
}

helix_status stop_world(void (*fn)(void *context), void *context, nanos deadline, u32 *culprit_out)
{
    preempt_disable();
    stop_own();
    struct irq_key key = hal_irq_save();
    cpu_mask others = cpus_running & ~CPU_MASK_OF(hal_cpu_id());
    helix_status st = HELIX_OK;
    cpu_charge(this_cpu(), hal_clock_now());
    if (others == 0 || stop_gather(others, deadline, culprit_out))
        fn(context);
    else
        st = HELIX_E_BUSY;
    atomic_store_release(&stop_active, 0ull);
    if (!list_is_empty(&this_cpu()->deferred))
        atomic_fetch_or_relaxed(&hal_current()->work, (unsigned)HAL_WORK_RESCHEDULE);
    atomic_store_release(&stop_owner, 0u);
    hal_irq_restore(key);
    preempt_enable();
    return st;
}

void stop_init(void)
{
    hal_spin_set_hook(stop_serve);
}

/* ---- Cross calls
 * ---------------------------------------------------------------------------------------------------
 */

static u32 call_owner; // as stop_owner
static cpu_mask call_wanted;
static void (*call_fn)(void *context);
static void *call_context;

void call_serve(void)
{
    cpu_mask me = CPU_MASK_OF(hal_cpu_id());
    if (likely(!(atomic_load_acquire(&call_wanted) & me)))
        return;
    call_fn(call_context);
    atomic_fetch_and_release(&call_wanted, ~me);
}

void cross_call(cpu_mask targets, void (*fn)(void *context), void *context)
{
    preempt_disable();
    u32 nobody = 0;
    while (!atomic_cas_acquire(&call_owner, &nobody, hal_cpu_id() + 1)) {
        nobody = 0;
        wait_loop();
    }
    cpu_mask me = CPU_MASK_OF(hal_cpu_id());
    cpu_mask others = targets & cpus_running & ~me;
    call_fn = fn;
    call_context = context;
    atomic_store_release(&call_wanted, others);
    if (others != 0)
        hal_ipi_send(others, HAL_IPI_CALL);
    if (targets & me) {
        struct irq_key key = hal_irq_save();
        fn(context);
        hal_irq_restore(key);
    }
    while (atomic_load_acquire(&call_wanted) != 0)
        wait_loop();
    atomic_store_release(&call_owner, 0u);
    preempt_enable();
}
