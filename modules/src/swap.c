/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The commands that change who is in charge: swap, reload, rollback, and what self-healing is asked
 * for by hand. */
#include <helix/hal/time.h>
#include <helix/lib/atomic.h>
#include <helix/lib/log.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/profile.h>

#include "load.h"
#include "watch.h"

static struct watch *find_watch(const char *text, struct module_result *result)
{
    char interface[NAME_BYTES];
    char instance[32];
    if (!name_split_binding(text, interface, instance)) {
        result_set(result, HELIX_E_INVAL, "%s is not interface[:instance]", text);
        return NULL;
    }
    struct gate_binding *binding = gate_find(interface, instance);
    struct watch *watch = binding != NULL ? watch_of(binding) : NULL;
    if (watch == NULL || binding->ops == NULL) {
        result_set(result, HELIX_E_NOENT, "nobody provides %s", text);
        return NULL;
    }
    return watch;
}

static bool allowed(struct module_result *result)
{
    if (HELIX_PROFILE_FEATURES_HOT_RELOAD)
        return true;
    result_set(result, HELIX_E_NOTSUP, "this profile has hot_reload = false");
    return false;
}

static helix_status swap_to(struct watch *watch, struct module *module,
                            struct module_result *result)
{
    struct instance *next;
    const struct helix_module *record = module->record;
    const struct helix_ops_header *ops = record_ops(record, watch->binding->interface);
    if (ops == NULL || binding_for(ops, record) != watch->binding) {
        result_set(result, HELIX_E_MODULE_INTERFACE, "%s does not provide %s%s%s", record->name,
                   watch->binding->interface, watch->binding->instance[0] ? ":" : "",
                   watch->binding->instance);
        return HELIX_E_MODULE_INTERFACE;
    }
    if ((record->flags & HELIX_FLAG_HOT_RELOADABLE) == 0) {
        result_set(result, HELIX_E_NOTSUP, "%s is not HOT_RELOADABLE", record->name);
        return HELIX_E_NOTSUP;
    }
    // An owner that keeps something for each provider has room for few: let it have back what it
    // can.
    if (watch->binding->transfer != NULL && watch->binding->transfer->retire != NULL)
        watch_sweep();
    helix_status st = instance_create(module, watch->binding->slot ^ 1u, &next);
    if (st != HELIX_OK) {
        gate_record_failure(watch->binding);
        result_set(result, st, "%s failed in init: %s", record->name, helix_status_text(st));
        return st;
    }
    struct watch_change args = {.next = next, .source = WATCH_ASK_OLD, .trial = true};
    watch->restarts = 0;
    st = watch_swap(watch, &args, result);
    if (st != HELIX_OK)
        instance_doom(next);
    else
        module_run_onload(next);
    return st;
}

void modules_swap(const char *binding, const char *name, struct module_result *result)
{
    *result = (struct module_result){0};
    if (!allowed(result))
        return;
    modules_lock();
    struct watch *watch = find_watch(binding, result);
    bool was_known = registry_find(name) != NULL;
    struct module *module = watch != NULL ? module_find_or_load(name, result) : NULL;
    if (module != NULL && swap_to(watch, module, result) != HELIX_OK && !was_known) {
        // It was brought for this only.
        module->superseded = true;
    }
    watch_sweep_soon();
    modules_unlock();
}

/* ---- Reload
 * ------------------------------------------------------------------------------------------------------------
 */

/* A module behind no gate: callers are kept out by its state, the new one starts from what the old
 * one saves. */
static helix_status hand_over(struct instance *old, struct instance *next,
                              struct helix_state_writer *writer)
{
    helix_status volatile st = HELIX_OK;
    const struct helix_module *from = old->module->record;
    const struct helix_module *to = next->module->record;
    if (from->save_state != NULL) {
        helix_status guarded = INSTANCE_CALL(old, st = from->save_state(old->self, writer));
        if (guarded != HELIX_OK || st != HELIX_OK)
            return guarded != HELIX_OK ? guarded : st;
    }
    struct helix_state state = {.data = writer->data,
                                .bytes = writer->bytes,
                                .version = from->state_version,
                                .module = from->name};
    if (to->restore_state == NULL)
        return state.bytes == 0 ? HELIX_OK : HELIX_E_MODULE_STATE;
    helix_status guarded = INSTANCE_CALL(next, st = to->restore_state(next->self, &state));
    return guarded != HELIX_OK ? guarded : st;
}

static helix_status wait_until_idle(struct instance *instance)
{
    nanos deadline = hal_clock_now() + 2 * NANOS_PER_SECOND;
    while (atomic_load_acquire(&instance->inflight) > 0) {
        if (hal_clock_now() >= deadline)
            return HELIX_E_BUSY;
        helix_ignore(sleep_until(hal_clock_now() + NANOS_PER_MS, WAIT_UNINTERRUPTIBLE));
    }
    return HELIX_OK;
}

