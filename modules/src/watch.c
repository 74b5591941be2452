/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Changing who stands behind a binding: first provider, swap with trial, acceptance, rollback,
 * restart. */
#include "watch.h"

#include <helix/hal/time.h>
#include <helix/init/init.h>
#include <helix/lib/assert.h>
#include <helix/lib/atomic.h>
#include <helix/lib/log.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#include "traits.h"

/* How long callers may take to leave, and CPUs to come to a safe point: those of an emulator may
 * stand still for long. */
#define CALLER_PATIENCE (2 * NANOS_PER_SECOND)
#define CPU_PATIENCE    (10 * NANOS_PER_SECOND)
#define TRIAL_NS        (2 * NANOS_PER_SECOND)
#define SAVE_ATTEMPTS   4

static struct watch *watches;
static u64 last_serial;

struct watch *watch_first(void)
{
    return atomic_load_acquire(&watches);
}

struct watch *watch_of(const struct gate_binding *binding)
{
    struct watch *w = watch_first();
    while (w != NULL && w->binding != binding)
        w = w->next;
    return w;
}

struct watch *watch_make(struct gate_binding *binding)
{
    struct watch *watch = watch_of(binding);
    if (watch != NULL)
        return watch;
    watch = kzalloc(sizeof *watch);
    if (watch == NULL)
        return NULL;
    watch->binding = binding;
    watch->next = watches;
    atomic_store_release(&watches, watch);
    return watch;
}

static void describe(const struct watch *watch, const struct hotreload_change *change,
                     helix_status st, struct module_result *result)
{
    char name[NAME_BYTES];
    const char *module = change->next->record->name;
    binding_name(watch->binding, name, sizeof name);
    if (change->reached == HOTRELOAD_QUIESCE && st == HELIX_E_AGAIN)
        result_set(result, st, "%s: the module in charge crashed meanwhile", name);
    else if (change->reached == HOTRELOAD_QUIESCE && watch->binding->kind == GATE_STOP)
        result_set(result, st, "%s: CPU %u did not come to a safe point", name, change->blocker);
    else if (change->reached == HOTRELOAD_QUIESCE)
        result_set(result, st, "%s: callers are still inside", name);
    else if (change->faulted)
        result_set(result, st, "%s crashed in %s",
                   change->reached == HOTRELOAD_SAVE ? change->old->record->name : module,
                   hotreload_step_name(change->reached));
    else
        result_set(result, st, "%s failed in %s: %s", module, hotreload_step_name(change->reached),
                   helix_status_text(st));
}

helix_status watch_attach(struct gate_binding *binding, struct instance *instance,
                          struct module_result *result)
{
    struct helix_state_writer none = {0};
    struct watch *watch = watch_make(binding);
    if (watch == NULL) {
        result_set(result, HELIX_E_NOMEM, "out of memory");
        return HELIX_E_NOMEM;
    }
    struct hotreload_party next = instance_party(instance, binding->interface);
    struct hotreload_change change = {.binding = binding, .next = &next, .state = &none};
    // Entered before, because from the opening on a crash looks here.
    binding_enter(binding, instance);
    helix_status st = hotreload_apply(&change);
    if (st != HELIX_OK) {
        binding_leave(binding, instance);
        describe(watch, &change, st, result);
        return st;
    }
    atomic_store_release(&instance->state, (u32)INSTANCE_RUNNING);
    return HELIX_OK;
}

/* ---- State
 * --------------------------------------------------------------------------------------------------------
 */

/* The bound is asked while everything runs: leave room for what comes until the gate closes. */
static size_t state_room(struct instance *old)
{
    size_t volatile bound = 0;
    const struct helix_module *record = old->module->record;
    if (record->state_bound == NULL)
        return 0;
    if (INSTANCE_CALL(old, bound = record->state_bound(old->self)) != HELIX_OK)
        return 0;
    return bound + bound / 4 + PAGE_SIZE;
}

static bool state_alloc(struct helix_state_writer *writer, size_t bytes)
{
    *writer = (struct helix_state_writer){.capacity = bytes};
    if (bytes > 0)
        writer->data = kmalloc(bytes);
    return bytes == 0 || writer->data != NULL;
}

static void saved_set(struct watch *watch, const struct saved_state *saved)
{
    struct irq_key key = hal_irq_save();
    watch->saved = *saved;
    hal_irq_restore(key);
}

/* ---- Swapping
 * ------------------------------------------------------------------------------------------------------
 */

static u64 calls_of(const struct gate_binding *binding)
{
    u64 calls = 0;
    for (unsigned cpu = 0; cpu < HELIX_MAX_CPUS; cpu++)
        calls += atomic_load_relaxed(&binding->counters[cpu].calls);
    return calls;
}

static void set_trial_end(struct watch *watch)
{
    u64 ms;
    u64 calls;
    nanos length = init_option_number("helix.trial_ms", &ms) ? ms * NANOS_PER_MS : TRIAL_NS;
    watch->trial_end = hal_clock_now() + length;
    watch->trial_calls =
        calls_of(watch->binding) + (init_option_number("helix.trial_calls", &calls) ? calls : 0);
}

/* Somebody who can take over when the new one crashes the moment the gate opens: the old module
 * afresh. */
static helix_status secure(struct watch *watch, struct module *old)
{
    if (watch->binding->kind != GATE_STOP)
        return HELIX_OK;
    for (unsigned i = 0; i < watch->standby_count; i++) {
        if (watch->standbys[i]->instance->module == old) {
            struct standby *keep = watch->standbys[i];
            keep->with_state = true;
            watch_set_standby(watch, keep);
            return HELIX_OK;
        }
    }
    struct standby *standby;
    helix_status st = standby_make(watch, old, &standby);
    if (st != HELIX_OK)
        return st;
    standby->with_state = true;
    watch_set_standby(watch, standby);
    return HELIX_OK;
}

