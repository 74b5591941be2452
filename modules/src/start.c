/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The framework at boot: static records are registered and checked, the allocators that memory
 * started are taken over, the scheduler is bound in phase core, everything else in late and
 * runtime, in the order that the names ask for.
 */
#include <helix/abi/scheduler.h>
#include <helix/init/init.h>
#include <helix/ipc/bus.h>
#include <helix/lib/assert.h>
#include <helix/lib/format.h>
#include <helix/lib/log.h>
#include <helix/lib/string.h>
#include <helix/memory/frame.h>
#include <helix/memory/heap.h>
#include <helix/profile.h>

#include "events.h"
#include "load.h"
#include "resolver.h"
#include "watch.h"

extern const struct helix_module *const __start_helix_modules[];
extern const struct helix_module *const __stop_helix_modules[];

static helix_status register_static(void)
{
    char reason[160];
    for (const struct helix_module *const *p = __start_helix_modules; p != __stop_helix_modules;
         p++) {
        helix_status st = record_check(*p, reason, sizeof reason);
        if (st != HELIX_OK) {
            log_error("modules", "static module %s: %s", (*p)->name, reason);
            return st;
        }
        if (registry_add(*p, NULL) == NULL)
            return HELIX_E_NOMEM;
    }
    return HELIX_OK;
}

/* An allocator that memory started: an instance is made around it, in place. */
static helix_status adopt_provider(const struct memory_boot_provider *provider)
{
    struct module *module = registry_find(provider->record->name);
    struct instance *instance = kzalloc(sizeof *instance);
    const char *unknown;
    if (module == NULL || instance == NULL || watch_make(provider->binding) == NULL)
        return HELIX_E_NOMEM;
    instance->module = module;
    instance->self = provider->self;
    instance->self_in_place = true;
    instance->state = INSTANCE_RUNNING;
    ledger_init(&instance->ledger);
    context_init(instance, 0);
    helix_status st = authority_grant(&instance->authorities, NULL, &unknown);
    if (st != HELIX_OK)
        return st;
    *provider->context = instance->context;
    registry_link_instance(instance);
    binding_enter(provider->binding, instance);
    provider->binding->module = instance;
    provider->binding->slot = 0;
    return HELIX_OK;
}

static helix_status adopt_allocators(void)
{
    for (unsigned i = 0; i < MEMORY_BOOT_PROVIDERS; i++) {
        const struct memory_boot_provider *provider = memory_boot_provider(i);
        if (provider == NULL)
            continue;
        helix_status st = adopt_provider(provider);
        if (st != HELIX_OK)
            return st;
    }
    return HELIX_OK;
}

static helix_status start_framework(void)
{
    ledger_start();
    watch_start();
    image_start();
    helix_status st = register_static();
    return st == HELIX_OK ? adopt_allocators() : st;
}
INIT_STEP(memory, modules, .run = start_framework, .after = HELIX_INIT_NAMES("memory.heap"));

/* The profile's choice, or `helix.scheduler=` of the command line. */
static helix_status bind_scheduler(void)
{
    struct module_result result = {0};
    struct instance *instance;
    const char *name = init_option("helix.scheduler");
    struct module *module = registry_find(name != NULL ? name : HELIX_SCHEDULER_MODULE);
    struct gate_binding *binding = gate_find(HELIX_SCHEDULER, "");
    if (module == NULL || binding == NULL) {
        log_error("modules", "scheduler %s is not in the image",
                  name != NULL ? name : HELIX_SCHEDULER_MODULE);
        return HELIX_E_NODEV;
    }
    helix_status st = instance_create(module, 0, &instance);
    if (st == HELIX_OK)
        st = watch_attach(binding, instance, &result);
    if (st != HELIX_OK)
        log_error("modules", "scheduler %s: %s", module->record->name, result.reason);
    return st;
}
INIT_STEP(scheduler, modules, .run = bind_scheduler,
          .after = HELIX_INIT_NAMES("scheduler.execution"));

/* ---- The rest
 * ----------------------------------------------------------------------------------------------------------
 */

enum start_phase {
    START_DRIVERS,
    START_FILESYSTEMS,
    START_RUNTIME,
    START_EARLIER, // memory and scheduler
};

