/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The life of one state block: init, start, stop, gone. */
#include <helix/execution/thread.h>
#include <helix/execution/wait.h>
#include <helix/hal/mmu.h>
#include <helix/hal/time.h>
#include <helix/hal/trap.h>
#include <helix/lib/assert.h>
#include <helix/lib/atomic.h>
#include <helix/lib/log.h>
#include <helix/lib/parse.h>
#include <helix/lib/string.h>
#include <helix/memory/frame.h>
#include <helix/memory/heap.h>

#include "framework.h"

/* How long to wait for calls that are inside before giving up. */
#define DRAIN_PATIENCE (2 * NANOS_PER_SECOND)

static unsigned order_for(size_t bytes)
{
    return bytes <= PAGE_SIZE ? 0 : log2_ceil(div_round_up(bytes, PAGE_SIZE));
}

/* Whole frames: aligned, in the direct map, and nobody else's data on the same line. */
static void *self_alloc(size_t bytes)
{
    paddr frame;
    if (frame_alloc(order_for(bytes), FRAME_ZEROED, &frame) != HELIX_OK)
        return NULL;
    return phys_to_virt(frame);
}

static void self_free(void *self, size_t bytes)
{
    frame_free(virt_to_phys(self), order_for(bytes));
}

/* The setting limit_memory_kb bounds what the instance may hold besides its state block. */
static void set_limits(struct instance *instance)
{
    u64 kb;
    const char *text = instance->context.config_or(&instance->context, "limit_memory_kb", NULL);
    if (text != NULL && parse_u64(text, &kb) == HELIX_OK && kb < UINT64_MAX / 1024)
        ledger_limit(&instance->ledger, kb * 1024);
}

/* The setting may_use names what it may use of the kernel's (authority.h). */
static helix_status set_authorities(struct instance *instance)
{
    const char *bad = NULL;
    const char *may_use = instance->context.config_or(&instance->context, "may_use", NULL);
    helix_status st = authority_grant(&instance->authorities, may_use, &bad);
    if (bad != NULL)
        log_error("modules",
                  "%s: may_use has the unknown word %.16s; it takes memory, thread, irq, bus",
                  instance->module->record->name, bad);
    return st;
}

helix_status instance_create(struct module *module, u32 slot, struct instance **instance_out)
{
    helix_status volatile st = HELIX_E_NOMEM;
    struct instance *instance = kzalloc(sizeof *instance);
    if (instance == NULL)
        return HELIX_E_NOMEM;
    instance->module = module;
    instance->self = self_alloc(module->record->self_size);
    if (instance->self == NULL)
        goto free_instance;
    ledger_init(&instance->ledger);
    context_init(instance, slot);
    set_limits(instance);
    st = set_authorities(instance);
    if (st != HELIX_OK)
        goto free_self;
    registry_link_instance(instance);
    helix_status guarded =
        INSTANCE_CALL(instance, st = module->record->init(instance->self, &instance->context));
    if (guarded != HELIX_OK)
        st = guarded;
    if (st != HELIX_OK)
        goto unlink;
    instance->state = INSTANCE_READY;
    *instance_out = instance;
    return HELIX_OK;

unlink:
    ledger_reclaim(&instance->ledger);
    registry_unlink_instance(instance);
    module->instances--;
    authority_end(&instance->authorities);
free_self:
    self_free(instance->self, module->record->self_size);
free_instance:
    kfree(instance);
    return st;
}

helix_status instance_start(struct instance *instance)
{
    helix_status volatile st = HELIX_OK;
    helix_status guarded =
        INSTANCE_CALL(instance, st = instance->module->record->start(instance->self));
    if (guarded != HELIX_OK)
        return guarded;
    if (st == HELIX_OK)
        atomic_store_release(&instance->state, (u32)INSTANCE_RUNNING);
    return st;
}

void instance_stop(struct instance *instance)
{
    u32 state = atomic_exchange_acq_rel(&instance->state, (u32)INSTANCE_STOPPED);
    atomic_store_release(&instance->stopping, 1u);
    if (state == INSTANCE_CRASHED || state == INSTANCE_STOPPED)
        return;
    // stop gives all back; a crash in it leaves that to the ledger.
    helix_ignore(INSTANCE_CALL(instance, instance->module->record->stop(instance->self)));
    atomic_store_release(&instance->state, (u32)INSTANCE_STOPPED);
}

static helix_status drain(struct instance *instance)
{
    nanos deadline = hal_clock_now() + DRAIN_PATIENCE;
    while (atomic_load_acquire(&instance->inflight) > 0) {
        if (hal_clock_now() >= deadline)
            return HELIX_E_BUSY;
        helix_status st = sleep_until(hal_clock_now() + NANOS_PER_MS, WAIT_UNINTERRUPTIBLE);
        helix_ignore(st); // only a pause between two looks
    }
    return HELIX_OK;
}

helix_status instance_wind_up(struct instance *instance)
{
    instance_stop(instance);
    if (instance->binding_count > 0)
        return HELIX_E_BUSY;
    helix_status st = drain(instance);
    if (st != HELIX_OK)
        return st;
    ledger_reclaim(&instance->ledger);
    helix_assert(ledger_is_empty(&instance->ledger));
    registry_unlink_instance(instance);
    return HELIX_OK;
}

void instance_free(struct instance *instance)
{
    helix_assert(instance->module->instances > 0);
    instance->module->instances--;
    authority_end(&instance->authorities);
    if (!instance->self_in_place)
        self_free(instance->self, instance->module->record->self_size);
    kfree(instance);
}

/* ---- Calls outside gates
 * ------------------------------------------------------------------------------------------ */

bool instance_enter(struct instance *instance)
{
    atomic_fetch_add_acq_rel(&instance->inflight, 1u);
    if (atomic_load_seq(&instance->state) == INSTANCE_RUNNING)
        return true;
    instance_leave(instance);
    return false;
}

void instance_leave(struct instance *instance)
{
    atomic_fetch_sub_release(&instance->inflight, 1u);
}

void instance_account(struct instance *instance, nanos time)
{
    atomic_fetch_add_relaxed(&instance->time, time);
    atomic_fetch_add_relaxed(&instance->calls, 1ull);
}

void instance_crashed(struct instance *instance, const struct hal_landing *landing)
{
    const char *name = instance->module->record->name;
    if (landing->preempt_at_fault > landing->preempt)
        helix_panic("module %s crashed at %#zx while it held a lock", name,
                    (size_t)landing->fault_pc);
    atomic_store_release(&instance->state, (u32)INSTANCE_CRASHED);
    log_error("modules", "%s crashed at %#zx, address %#zx", name, (size_t)landing->fault_pc,
              (size_t)landing->fault.address.raw);
}

bool instance_healthy(struct instance *instance)
{
    bool volatile healthy = true;
    const struct helix_module *record = instance->module->record;
    if (atomic_load_acquire(&instance->state) == INSTANCE_CRASHED)
        return false;
    if (record->is_healthy == NULL || !instance_enter(instance))
        return true;
    helix_status st = INSTANCE_CALL(instance, healthy = record->is_healthy(instance->self));
    instance_leave(instance);
    return st == HELIX_OK && healthy;
}

struct hotreload_party instance_party(const struct instance *instance, const char *interface)
{
    return (struct hotreload_party){
        .record = instance->module->record,
        .ops = record_ops(instance->module->record, interface),
        .self = instance->self,
        .module = (void *)(uintptr_t)instance,
        .slot = instance->context.slot,
    };
}
