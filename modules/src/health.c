/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Health as others ask for it, and the fault that is made on purpose. */
#include <helix/execution/stop.h>
#include <helix/hal/time.h>
#include <helix/lib/atomic.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#include "traits.h"
#include "watch.h"

const char *module_health_name(enum module_health_state state)
{
    static const char *const names[] = {"HEALTHY", "DEGRADED", "UNRESPONSIVE", "CRASHED",
                                        "RECOVERING"};
    return state < array_count(names) ? names[state] : "?";
}

static struct watch *watch_serving(const struct instance *instance)
{
    return instance->binding_count > 0 ? watch_of(instance->bindings[0]) : NULL;
}

static enum module_health_state state_of(const struct instance *instance, const struct watch *watch)
{
    if (watch != NULL && atomic_load_acquire(&watch->binding->state) == GATE_FAILED)
        return MODULE_RECOVERING;
    if (atomic_load_acquire(&instance->state) == INSTANCE_CRASHED)
        return MODULE_CRASHED;
    if (watch != NULL && atomic_load_acquire(&watch->binding->state) == GATE_CLOSED)
        return MODULE_UNRESPONSIVE;
    u32 restarts = watch != NULL ? watch->restarts : instance->restarts;
    return restarts > 0 || (watch != NULL && watch->previous != NULL) ? MODULE_DEGRADED
                                                                      : MODULE_HEALTHY;
}

static void fill(const struct instance *instance, struct module_health *health)
{
    const struct watch *watch = watch_serving(instance);
    *health = (struct module_health){
        .state = state_of(instance, watch),
        .restarts = watch != NULL ? watch->restarts : instance->restarts,
        .faults = watch != NULL ? watch->binding->statistics.faults : instance->restarts,
        .last_recovery = watch != NULL ? watch->last_recovery : 0,
    };
    strlcpy(health->module, instance->module->record->name, sizeof health->module);
}

/* Those that do something: in charge somewhere, or running on their own. */
static bool is_shown(const struct instance *instance)
{
    return !instance->doomed &&
           (instance->binding_count > 0 || instance->module->record->ops == NULL);
}

bool modules_health(unsigned index, struct module_health *health_out)
{
    bool found = false;
    modules_lock();
    for (struct instance *i = instance_next(NULL); i != NULL && !found; i = instance_next(i)) {
        if (is_shown(i) && index-- == 0) {
            fill(i, health_out);
            found = true;
        }
    }
    modules_unlock();
    return found;
}

static struct instance *shown_by_name(const char *name, struct module_result *result)
{
    *result = (struct module_result){0};
    for (struct instance *i = instance_next(NULL); i != NULL; i = instance_next(i)) {
        if (is_shown(i) && name_same_module(i->module->record->name, name))
            return i;
    }
    result_set(result, HELIX_E_NOENT, "module %s is not running", name);
    return NULL;
}

void modules_health_check(const char *name, struct module_health *health_out,
                          struct module_result *result)
{
    modules_lock();
    struct instance *instance = shown_by_name(name, result);
    if (instance != NULL) {
        if (!instance_healthy(instance))
            result_set(result, HELIX_E_MODULE_UNHEALTHY, "%s reports itself unhealthy", name);
        fill(instance, health_out);
    }
    modules_unlock();
}

void modules_restart(const char *name, struct module_result *result)
{
    modules_lock();
    struct instance *instance = shown_by_name(name, result);
    struct watch *watch = instance != NULL ? watch_serving(instance) : NULL;
    if (watch != NULL) {
        helix_ignore(
            watch_restart(watch, instance->module, WATCH_TAKE_SAVED, result)); // in the result
    } else if (instance != NULL) {
        atomic_store_release(&instance->state, (u32)INSTANCE_CRASHED);
        watch_tend();
    }
    watch_sweep();
    modules_unlock();
}

/* ---- A crash on purpose
 * --------------------------------------------------------------------------------------------- */

static void crash_now(void)
{
    *(volatile u32 *)8 = 0;
}

struct injection {
    struct gate_binding *binding;
    const struct helix_ops_header *ops;
};

static void inject_stopped(void *context)
{
    struct injection *injection = context;
    struct gate_binding *binding = injection->binding;
    if (binding->state == GATE_OPEN)
        binding->ops = injection->ops;
}

/* A copy of the table whose every function faults. It is never freed: a CPU may be about to read
 * it; there are few. */
static const struct helix_ops_header *crashing_table(const struct helix_ops_header *ops)
{
    const struct interface_traits *traits = traits_find(ops->interface);
    struct helix_ops_header *copy = kmalloc(ops->size);
    if (copy == NULL)
        return NULL;
    memcpy(copy, ops, ops->size);
    for (u32 at = traits->first_slot; at < ops->size; at += (u32)sizeof(void *)) {
        void (*function)(void) = crash_now;
        memcpy((char *)copy + at, &function, sizeof function);
    }
    return copy;
}

void modules_inject_fault(const char *name, struct module_result *result)
{
    u32 culprit;
    modules_lock();
    struct instance *instance = shown_by_name(name, result);
    struct watch *watch = instance != NULL ? watch_serving(instance) : NULL;
    if (instance != NULL && (watch == NULL || watch->binding->kind != GATE_STOP)) {
        result_set(result, HELIX_E_NOTSUP, "%s is not behind a stop gate", name);
    } else if (watch != NULL) {
        watch_tend(); // a standby must be there
        struct injection injection = {.binding = watch->binding,
                                      .ops = crashing_table(watch->binding->ops)};
        helix_status st = injection.ops != NULL
                              ? stop_world(inject_stopped, &injection,
                                           hal_clock_now() + NANOS_PER_SECOND, &culprit)
                              : HELIX_E_NOMEM;
        if (st != HELIX_OK)
            result_set(result, st, "%s", helix_status_text(st));
    }
    modules_unlock();
}

/* ---- Counts
 * ----------------------------------------------------------------------------------------------------------
 */

static void count_module(struct module *module, void *context)
{
    struct modules_counts *counts = context;
    counts->modules += !module->superseded;
}

static void count_binding(struct gate_binding *binding, void *context)
{
    struct modules_counts *counts = context;
    counts->interfaces++;
    counts->swaps += binding->statistics.swaps;
    counts->failures += binding->statistics.failures;
}

void modules_counts(struct modules_counts *counts_out)
{
    *counts_out = (struct modules_counts){0};
    registry_for_each(count_module, counts_out);
    gate_for_each(count_binding, counts_out);
}
