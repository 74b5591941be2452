/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The list of file-system types by name. It only grows. */
#include <helix/lib/atomic.h>
#include <helix/lib/string.h>

#include "fs_type.h"

static struct fs_type *types;

void fs_type_register(struct fs_type *type)
{
    struct fs_type **end = &types;
    while (*end != NULL)
        end = &(*end)->next;
    type->next = NULL;
    atomic_store_release(end, type);
}

struct fs_type *fs_type_find(const char *name)
{
    for (struct fs_type *type = atomic_load_acquire(&types); type != NULL; type = type->next)
        if (strcmp(type->name, name) == 0)
            return type;
    return NULL;
}

struct fs_type *fs_type_next(const struct fs_type *type)
{
    return type == NULL ? atomic_load_acquire(&types) : atomic_load_acquire(&type->next);
}

helix_status fs_type_flags(const struct fs_type *type, u32 *flags_out)
{
    if (type->binding == NULL) {
        *flags_out = type->ops->flags;
        return HELIX_OK;
    }
    helix_status st = gate_enter(type->binding);
    if (st != HELIX_OK)
        return st;
    *flags_out = ((const struct filesystem_ops *)(const void *)type->binding->ops)->flags;
    gate_leave(type->binding);
    return HELIX_OK;
}
