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
 * gate, whose module may be what is being replaced, nor with a thread MOVING. Such a CPU may itself
 * wait for a lock: so whoever stands still in a queue for it lets it pass (hal/spinlock.h).
 */
#include <helix/execution/stop.h>
#include <helix/hal/time.h>
#include <helix/lib/assert.h>

#include "cpu.h"

#define STOP_AGAIN (5 * NANOS_PER_MS)

static u32 stop_owner;       // CPU id + 1; 0: nobody. Atomic, like the next two
static u64 stop_active;      // number of the rendezvous; 0: none
static cpu_mask stop_wanted; // CPUs that are to stand still
static u64 stop_count;       // the owner's

static bool is_asked(const struct cpu *cpu)
{
    return (atomic_load_relaxed(&stop_wanted) & CPU_MASK_OF(cpu->id)) != 0;
}

/* In a loop: not inside a gate, not with a thread MOVING, and not in the queue for a run queue's
 * lock. */
static bool may_stop_here(const struct cpu *cpu)
{
    return cpu->moving == 0 && cpu->locked == 0 && hal_current()->landing == NULL;
}

static void answer(struct cpu *cpu, u64 number)
{
    // What a scheduler writes down about its threads includes this moment.
    cpu_charge(cpu, hal_clock_now());
    atomic_store_release(&cpu->stopped_for, number);
}

static void stood(struct cpu *cpu)
{
    if (!list_is_empty(&cpu->deferred))
        atomic_fetch_or_relaxed(&hal_current()->work, (unsigned)HAL_WORK_RESCHEDULE);
}

/*
 * The interrupt arrived, so interrupts were on, and this CPU is inside no stop gate, whose callers
 * keep them off. A landing point may be set all the same, by a call into a module outside gates,
 * which lasts as long as it likes: nobody waits for that.
 */
void stop_interrupt(void)
{
    struct cpu *cpu = this_cpu();
    u64 number = atomic_load_acquire(&stop_active);
    if (number == 0 || !is_asked(cpu))
        return;
    answer(cpu, number);
    while (atomic_load_acquire(&stop_active) == number) {
        hal_spin_serve();
        hal_cpu_relax();
    }
    stood(cpu);
}

/*
 * From a loop, preemption off; does not wait. True: this CPU counts as standing still. From inside
 * a guarded call, which may be a gate's, it does not answer.
 */
bool stop_serve(void)
{
    struct cpu *cpu = this_cpu();
    u64 number = atomic_load_acquire(&stop_active);
    if (likely(number == 0)) {
        if (unlikely(cpu->stood_in_loop)) {
            cpu->stood_in_loop = false;
            stood(cpu);
        }
        return false;
    }
    if (cpu->stopped_for == number)
        return true;
    if (!may_stop_here(cpu) || !is_asked(cpu))
        return false;
    struct irq_key key = hal_irq_save();
    cpu->stood_in_loop = true;
    answer(cpu, number);
    hal_irq_restore(key);
    return true;
}

/* One turn, and all of a rendezvous that comes in between: no interrupt is taken while this CPU
 * stands still. */
static void wait_loop(void)
{
    struct irq_key key = hal_irq_save();
    while (hal_spin_wait())
        ;
    call_serve();
    hal_irq_restore(key);
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
        nanos again = hal_clock_now() + STOP_AGAIN;
        while (atomic_load_acquire(&cpu->stopped_for) != number) {
            nanos now = hal_clock_now();
            if (now >= deadline) {
                *culprit_out = cpu->id;
                return false;
            }
            // It was at no safe point when it looked, and will not look again by itself.
            if (now >= again) {
                hal_ipi_send(CPU_MASK_OF(cpu->id), HAL_IPI_STOP);
                again = now + STOP_AGAIN;
            }
            // That CPU may be waiting for this one to run a call, or to flush.
            call_serve();
            hal_spin_serve();
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