static helix_status apply(struct watch *watch, const struct watch_change *args,
                          struct hotreload_change *change)
{
    struct instance *old = watch_current(watch);
    size_t room = args->source == WATCH_ASK_OLD ? state_room(old) : 0;
    for (unsigned attempt = 0;; attempt++, room *= 2) {
        struct saved_state before = watch->saved;
        struct saved_state fresh = {.version = old->module->record->state_version};
        strlcpy(fresh.module, old->module->record->name, sizeof fresh.module);
        if (args->source == WATCH_ASK_OLD) {
            if (!state_alloc(&fresh.writer, room))
                return HELIX_E_NOMEM;
            saved_set(watch, &fresh);
        }
        helix_status st = hotreload_apply(change);
        if (st == HELIX_OK && args->source == WATCH_ASK_OLD) {
            kfree(before.writer.data);
            return st;
        }
        if (args->source != WATCH_ASK_OLD)
            return st;
        saved_set(watch, &before);
        kfree(fresh.writer.data);
        bool too_small = change->reached == HOTRELOAD_SAVE && st == HELIX_E_RANGE;
        if (!too_small || attempt == SAVE_ATTEMPTS)
            return st;
    }
}

/*
 * The new one may have crashed already, and a standby be in charge: then there is no trial. Looked
 * at and noted with interrupts off, so that a recovery comes before or after.
 */
static void settle(struct watch *watch, struct instance *old, const struct watch_change *args)
{
    set_trial_end(watch);
    struct irq_key key = hal_irq_save();
    bool in_charge = watch_current(watch) == args->next;
    bool trial = args->trial && in_charge;
    if (in_charge)
        args->next->state = INSTANCE_RUNNING;
    watch->previous = trial ? old : NULL;
    binding_leave(watch->binding, old);
    hal_irq_restore(key);
    watch->swap_serial = ++last_serial;
    watch->next_health = 0;
    if (!trial)
        instance_doom(old);
}

helix_status watch_swap(struct watch *watch, const struct watch_change *args,
                        struct module_result *result)
{
    watch_finish_used(watch);
    struct instance *old = watch_current(watch);
    struct hotreload_party from = instance_party(old, watch->binding->interface);
    struct hotreload_party to = instance_party(args->next, watch->binding->interface);
    bool saved = args->source == WATCH_TAKE_SAVED && watch->saved.writer.bytes > 0;
    struct helix_state_writer none = {0};
    struct hotreload_change change = {
        .binding = watch->binding,
        .old = args->source == WATCH_ASK_OLD ? &from : NULL,
        .next = &to,
        .expected = old,
        .state = args->source == WATCH_ASK_OLD || saved ? &watch->saved.writer : &none,
        .state_module = saved ? watch->saved.module : NULL,
        .state_version = watch->saved.version,
        .patience = watch->binding->kind == GATE_STOP ? CPU_PATIENCE : CALLER_PATIENCE,
    };
    watch_accept(watch);
    helix_status st = args->trial ? secure(watch, old->module) : HELIX_OK;
    if (st != HELIX_OK) {
        result_set(result, st, "no standby for %s: %s", old->module->record->name,
                   helix_status_text(st));
        return st;
    }
    binding_enter(watch->binding, args->next);
    st = apply(watch, args, &change);
    result->pause = change.pause;
    result->instructions = change.instructions;
    if (st != HELIX_OK) {
        binding_leave(watch->binding, args->next);
        // What was saved for this attempt is gone: a standby starts without.
        for (unsigned i = 0; i < watch->standby_count; i++)
            watch->standbys[i]->with_state = false;
        describe(watch, &change, st, result);
        return st;
    }
    settle(watch, old, args);
    watch_kick();
    return HELIX_OK;
}

void watch_accept(struct watch *watch)
{
    struct irq_key key = hal_irq_save();
    struct instance *old = watch->previous;
    watch->previous = NULL;
    hal_irq_restore(key);
    if (old != NULL)
        instance_doom(old);
}

helix_status watch_restart(struct watch *watch, struct module *module, enum watch_source source,
                           struct module_result *result)
{
    struct instance *next;
    helix_status st = instance_create(module, watch->binding->slot ^ 1u, &next);
    if (st != HELIX_OK) {
        result_set(result, st, "%s failed in init: %s", module->record->name,
                   helix_status_text(st));
        return st;
    }
    struct watch_change args = {.next = next, .source = source};
    st = watch_swap(watch, &args, result);
    if (st != HELIX_OK && st != HELIX_E_AGAIN && source == WATCH_TAKE_SAVED) {
        // State that cannot be read is no reason to stay without a module.
        args.source = WATCH_NO_STATE;
        st = watch_swap(watch, &args, result);
    }
    if (st != HELIX_OK)
        instance_doom(next);
    return st;
}

helix_status watch_rollback(struct watch *watch, enum watch_source source,
                            struct module_result *result)
{
    if (watch->previous == NULL) {
        char name[NAME_BYTES];
        binding_name(watch->binding, name, sizeof name);
        result_set(result, HELIX_E_STATE, "%s: no swap is in its trial", name);
        return HELIX_E_STATE;
    }
    return watch_restart(watch, watch->previous->module, source, result);
}

struct module *watch_other(const struct watch *watch, const struct module *but)
{
    for (struct module *m = registry_next(NULL); m != NULL; m = registry_next(m)) {
        const struct helix_ops_header *ops = record_ops(m->record, watch->binding->interface);
        if (m != but && !m->superseded && ops != NULL &&
            binding_for(ops, m->record) == watch->binding)
            return m;
    }
    return NULL;
}
