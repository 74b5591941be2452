/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The calling side: counting in and out of sleeping gates, and what happens when a module crashes.
 */
#include <helix/gate/gate.h>
#include <helix/lib/assert.h>
#include <helix/lib/atomic.h>

#include "hooks.h"

/*
 * Count in, then look: the order against gate_close(), which closes and then sums, is what makes
 * either the caller see the closed gate or the closer see the caller. Both sides are sequentially
 * consistent for that.
 */
helix_status gate_enter(struct gate_binding *binding)
{
    for (;;) {
        struct gate_counter *counter = &binding->counters[hal_cpu_id()];
        __atomic_fetch_add(&counter->entered, 1, __ATOMIC_SEQ_CST);
        u32 state = atomic_load_seq(&binding->state);
        if (state == GATE_OPEN) {
            atomic_fetch_add_relaxed(&counter->calls, 1ull);
            return HELIX_OK;
        }
        gate_leave(binding);
        if (state == GATE_UNBOUND)
            return HELIX_E_NODEV;
        if (gate_hooks.wait_open == NULL)
            return HELIX_E_AGAIN;
        helix_status st = gate_hooks.wait_open(binding);
        if (st != HELIX_OK)
            return st;
    }
}

void gate_leave(struct gate_binding *binding)
{
    __atomic_fetch_add(&binding->counters[hal_cpu_id()].left, 1, __ATOMIC_SEQ_CST);
    if (unlikely(atomic_load_seq(&binding->state) == GATE_CLOSED) && gate_hooks.wake != NULL)
        gate_hooks.wake(binding);
}

helix_status gate_faulted(struct gate_binding *binding, struct hal_landing *landing)
{
    // A lock of the kernel's that is never released again stops everybody: there is nothing to go
    // back to.
    if (landing->preempt_at_fault > landing->preempt)
        helix_panic("%s: the module crashed at %#zx while it held a lock", binding->interface,
                    (size_t)landing->fault_pc);
    u32 open = GATE_OPEN;
    atomic_fetch_add_relaxed(&binding->statistics.faults, 1ull);
    bool first = atomic_cas_acq_rel(&binding->state, &open, (u32)GATE_FAILED);
    if (first && gate_hooks.failed != NULL)
        gate_hooks.failed(binding, landing);
    return HELIX_E_MODULE_FAULT;
}

helix_status gate_refusal(struct gate_binding *binding)
{
    return atomic_load_acquire(&binding->state) == GATE_UNBOUND ? HELIX_E_NODEV : HELIX_E_AGAIN;
}

helix_status gate_recover(struct gate_binding *binding)
{
    if (gate_hooks.recover == NULL)
        helix_panic("%s: the module crashed and nobody can replace it", binding->interface);
    return gate_hooks.recover(binding);
}
