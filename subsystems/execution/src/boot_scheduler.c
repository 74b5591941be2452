/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * A kernel without the module framework, or before it: when nobody has bound a scheduler by the end
 * of the scheduler's steps, the one that helix.toml names is started from the image and bound
 * directly.
 */
#include <helix/abi/settings.h>
#include <helix/execution/stop.h>
#include <helix/init/init.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/profile.h>

#include "cpu.h"

extern const struct helix_module *const __start_helix_modules[];
extern const struct helix_module *const __stop_helix_modules[];

static struct helix_context boot_context; // the module may keep it

static const char *config_or(const struct helix_context *context, const char *key,
                             const char *fallback)
{
    for (const struct helix_setting *s = helix_settings; s->module != NULL; s++) {
        if (strcmp(s->module, context->module->name) == 0 && strcmp(s->key, key) == 0)
            return s->value;
    }
    return fallback;
}

static const void *no_table(const struct helix_context *context, const char *name, u32 version)
{
    (void)context;
    (void)name;
    (void)version;
    return NULL; // the framework's, and it is not here
}

static const struct helix_module *record_find(const char *name)
{
    for (const struct helix_module *const *at = __start_helix_modules; at < __stop_helix_modules;
         at++) {
        if (strcmp((*at)->name, name) == 0)
            return *at;
    }
    return NULL;
}

static const struct helix_ops_header *scheduler_table(const struct helix_module *record)
{
    for (unsigned i = 0; record->ops != NULL && record->ops[i] != NULL; i++) {
        if (strcmp(record->ops[i]->interface, HELIX_SCHEDULER) == 0)
            return record->ops[i];
    }
    return NULL;
}

/* One CPU, interrupts off: nothing has to stand still. */
static helix_status bind(const struct helix_module *record, const struct helix_ops_header *ops)
{
    struct gate_provider provider = {.ops = ops, .self = kzalloc(record->self_size)};
    if (provider.self == NULL)
        return HELIX_E_NOMEM;
    boot_context = (struct helix_context){
        .module = record,
        .config_or = config_or,
        .table = no_table,
    };
    helix_status st = record->init(provider.self, &boot_context);
    if (st == HELIX_OK)
        st = scheduler_gate.transfer->carry(&scheduler_gate, &provider, NULL);
    if (st == HELIX_OK)
        st = record->start(provider.self);
    if (st == HELIX_OK)
        gate_bind(&scheduler_gate, ops, provider.self, NULL, provider.slot);
    else
        kfree(provider.self);
    return st;
}

static helix_status boot_scheduler_start(void)
{
    if (scheduler_gate.state != GATE_UNBOUND)
        return HELIX_OK;
    const struct helix_module *record = record_find(HELIX_SCHEDULER_MODULE);
    if (record == NULL)
        return HELIX_E_NODEV;
    const struct helix_ops_header *ops = scheduler_table(record);
    if (ops == NULL)
        return HELIX_E_MODULE_INTERFACE;
    return bind(record, ops);
}
INIT_STEP(scheduler, standby, .run = boot_scheduler_start,
          .after = HELIX_INIT_NAMES("scheduler.execution", "scheduler.modules"));
