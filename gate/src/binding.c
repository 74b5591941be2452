/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The list of bindings, and the moves a replacement makes. */
#include <helix/gate/gate.h>
#include <helix/hal/time.h>
#include <helix/lib/assert.h>
#include <helix/lib/atomic.h>
#include <helix/lib/string.h>

#include "hooks.h"

static struct spinlock list_lock = SPINLOCK_INIT(LOCK_RANK_MODULE_REGISTRY);
static struct gate_binding *bindings HELIX_GUARDED_BY(&list_lock);

struct gate_hooks gate_hooks;

void gate_set_hooks(const struct gate_hooks *hooks)
{
    if (hooks->failed != NULL)
        gate_hooks.failed = hooks->failed;
    if (hooks->wait_open != NULL)
        gate_hooks.wait_open = hooks->wait_open;
    if (hooks->wake != NULL)
        gate_hooks.wake = hooks->wake;
    if (hooks->wait_idle != NULL)
        gate_hooks.wait_idle = hooks->wait_idle;
    if (hooks->recover != NULL)
        gate_hooks.recover = hooks->recover;
}

void gate_define(struct gate_binding *binding, const char *interface, const char *instance,
                 enum gate_kind kind, const struct gate_transfer *transfer)
{
    binding->interface = interface;
    binding->kind = kind;
    binding->transfer = transfer;
    strlcpy(binding->instance, instance, sizeof binding->instance);
    gate_register(binding);
}

void gate_register(struct gate_binding *binding)
{
    struct irq_key key = spin_lock_irq(&list_lock);
    struct gate_binding **end = &bindings;
    while (*end != NULL) {
        helix_assert(*end != binding);
        end = &(*end)->next;
    }
    binding->next = NULL;
    *end = binding;
    spin_unlock_irq(&list_lock, key);
}

helix_status gate_unregister(struct gate_binding *binding)
{
    if (atomic_load_acquire(&binding->state) != GATE_UNBOUND || !gate_idle(binding))
        return HELIX_E_BUSY;
    struct irq_key key = spin_lock_irq(&list_lock);
    for (struct gate_binding **at = &bindings; *at != NULL; at = &(*at)->next) {
        if (*at == binding) {
            *at = binding->next;
            break;
        }
    }
    spin_unlock_irq(&list_lock, key);
    return HELIX_OK;
}

struct gate_binding *gate_find(const char *interface, const char *instance)
{
    struct irq_key key = spin_lock_irq(&list_lock);
    struct gate_binding *found = bindings;
    while (found != NULL &&
           (strcmp(found->interface, interface) != 0 || strcmp(found->instance, instance) != 0))
        found = found->next;
    spin_unlock_irq(&list_lock, key);
    return found;
}

void gate_for_each(void (*visit)(struct gate_binding *binding, void *context), void *context)
{
    struct irq_key key = spin_lock_irq(&list_lock);
    for (struct gate_binding *b = bindings; b != NULL; b = b->next)
        visit(b, context);
    spin_unlock_irq(&list_lock, key);
}

void gate_bind(struct gate_binding *binding, const struct helix_ops_header *ops, void *self,
               void *module, u32 slot)
{
    helix_assert(atomic_load_relaxed(&binding->state) == GATE_UNBOUND);
    gate_commit(binding, ops, self, module, slot);
    gate_open(binding);
}

void gate_unbind(struct gate_binding *binding)
{
    helix_assert(atomic_load_relaxed(&binding->state) == GATE_CLOSED);
    binding->ops = NULL;
    binding->self = NULL;
    binding->module = NULL;
    atomic_store_release(&binding->state, (u32)GATE_UNBOUND);
    if (gate_hooks.wake != NULL)
        gate_hooks.wake(binding);
}

/*
 * Left is summed before entered: a caller that slips in between makes the sums differ, never meet
 * too early. Equal sums therefore mean that at one moment nobody was inside, and after closing
 * nobody comes any more.
 */
bool gate_idle(const struct gate_binding *binding)
{
    u64 left = 0;
    u64 entered = 0;
    for (unsigned cpu = 0; cpu < HELIX_MAX_CPUS; cpu++)
        left += atomic_load_seq(&binding->counters[cpu].left);
    for (unsigned cpu = 0; cpu < HELIX_MAX_CPUS; cpu++)
        entered += atomic_load_seq(&binding->counters[cpu].entered);
    return left == entered;
}

static helix_status wait_idle(struct gate_binding *binding, nanos deadline)
{
    if (gate_hooks.wait_idle != NULL)
        return gate_hooks.wait_idle(binding, deadline);
    while (!gate_idle(binding)) {
        if (hal_clock_now() >= deadline)
            return HELIX_E_TIMEOUT;
        hal_cpu_relax();
    }
    return HELIX_OK;
}

helix_status gate_close(struct gate_binding *binding, nanos deadline)
{
    u32 was = atomic_load_relaxed(&binding->state);
    do {
        if (was == GATE_UNBOUND)
            return HELIX_E_NODEV;
        if (was == GATE_CLOSED)
            return HELIX_E_BUSY;
    } while (!atomic_cas_acq_rel(&binding->state, &was, (u32)GATE_CLOSED));
    if (binding->kind == GATE_STOP)
        return HELIX_OK;
    atomic_fence_seq();
    if (wait_idle(binding, deadline) == HELIX_OK)
        return HELIX_OK;
    // What it was: a failed gate stays closed to callers until somebody takes its place.
    atomic_store_release(&binding->state, was);
    if (gate_hooks.wake != NULL)
        gate_hooks.wake(binding);
    return HELIX_E_BUSY;
}

void gate_commit(struct gate_binding *binding, const struct helix_ops_header *ops, void *self,
                 void *module, u32 slot)
{
    binding->ops = ops;
    binding->self = self;
    binding->module = module;
    binding->slot = slot;
    atomic_store_relaxed(&binding->generation, binding->generation + 1);
}

void gate_open(struct gate_binding *binding)
{
    helix_assert(binding->ops != NULL);
    atomic_store_release(&binding->state, (u32)GATE_OPEN);
    if (gate_hooks.wake != NULL)
        gate_hooks.wake(binding);
}
