/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Loading, checking and unloading. */
#include "load.h"

#include <helix/hal/time.h>
#include <helix/lib/atomic.h>
#include <helix/lib/format.h>
#include <helix/lib/log.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#include "resolver.h"
#include "watch.h"

void module_run_onload(struct instance *instance)
{
    const struct helix_module *record = instance->module->record;
    if (record->onload == NULL || instance->onloaded || !instance_enter(instance))
        return;
    instance->onloaded = true;
    helix_ignore(INSTANCE_CALL(instance, record->onload(instance->self))); // a crash is noted there
    instance_leave(instance);
}

/* ---- Into service
 * ---------------------------------------------------------------------------------------------------
 */

static helix_status start_service(struct instance *instance, struct module_result *result)
{
    helix_status st = instance_start(instance);
    if (st != HELIX_OK)
        result_set(result, st, "%s failed in start: %s", instance->module->record->name,
                   helix_status_text(st));
    return st;
}

/* Behind every binding of its interfaces that nobody serves; the first one starts it. */
static helix_status attach_all(struct instance *instance, struct module_result *result)
{
    const struct helix_module *record = instance->module->record;
    for (unsigned i = 0; record->ops[i] != NULL; i++) {
        struct gate_binding *binding = binding_for(record->ops[i], record);
        if (binding == NULL)
            return HELIX_E_NOMEM;
        if (atomic_load_acquire(&binding->state) != GATE_UNBOUND)
            continue;
        if (instance->state != INSTANCE_RUNNING) {
            helix_status st = watch_attach(binding, instance, result);
            if (st != HELIX_OK)
                return st;
        } else if (binding->transfer == NULL && watch_make(binding) != NULL) {
            binding_enter(binding, instance);
            gate_bind(binding, record->ops[i], instance->self, instance, instance->context.slot);
        }
    }
    return HELIX_OK;
}

/* A provider of an interface that is served already waits in the registry until somebody swaps to
 * it. */
static bool has_free_binding(const struct helix_module *record)
{
    for (unsigned i = 0; record->ops != NULL && record->ops[i] != NULL; i++) {
        struct gate_binding *binding = binding_for(record->ops[i], record);
        if (binding != NULL && atomic_load_acquire(&binding->state) == GATE_UNBOUND)
            return true;
    }
    return false;
}

helix_status module_activate(struct module *module, struct module_result *result)
{
    struct instance *instance;
    const struct helix_module *record = module->record;
    bool service = record->ops == NULL || record->ops[0] == NULL;
    if (!service && !has_free_binding(record))
        return HELIX_OK;
    helix_status st = instance_create(module, 0, &instance);
    if (st != HELIX_OK) {
        result_set(result, st, "%s failed in init: %s", record->name, helix_status_text(st));
        return st;
    }
    st = service ? start_service(instance, result) : attach_all(instance, result);
    if (st != HELIX_OK) {
        instance_doom(instance);
        watch_sweep();
    }
    return st;
}

/* ---- Loading
 * ---------------------------------------------------------------------------------------------------------
 */

static bool is_known(const char *name)
{
    char interface[NAME_BYTES];
    char instance[32];
    if (registry_find(name) != NULL)
        return true;
    if (!name_split_binding(name, interface, instance))
        return false;
    const struct gate_binding *binding = gate_find(interface, instance);
    if (binding != NULL && binding->ops != NULL)
        return true;
    for (struct module *m = registry_next(NULL); m != NULL; m = registry_next(m)) {
        if (record_provides(m->record, name))
            return true;
    }
    return false;
}

static char **copy_settings(const char *const *settings)
{
    unsigned count = 0;
    while (settings[count] != NULL)
        count++;
    char **copy = kzalloc((count + 1) * sizeof *copy);
    for (unsigned i = 0; copy != NULL && i < count; i++)
        copy[i] = kstrdup(settings[i]); // NULL ends the list early: the setting is as if not given
    return copy;
}

/* Load and register; not in service yet. */
static struct module *load_image(const void *data, size_t bytes, const char *path,
                                 const char *const *settings, struct module_result *result)
{
    static const u32 no_priority[1];
    const struct helix_module *record;
    struct module_image *image;
    u8 order[1];
    helix_status st =
        image_load(data, bytes, &image, &record, result->reason, sizeof result->reason);
    result->status = st;
    if (st != HELIX_OK)
        return NULL;
    st = resolver_order(&record, no_priority, 1, is_known, order, result->reason,
                        sizeof result->reason);
    struct module *module = st == HELIX_OK ? registry_add(record, image) : NULL;
    if (module == NULL) {
        result->status = st != HELIX_OK ? st : HELIX_E_NOMEM;
        image_free(image);
        return NULL;
    }
    if (settings != NULL)
        module->settings = copy_settings(settings);
    strlcpy(module->path, path, sizeof module->path);
    return module;
}

struct module *module_load_image(const void *data, size_t bytes, const char *path,
                                 struct module_result *result)
{
    return load_image(data, bytes, path, NULL, result);
}

static void load_locked(const void *data, size_t bytes, const char *path,
                        const char *const *settings, struct module_result *result)
{
    struct module *module = load_image(data, bytes, path, settings, result);
    if (module == NULL)
        return;
    // Found by its name, an older one means that the name is taken.
    for (struct module *m = registry_next(NULL); m != NULL; m = registry_next(m)) {
        if (m != module && !m->superseded &&
            name_same_module(m->record->name, module->record->name)) {
            result_set(result, HELIX_E_EXIST, "%s is loaded already; reload replaces it",
                       m->record->name);
            registry_remove(module);
            return;
        }
    }
    helix_status st = module_activate(module, result);
    if (st != HELIX_OK) {
        module->superseded = true;
        watch_sweep();
        return;
    }
    struct instance *instance = instance_of_name(module->record->name);
    if (instance != NULL)
        module_run_onload(instance);
    log_info("modules", "%s %u.%u.%u loaded", module->record->name,
             HELIX_VERSION_MAJOR(module->record->version),
             HELIX_VERSION_MINOR(module->record->version),
             HELIX_VERSION_PATCH(module->record->version));
}

