/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The lines of /proc/helix. The sinks do not sleep: the lists are read under their locks. */
#include <helix/init/init.h>
#include <helix/lib/atomic.h>
#include <helix/lib/format.h>
#include <helix/lib/string.h>
#include <helix/orchestrator/kernel.h>

#include "framework.h"
#include "resolver.h"
#include "watch.h"

HELIX_PRINTF(2, 3) static void put(const struct text_sink *sink, const char *format, ...)
{
    char line[256];
    va_list args;
    va_start(args, format);
    size_t n = lib_format_args(line, sizeof line, format, args);
    va_end(args);
    sink->write(sink->context, line, n < sizeof line ? n : sizeof line - 1);
}

/* ---- modules
 * -----------------------------------------------------------------------------------------------------
 */

struct module_sum {
    const struct module *module;
    u64 memory, time, calls;
    u32 running;
    bool in_charge, trial, crashed;
};

static void add_instance(struct instance *instance, void *context)
{
    struct module_sum *sum = context;
    if (instance->module != sum->module)
        return;
    u32 state = atomic_load_relaxed(&instance->state);
    sum->memory += instance->module->record->self_size + instance->ledger.bytes;
    sum->time += atomic_load_relaxed(&instance->time);
    sum->calls += atomic_load_relaxed(&instance->calls);
    sum->running += state == INSTANCE_RUNNING;
    sum->in_charge |= instance->binding_count > 0;
    sum->crashed |= state == INSTANCE_CRASHED;
    for (unsigned i = 0; i < instance->binding_count; i++) {
        const struct watch *watch = watch_of(instance->bindings[i]);
        sum->trial |= watch != NULL && watch->previous != NULL;
    }
}

static const char *state_name(const struct module_sum *sum)
{
    if (sum->trial && sum->in_charge)
        return "trial";
    if (sum->in_charge)
        return "active";
    if (sum->running > 0)
        return "running";
    return sum->crashed ? "crashed" : "loaded";
}

static void put_flags(const struct text_sink *sink, u32 flags)
{
    static const char *const names[] = {"ESSENTIAL", "HOT_RELOADABLE", "USERSPACE",
                                        "DRIVER",    "FILESYSTEM",     "SCHEDULER",
                                        "ALLOCATOR", "SECURITY",       "EXPERIMENTAL"};
    bool first = true;
    for (unsigned i = 0; i < array_count(names); i++) {
        if ((flags & 1u << i) == 0)
            continue;
        put(sink, "%s%s", first ? "" : ",", names[i]);
        first = false;
    }
    put(sink, "%s", first ? "- " : " ");
}

static void put_module(const struct text_sink *sink, const struct module *module)
{
    const struct helix_module *record = module->record;
    struct module_sum sum = {.module = module};
    instance_for_each(add_instance, &sum);
    if (module->image != NULL)
        sum.memory += image_bytes(module->image);
    put(sink, "%s %u.%u.%u %s %s ", record->name, HELIX_VERSION_MAJOR(record->version),
        HELIX_VERSION_MINOR(record->version), HELIX_VERSION_PATCH(record->version),
        state_name(&sum), module->image != NULL ? "dynamic" : "static");
    put_flags(sink, record->flags);
    put(sink, "%llu %llu", (unsigned long long)sum.memory,
        (unsigned long long)(sum.time / NANOS_PER_US));
    for (unsigned i = 0; record->provides != NULL && record->provides[i] != NULL; i++)
        put(sink, "%s%s", i == 0 ? " " : ",", record->provides[i]);
    put(sink, "%s\n", record->provides == NULL || record->provides[0] == NULL ? " -" : "");
}

void proc_write_modules(const struct text_sink *sink)
{
    // Records are stable under the change lock; a swap under way is short.
    modules_lock();
    for (struct module *m = registry_next(NULL); m != NULL; m = registry_next(m)) {
        if (!m->superseded)
            put_module(sink, m);
    }
    modules_unlock();
}

/* ---- interfaces
 * ---------------------------------------------------------------------------------------------------
 */

static void put_interface(struct gate_binding *binding, void *context)
{
    static const char *const states[] = {"unbound", "open", "closed", "failed"};
    const struct text_sink *sink = context;
    char name[NAME_BYTES];
    const struct instance *instance = binding->module;
    const char *separator = "";
    binding_name(binding, name, sizeof name);
    put(sink, "%s %s ", name, instance != NULL ? instance->module->record->name : "-");
    for (struct module *m = registry_next(NULL); m != NULL; m = registry_next(m)) {
        if (m->superseded || record_ops(m->record, binding->interface) == NULL ||
            (instance != NULL && instance->module == m))
            continue;
        put(sink, "%s%s", separator, m->record->name);
        separator = ",";
    }
    put(sink, "%s %s %s %u\n", *separator == '\0' ? "-" : "",
        binding->kind == GATE_STOP ? "stop" : "sleeping",
        states[atomic_load_relaxed(&binding->state) & 3], binding->generation);
}

void proc_write_interfaces(const struct text_sink *sink)
{
    modules_lock();
    gate_for_each(put_interface, (void *)(uintptr_t)sink);
    modules_unlock();
}

/* ---- init
 * ---------------------------------------------------------------------------------------------------------
 */

void proc_write_init(const struct text_sink *sink)
{
    struct init_report r;
    for (unsigned i = 0; init_report_get(i, &r); i++)
        put(sink, "%s %s %u %llu %s\n", r.name, init_phase_name(r.phase), r.priority,
            (unsigned long long)r.microseconds, init_result_name(r.result));
}

/* ---- swaps
 * --------------------------------------------------------------------------------------------------------
 */

static void put_swaps(struct gate_binding *binding, void *context)
{
    const struct text_sink *sink = context;
    struct gate_pauses pauses;
    char name[NAME_BYTES];
    binding_name(binding, name, sizeof name);
    gate_pauses(binding, &pauses);
    put(sink, "%s %llu %llu %llu %llu %llu %llu\n", name,
        (unsigned long long)binding->statistics.swaps,
        (unsigned long long)binding->statistics.failures, (unsigned long long)pauses.p50,
        (unsigned long long)pauses.p99, (unsigned long long)pauses.max,
        (unsigned long long)pauses.instructions_p99);
}

void proc_write_swaps(const struct text_sink *sink)
{
    gate_for_each(put_swaps, (void *)(uintptr_t)sink);
}

/* ---- state and health
 * ---------------------------------------------------------------------------------------------- */

void proc_write_state(const struct text_sink *sink)
{
    const char *sick = NULL;
    put(sink, "state %s\n", kernel_state_name(kernel_state()));
    if (init_is_healthy(&sick))
        put(sink, "subsystems healthy\n");
    else
        put(sink, "subsystems unhealthy: %s\n", sick);
}

void proc_write_health(const struct text_sink *sink)
{
    struct module_health health;
    for (unsigned i = 0; modules_health(i, &health); i++)
        put(sink, "%s %s %u %llu %llu\n", health.module, module_health_name(health.state),
            health.restarts, (unsigned long long)health.faults,
            (unsigned long long)health.last_recovery);
}
