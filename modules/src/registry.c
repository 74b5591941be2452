/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/assert.h>
#include <helix/lib/format.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#include "framework.h"
#include "resolver.h"
#include "traits.h"

static struct mutex change_lock = MUTEX_INIT(change_lock, LOCK_RANK_NONE);

static struct spinlock list_lock = SPINLOCK_INIT(LOCK_RANK_MODULE_REGISTRY);
static struct list modules = LIST_INIT(modules);
static struct list instances = LIST_INIT(instances);
static u32 last_generation;

void modules_lock(void) HELIX_NO_THREAD_SAFETY
{
    mutex_lock(&change_lock);
}

void modules_unlock(void) HELIX_NO_THREAD_SAFETY
{
    mutex_unlock(&change_lock);
}

bool modules_locked(void)
{
    return mutex_held(&change_lock);
}

/* ---- Modules
 * -----------------------------------------------------------------------------------------------------
 */

static struct module *find_locked(const char *name)
{
    struct module *found = NULL;
    list_for_each(struct module, m, &modules, link) {
        if (!m->superseded && name_same_module(m->record->name, name) &&
            (found == NULL || m->generation > found->generation))
            found = m;
    }
    return found;
}

struct module *registry_find(const char *name)
{
    struct irq_key key = spin_lock_irq(&list_lock);
    struct module *found = find_locked(name);
    spin_unlock_irq(&list_lock, key);
    return found;
}

struct module *registry_add(const struct helix_module *record, struct module_image *image)
{
    struct module *module = kzalloc(sizeof *module);
    if (module == NULL)
        return NULL;
    module->record = record;
    module->image = image;
    struct irq_key key = spin_lock_irq(&list_lock);
    module->generation = ++last_generation;
    list_push_back(&modules, &module->link);
    spin_unlock_irq(&list_lock, key);
    return module;
}

void registry_remove(struct module *module)
{
    helix_assert(module->instances == 0);
    struct irq_key key = spin_lock_irq(&list_lock);
    list_remove(&module->link);
    spin_unlock_irq(&list_lock, key);
    if (module->image != NULL)
        image_free(module->image);
    for (char **s = module->settings; s != NULL && *s != NULL; s++)
        kfree(*s);
    kfree(module->settings);
    kfree(module);
}

/* Removal needs the change lock, which the caller holds: so the chain is stable. */
struct module *registry_next(const struct module *module)
{
    const struct list *next = module == NULL ? modules.next : module->link.next;
    return next == &modules ? NULL : list_entry(next, struct module, link);
}

void registry_for_each(void (*visit)(struct module *module, void *context), void *context)
{
    struct irq_key key = spin_lock_irq(&list_lock);
    list_for_each(struct module, m, &modules, link)
        visit(m, context);
    spin_unlock_irq(&list_lock, key);
}

/* ---- Instances
 * ---------------------------------------------------------------------------------------------------
 */

void registry_link_instance(struct instance *instance)
{
    struct irq_key key = spin_lock_irq(&list_lock);
    list_push_back(&instances, &instance->link);
    instance->module->instances++;
    spin_unlock_irq(&list_lock, key);
}

void registry_unlink_instance(struct instance *instance)
{
    struct irq_key key = spin_lock_irq(&list_lock);
    list_remove(&instance->link);
    spin_unlock_irq(&list_lock, key);
}

void instance_for_each(void (*visit)(struct instance *instance, void *context), void *context)
{
    struct irq_key key = spin_lock_irq(&list_lock);
    list_for_each(struct instance, i, &instances, link)
        visit(i, context);
    spin_unlock_irq(&list_lock, key);
}

struct instance *instance_next(const struct instance *instance)
{
    const struct list *next = instance == NULL ? instances.next : instance->link.next;
    return next == &instances ? NULL : list_entry(next, struct instance, link);
}