void modules_load(const void *image, size_t bytes, const char *const *settings,
                  struct module_result *result)
{
    *result = (struct module_result){0};
    modules_lock();
    load_locked(image, bytes, "", settings, result);
    modules_unlock();
}

typedef void with_file_fn(const void *data, size_t bytes, const char *path,
                          const char *const *settings, struct module_result *result);

static void with_file(const char *path, const char *const *settings, with_file_fn *then,
                      struct module_result *result)
{
    void *data;
    size_t bytes;
    *result = (struct module_result){0};
    modules_lock();
    helix_status st = module_file_read(path, &data, &bytes);
    if (st == HELIX_OK) {
        then(data, bytes, path, settings, result);
        module_file_release(data);
    } else {
        result_set(result, st, "%s: %s", path, helix_status_text(st));
    }
    modules_unlock();
}

void modules_load_file(const char *path, const char *const *settings, struct module_result *result)
{
    with_file(path, settings, load_locked, result);
}

struct module *module_find_or_load(const char *name, struct module_result *result)
{
    char canonical[NAME_BYTES];
    char path[sizeof MODULE_FOLDER + NAME_BYTES + 8];
    void *data;
    size_t bytes;
    struct module *module = registry_find(name);
    if (module != NULL)
        return module;
    name_canonical_module(name, canonical, sizeof canonical);
    lib_format(path, sizeof path, MODULE_FOLDER "%s.hmod", canonical);
    helix_status st =
        strchr(canonical, '/') != NULL ? HELIX_E_NOENT : module_file_read(path, &data, &bytes);
    if (st != HELIX_OK) {
        result_set(result, st, "no module %s: %s: %s", name, path, helix_status_text(st));
        return NULL;
    }
    module = load_image(data, bytes, path, NULL, result);
    module_file_release(data);
    return module;
}

/* ---- Checking
 * -----------------------------------------------------------------------------------------------------------
 */

static void check_locked(const void *data, size_t bytes, const char *path,
                         const char *const *settings, struct module_result *result)
{
    struct module *module = load_image(data, bytes, path, settings, result);
    if (module != NULL)
        registry_remove(module);
}

void modules_check(const void *image, size_t bytes, struct module_result *result)
{
    *result = (struct module_result){0};
    modules_lock();
    check_locked(image, bytes, "", NULL, result);
    modules_unlock();
}

void modules_check_file(const char *path, struct module_result *result)
{
    with_file(path, NULL, check_locked, result);
}

/* ---- Unloading
 * ----------------------------------------------------------------------------------------------------------
 */

/* One of its instances that something would miss; NULL: none. */
static const struct instance *serving(const struct module *module)
{
    for (struct instance *i = instance_next(NULL); i != NULL; i = instance_next(i)) {
        bool service = module->record->ops == NULL && i->state == INSTANCE_RUNNING && !i->doomed;
        if (i->module == module && (i->binding_count > 0 || service))
            return i;
    }
    return NULL;
}

/* An essential module may go when another one does its work. */
static bool may_unload(const struct module *module, struct module_result *result)
{
    char binding[NAME_BYTES];
    const char *name = module->record->name;
    const struct instance *instance = serving(module);
    if (instance != NULL && (module->record->flags & HELIX_FLAG_ESSENTIAL) != 0) {
        result_set(result, HELIX_E_MODULE_ESSENTIAL, "%s is essential and in charge", name);
        return false;
    }
    if (module->image == NULL) {
        result_set(result, HELIX_E_PERM, "%s is part of the kernel image", name);
        return false;
    }
    if (instance != NULL && instance->binding_count > 0) {
        binding_name(instance->bindings[0], binding, sizeof binding);
        result_set(result, HELIX_E_MODULE_IN_USE, "%s serves %s", name, binding);
        return false;
    }
    return true;
}

/* A trial that could fall back to it ends, and standbys made of it go. */
static void let_go(const struct module *module)
{
    for (struct watch *w = watch_first(); w != NULL; w = w->next) {
        if (w->previous != NULL && w->previous->module == module)
            watch_accept(w);
        for (unsigned i = 0; i < w->standby_count; i++) {
            if (w->standbys[i]->instance->module == module) {
                watch_drop_standbys(w);
                break;
            }
        }
    }
}

static void unload_locked(const char *name, struct module_result *result)
{
    struct module *module = registry_find(name);
    if (module == NULL) {
        result_set(result, HELIX_E_NOENT, "no module %s", name);
        return;
    }
    if (!may_unload(module, result))
        return;
    let_go(module);
    for (struct instance *i = instance_next(NULL); i != NULL; i = instance_next(i)) {
        if (i->module == module)
            instance_doom(i);
    }
    watch_sweep();
    if (module->instances > 0) {
        result_set(result, HELIX_E_MODULE_IN_USE, "%s is still in use; it goes when that ends",
                   name);
        module->superseded = true;
    } else {
        registry_remove(module);
    }
    // A dropped standby is replaced by one of another module at once.
    watch_tend();
}

void modules_unload(const char *name, struct module_result *result)
{
    *result = (struct module_result){0};
    modules_lock();
    unload_locked(name, result);
    modules_unlock();
}
