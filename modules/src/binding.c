/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/format.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#include "framework.h"
#include "traits.h"

static const char *instance_name_of(const struct helix_ops_header *ops,
                                    const struct helix_module *record)
{
    const struct interface_traits *traits = traits_find(ops->interface);
    if (!traits->many)
        return "";
    return traits->instance_name != NULL ? traits->instance_name(ops) : record->name;
}

/* Bindings of interfaces that have many are made as they appear, and stay: their figures are
 * history worth keeping. */
static struct gate_binding *make(const struct helix_ops_header *ops, const char *instance_name)
{
    const struct interface_traits *traits = traits_find(ops->interface);
    struct gate_binding *binding;
    void *memory;
    if (kvm_alloc(sizeof *binding, KVM_DATA, &memory) != HELIX_OK)
        return NULL;
    binding = memory;
    memset(binding, 0, sizeof *binding);
    gate_define(binding, traits->name, instance_name, traits->kind, NULL);
    return binding;
}

struct gate_binding *binding_for(const struct helix_ops_header *ops,
                                 const struct helix_module *record)
{
    const char *instance_name = instance_name_of(ops, record);
    struct gate_binding *binding = gate_find(ops->interface, instance_name);
    return binding != NULL ? binding : make(ops, instance_name);
}

void binding_name(const struct gate_binding *binding, char *text, size_t capacity)
{
    lib_format(text, capacity, "%s%s%s", binding->interface,
               binding->instance[0] != '\0' ? ":" : "", binding->instance);
}

void binding_enter(struct gate_binding *binding, struct instance *instance)
{
    instance->bindings[instance->binding_count++] = binding;
    instance->retired_from = NULL;
}

void binding_leave(struct gate_binding *binding, struct instance *instance)
{
    for (unsigned i = 0; i < instance->binding_count; i++) {
        if (instance->bindings[i] != binding)
            continue;
        instance->bindings[i] = instance->bindings[--instance->binding_count];
        instance->retired_from = binding;
        return;
    }
}