/* The youngest one that runs: during a trial that is the new one. */
struct instance *instance_of_name(const char *name)
{
    struct instance *found = NULL;
    struct irq_key key = spin_lock_irq(&list_lock);
    list_for_each(struct instance, i, &instances, link) {
        if (i->state == INSTANCE_RUNNING && name_same_module(i->module->record->name, name))
            found = i;
    }
    spin_unlock_irq(&list_lock, key);
    return found;
}

/* ---- What a record must be
 * ---------------------------------------------------------------------------------------- */

const struct helix_ops_header *record_ops(const struct helix_module *record, const char *interface)
{
    for (unsigned i = 0; record->ops != NULL && record->ops[i] != NULL; i++) {
        if (strcmp(record->ops[i]->interface, interface) == 0)
            return record->ops[i];
    }
    return NULL;
}

static bool name_is_valid(const char *name)
{
    size_t length = name != NULL ? strnlen(name, NAME_BYTES) : 0;
    if (length == 0 || length >= NAME_BYTES)
        return false;
    for (size_t i = 0; i < length; i++) {
        char c = name[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'))
            return false;
    }
    return true;
}

helix_status record_check_abi(const struct helix_module *record, char *reason, size_t capacity)
{
    if (record->magic != HELIX_ABI_MAGIC) {
        lib_format(reason, capacity, "no module record");
        return HELIX_E_MODULE_FORMAT;
    }
    if (record->abi_version != HELIX_ABI_VERSION || record->record_size != sizeof *record) {
        lib_format(reason, capacity, "built for ABI version %u, the kernel has %u",
                   record->abi_version, HELIX_ABI_VERSION);
        return HELIX_E_MODULE_ABI;
    }
    if (record->abi_hash != HELIX_ABI_HASH) {
        lib_format(reason, capacity,
                   "built against other headers (%016llx, the kernel has %016llx)",
                   (unsigned long long)record->abi_hash, (unsigned long long)HELIX_ABI_HASH);
        return HELIX_E_MODULE_ABI;
    }
    return HELIX_OK;
}

static helix_status check_tables(const struct helix_module *record, char *reason, size_t capacity)
{
    unsigned count = 0;
    for (; record->ops != NULL && record->ops[count] != NULL; count++) {
        if (count == INSTANCE_BINDINGS) {
            lib_format(reason, capacity, "more than %d interfaces", INSTANCE_BINDINGS);
            return HELIX_E_LIMIT;
        }
        helix_status st = traits_check(record->ops[count], reason, capacity);
        if (st != HELIX_OK)
            return st;
    }
    if (count > 0 && (record->flags & HELIX_FLAG_USERSPACE) != 0) {
        lib_format(reason, capacity,
                   "a USERSPACE module cannot provide %s: that interface has no "
                   "form for ring 3",
                   record->ops[0]->interface);
        return HELIX_E_NOTSUP;
    }
    if ((record->flags & HELIX_FLAG_USERSPACE) != 0) {
        lib_format(reason, capacity, "modules in ring 3 are not built into this kernel");
        return HELIX_E_NOTSUP;
    }
    return HELIX_OK;
}

#define SELF_MOST (8u << 20)

helix_status record_check(const struct helix_module *record, char *reason, size_t capacity)
{
    helix_status st = record_check_abi(record, reason, capacity);
    if (st != HELIX_OK)
        return st;
    if (!name_is_valid(record->name)) {
        lib_format(reason, capacity, "the module's name is not valid");
        return HELIX_E_MODULE_FORMAT;
    }
    if (record->init == NULL || record->start == NULL || record->stop == NULL) {
        lib_format(reason, capacity, "init, start and stop are required");
        return HELIX_E_MODULE_FORMAT;
    }
    if (record->self_size > SELF_MOST) {
        lib_format(reason, capacity, "self_size %zu is above %u", record->self_size, SELF_MOST);
        return HELIX_E_MODULE_FORMAT;
    }
    return check_tables(record, reason, capacity);
}