static enum start_phase phase_of(const struct helix_module *record)
{
    if (record_ops(record, "helix.allocator.frame") != NULL ||
        record_ops(record, "helix.allocator.heap") != NULL ||
        record_ops(record, HELIX_SCHEDULER) != NULL)
        return START_EARLIER;
    if (record_ops(record, "helix.filesystem") != NULL)
        return START_FILESYSTEMS;
    if (record->ops != NULL || (record->flags & HELIX_FLAG_DRIVER) != 0)
        return START_DRIVERS;
    return START_RUNTIME;
}

static void activate(struct module *module)
{
    struct module_result result = {0};
    if (module_activate(module, &result) != HELIX_OK)
        log_error("modules", "%s", result.reason);
}

/* A module whose names do not resolve stays registered and down; the others start. */
static helix_status start_phase(enum start_phase phase)
{
    const struct helix_module *records[RESOLVER_MOST];
    struct module *modules[RESOLVER_MOST];
    u32 priority[RESOLVER_MOST];
    u8 order[RESOLVER_MOST];
    char reason[160];
    unsigned count = 0;
    modules_lock();
    for (struct module *m = registry_next(NULL); m != NULL && count < RESOLVER_MOST;
         m = registry_next(m)) {
        records[count] = m->record;
        modules[count] = m;
        priority[count++] = phase_of(m->record);
    }
    helix_status st = resolver_order(records, priority, count, NULL, order, reason, sizeof reason);
    if (st != HELIX_OK)
        log_error("modules", "%s: modules start in the order of the image", reason);
    for (unsigned i = 0; i < count; i++) {
        struct module *module = modules[st == HELIX_OK ? order[i] : i];
        if (phase_of(module->record) == phase)
            activate(module);
    }
    modules_unlock();
    return HELIX_OK;
}

static helix_status start_drivers(void)
{
    return start_phase(START_DRIVERS);
}
INIT_STEP(drivers, modules, .run = start_drivers);

static helix_status start_filesystems(void)
{
    return start_phase(START_FILESYSTEMS);
}
INIT_STEP(filesystem, modules, .run = start_filesystems,
          .after = HELIX_INIT_NAMES("filesystem.types"));

static enum helix_event_response pass_to_modules(const struct helix_event *event, void *context)
{
    (void)context;
    return events_dispatch(event) > 0 ? HELIX_EVENT_HANDLED : HELIX_EVENT_IGNORED;
}

static helix_status start_events(void)
{
    static struct bus_subscriber subscribers[HELIX_EVENT_CUSTOM + 1];
    for (unsigned kind = 0; kind <= HELIX_EVENT_CUSTOM; kind++) {
        subscribers[kind] = (struct bus_subscriber){
            .kind = (enum helix_event_kind)kind, .priority = 128, .handle = pass_to_modules};
        bus_subscribe(&subscribers[kind]);
    }
    return HELIX_OK;
}
INIT_STEP(ipc, modules, .run = start_events, .after = HELIX_INIT_NAMES("ipc.bus"));

void modules_publish(const struct helix_event *event)
{
    bus_publish(event);
}

static helix_status start_runtime(void)
{
    helix_status st = start_phase(START_RUNTIME);
    return st == HELIX_OK ? watch_start_thread() : st;
}

/* Before anything goes down: modules hear of it while everything still works. */
static void tell_of_shutdown(void)
{
    static const struct helix_event going_down = {.kind = HELIX_EVENT_SHUTDOWN};
    bus_publish(&going_down);
}
INIT_STEP(userland, modules, .run = start_runtime, .shutdown = tell_of_shutdown);

/* Seed 002: after every module is there. */
static helix_status run_onloads(void)
{
    modules_lock();
    for (struct instance *i = instance_next(NULL); i != NULL; i = instance_next(i)) {
        if (i->binding_count > 0 || i->module->record->ops == NULL)
            module_run_onload(i);
    }
    modules_unlock();
    return HELIX_OK;
}
INIT_STEP(userland, onload, .run = run_onloads, .after = HELIX_INIT_NAMES("userland.modules"));
