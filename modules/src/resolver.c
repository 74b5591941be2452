/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "resolver.h"

#include <helix/lib/format.h>
#include <helix/lib/order.h>
#include <helix/lib/string.h>

#include "names.h"

bool record_provides(const struct helix_module *record, const char *interface)
{
    const char *wanted = name_canonical_interface(interface);
    for (unsigned i = 0; record->provides != NULL && record->provides[i] != NULL; i++) {
        if (strcmp(name_canonical_interface(record->provides[i]), wanted) == 0)
            return true;
    }
    return false;
}

static bool record_answers(const struct helix_module *record, const char *name)
{
    return record_provides(record, name) || name_same_module(record->name, name);
}

/* The first that answers to @name; itself only when nobody else does: providing what one depends on
 * is a circle of one. */
static unsigned provider_of(const struct helix_module *const *records, unsigned count,
                            unsigned asking, const char *name)
{
    for (unsigned i = 0; i < count; i++) {
        if (i != asking && record_answers(records[i], name))
            return i;
    }
    return record_answers(records[asking], name) ? asking : count;
}

static helix_status needs_of(const struct helix_module *const *records, unsigned count,
                             unsigned index, bool (*known)(const char *name), u64 *needs_out,
                             char *reason, size_t capacity)
{
    const char *const *names = records[index]->dependencies;
    u64 needs = 0;
    for (; names != NULL && *names != NULL; names++) {
        if (name_is_kernel(*names) || (known != NULL && known(*names)))
            continue;
        unsigned provider = provider_of(records, count, index, *names);
        if (provider == count) {
            lib_format(reason, capacity, "%s needs %s, which nobody provides", records[index]->name,
                       *names);
            return HELIX_E_MODULE_DEPENDENCY;
        }
        needs |= 1ull << provider;
    }
    *needs_out = needs;
    return HELIX_OK;
}

static void report_cycle(const struct helix_module *const *records, const u8 *cycle,
                         unsigned length, char *reason, size_t capacity)
{
    size_t used = 0;
    for (unsigned i = 0; i < length; i++)
        used = lib_format_append(reason, capacity, used, "%s needs ", records[cycle[i]]->name);
    lib_format_append(reason, capacity, used, "%s", records[cycle[0]]->name);
}

helix_status resolver_order(const struct helix_module *const *records, const u32 *priority,
                            unsigned count, bool (*known)(const char *name), u8 *order_out,
                            char *reason, size_t capacity)
{
    u64 needs[RESOLVER_MOST];
    unsigned cycle;
    if (count > RESOLVER_MOST) {
        lib_format(reason, capacity, "%u modules, at most %u", count, RESOLVER_MOST);
        return HELIX_E_LIMIT;
    }
    for (unsigned i = 0; i < count; i++) {
        helix_status st = needs_of(records, count, i, known, &needs[i], reason, capacity);
        if (st != HELIX_OK)
            return st;
    }
    unsigned ordered = lib_order_solve(needs, priority, count, order_out, &cycle);
    if (ordered == count)
        return HELIX_OK;
    report_cycle(records, order_out + ordered, cycle, reason, capacity);
    return HELIX_E_MODULE_CYCLE;
}
