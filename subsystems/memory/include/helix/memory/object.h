/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>
#include <helix/lib/refcount.h>

struct page;
struct vm_object;

/*
 * A source of pages for mappings: a file's page cache, a shared anonymous segment. The VFS implements it for files. get_page() returns
 * the page with a reference taken; it may sleep.
 */
struct vm_object_ops {
    helix_status (*get_page)(struct vm_object *object, u64 index, bool for_write, struct page **page_out);
    void (*page_dirtied)(struct vm_object *object, struct page *page);
    void (*destroy)(struct vm_object *object); // last reference is gone
    u64 (*size)(struct vm_object *object);     // bytes; a fault at or past the last page's end is SIGBUS
    /* For /proc/PID/maps: device, inode number and path of a file, false for others. */
    bool (*identify)(struct vm_object *object, u64 *device_out, u64 *inode_out, char *path, size_t capacity);
};

struct vm_object {
    const struct vm_object_ops *ops;
    struct refcount             references;
};

void vm_object_get(struct vm_object *object);
void vm_object_put(struct vm_object *object);

/* Anonymous shared memory of @bytes (MAP_SHARED|MAP_ANONYMOUS, memfd). */
helix_status vm_object_create_shared(u64 bytes, struct vm_object **object_out);

/* Pages of @object beyond @bytes are gone: drop them from every mapping. */
void vm_object_truncated(struct vm_object *object, u64 bytes);