static helix_status replace_service(struct instance *old, struct module *module,
                                    struct module_result *result)
{
    struct instance *next;
    struct helix_state_writer writer = {0};
    size_t volatile bound = 0;
    helix_status st = instance_create(module, old->context.slot ^ 1u, &next);
    if (st != HELIX_OK) {
        result_set(result, st, "%s failed in init: %s", module->record->name,
                   helix_status_text(st));
        return st;
    }
    if (old->module->record->state_bound != NULL &&
        INSTANCE_CALL(old, bound = old->module->record->state_bound(old->self)) == HELIX_OK) {
        writer.capacity = bound;
        writer.data = kmalloc(bound + 1);
    }
    nanos began = hal_clock_now();
    atomic_store_seq(&old->state, (u32)INSTANCE_READY); // callers are refused from here on
    st = wait_until_idle(old);
    if (st == HELIX_OK)
        st = hand_over(old, next, &writer);
    if (st == HELIX_OK)
        st = instance_start(next);
    kfree(writer.data);
    result->pause = hal_clock_now() - began;
    if (st != HELIX_OK) {
        if (atomic_load_acquire(&old->state) == INSTANCE_READY)
            atomic_store_release(&old->state, (u32)INSTANCE_RUNNING);
        instance_doom(next);
        result_set(result, st, "%s cannot take over: %s", module->record->name,
                   helix_status_text(st));
        return st;
    }
    instance_doom(old);
    module_run_onload(next);
    return HELIX_OK;
}

/* Every place where an instance of @old stands gets one of @next. */
static helix_status replace_everywhere(struct module *old, struct module *next,
                                       struct module_result *result)
{
    for (struct watch *w = watch_first(); w != NULL; w = w->next) {
        struct instance *current = watch_current(w);
        if (current == NULL || current->module != old)
            continue;
        if (current->binding_count > 1) {
            result_set(result, HELIX_E_NOTSUP, "%s serves %u bindings; swap them one by one",
                       old->record->name, current->binding_count);
            return HELIX_E_NOTSUP;
        }
        helix_status st = swap_to(w, next, result);
        if (st != HELIX_OK)
            return st;
    }
    for (struct instance *i = instance_next(NULL); i != NULL; i = instance_next(i)) {
        bool service = i->module == old && i->binding_count == 0 && !i->doomed &&
                       i->state == INSTANCE_RUNNING && old->record->ops == NULL;
        if (service)
            return replace_service(i, next, result);
    }
    return HELIX_OK;
}

static void reload_image(struct module *old, const void *data, size_t bytes, const char *path,
                         struct module_result *result)
{
    struct module *next = module_load_image(data, bytes, path, result);
    if (next == NULL)
        return;
    if (!name_same_module(next->record->name, old->record->name)) {
        result_set(result, HELIX_E_INVAL, "the file holds %s, not %s", next->record->name,
                   old->record->name);
        next->superseded = true;
    } else if (replace_everywhere(old, next, result) != HELIX_OK) {
        next->superseded = true;
    } else {
        // A static record stays for a later start; its name now means the newer one.
        old->superseded = old->image != NULL;
    }
    watch_sweep_soon();
}

static void reload_locked(const char *name, const char *path, const void *image, size_t bytes,
                          struct module_result *result)
{
    void *data;
    struct module *module = registry_find(name);
    if (module == NULL) {
        result_set(result, HELIX_E_NOENT, "no module %s", name);
        return;
    }
    if (image != NULL) {
        reload_image(module, image, bytes, "", result);
        return;
    }
    if (path == NULL && module->path[0] == '\0') {
        helix_status st = replace_everywhere(module, module, result);
        helix_ignore(st); // it is in the result
        watch_sweep_soon();
        return;
    }
    const char *from = path != NULL ? path : module->path;
    helix_status st = module_file_read(from, &data, &bytes);
    if (st != HELIX_OK) {
        result_set(result, st, "%s: %s", from, helix_status_text(st));
        return;
    }
    reload_image(module, data, bytes, from, result);
    module_file_release(data);
}

void modules_reload(const char *name, const char *path, struct module_result *result)
{
    *result = (struct module_result){0};
    if (!allowed(result))
        return;
    modules_lock();
    reload_locked(name, path, NULL, 0, result);
    modules_unlock();
}

void modules_reload_image(const char *name, const void *image, size_t bytes,
                          struct module_result *result)
{
    *result = (struct module_result){0};
    if (!allowed(result))
        return;
    modules_lock();
    reload_locked(name, NULL, image, bytes, result);
    modules_unlock();
}

/* ---- Rollback
 * ----------------------------------------------------------------------------------------------------------
 */

static struct watch *last_swapped(void)
{
    struct watch *last = NULL;
    for (struct watch *w = watch_first(); w != NULL; w = w->next) {
        if (w->swap_serial > 0 && (last == NULL || w->swap_serial > last->swap_serial))
            last = w;
    }
    return last;
}

static void rollback_locked(struct watch *watch, struct module_result *result)
{
    struct module *before = watch->previous != NULL ? watch->previous->module : NULL;
    helix_status st = watch_rollback(watch, WATCH_ASK_OLD, result);
    if (st == HELIX_OK || before == NULL)
        return;
    // The new one cannot even save: what was saved when it came is the last good state.
    *result = (struct module_result){0};
    st = watch_restart(watch, before, WATCH_TAKE_SAVED, result);
    helix_ignore(st); // it is in the result
}

void modules_rollback(const char *binding, struct module_result *result)
{
    *result = (struct module_result){0};
    modules_lock();
    bool any = binding == NULL || binding[0] == '\0';
    struct watch *watch = any ? last_swapped() : find_watch(binding, result);
    if (watch != NULL)
        rollback_locked(watch, result);
    else if (any)
        result_set(result, HELIX_E_STATE, "nothing was swapped");
    watch_sweep_soon();
    modules_unlock();
}
