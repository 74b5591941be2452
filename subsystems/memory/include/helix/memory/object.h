/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/object.h>
#include <helix/abi/status.h>
#include <helix/abi/types.h>
#include <helix/hal/spinlock.h>
#include <helix/lib/list.h>
#include <helix/lib/refcount.h>

struct page;
struct vm_object;

/*
 * A source of pages for mappings: a file's page cache, a shared anonymous segment. The VFS
 * implements it for files. get_page() returns the page, up to date, with a reference taken; it may
 * sleep. It is called with the space locked for reading, so nothing that get_page() waits for may
 * wait for a user page fault.
 */
struct vm_object_ops {
    helix_status (*get_page)(struct vm_object *object, u64 index, bool for_write,
                             struct page **page_out);

    /*
     * Optional. Pages [@first, @first + @count), @count at most VM_OBJECT_AROUND, that are in
     * memory and up to date: each with a reference taken, NULL for the others. Does not sleep. A
     * read fault maps these along with the page it is for.
     */
    void (*get_resident)(struct vm_object *object, u64 first, unsigned count,
                         struct page **pages_out);

    /* A shared writable mapping is about to write to @page. NULL: nobody wants to know, and pages
     * are mapped writable at once. */
    void (*page_dirtied)(struct vm_object *object, struct page *page);

    /* Optional: the bytes become zeros, their memory free where that is possible. */
    helix_status (*punch)(struct vm_object *object, u64 offset, u64 bytes);

    void (*destroy)(struct vm_object *object); // last reference is gone
    u64 (*size)(
        struct vm_object *object); // bytes; a fault at or past the last page's end is SIGBUS

    /* For /proc/PID/maps: device, inode number and path of a file, false for others. */
    bool (*identify)(struct vm_object *object, u64 *device_out, u64 *inode_out, char *path,
                     size_t capacity);
};

#define VM_OBJECT_AROUND 16u

/*
 * A record of an address space refers to its objects by id as OBJECT_MAPPING. vm_object_init()
 * gives the id; the type of shared anonymous memory is memory's own, an owner of another sort sets
 * its own.
 */
struct vm_object {
    struct object object;
    const struct vm_object_ops *ops;
    struct refcount references;
    struct spinlock lock; // LOCK_RANK_OBJECT: areas
    struct list areas;    // that map it
};

void vm_object_init(struct vm_object *object, const struct vm_object_ops *ops);
void vm_object_get(struct vm_object *object);
void vm_object_put(struct vm_object *object);

/* Is @object mapped shared where it may be, or become, written to? Later mappings are the caller's
 * business. */
bool vm_object_has_writers(struct vm_object *object);
u64 vm_object_areas(struct vm_object *object); // how many map it now

/* Anonymous shared memory of @bytes (MAP_SHARED|MAP_ANONYMOUS, memfd). */
helix_status vm_object_create_shared(u64 bytes, struct vm_object **object_out);

/*
 * Pages of @object beyond @bytes are gone: drop them from every mapping, private copies too. Takes
 * space locks: the caller holds nothing that get_page() takes, and has made size() and get_page()
 * refuse these pages already.
 */
void vm_object_truncated(struct vm_object *object, u64 bytes);

/* The pages of @object from @from to @to, both aligned, are replaced by others: drop them from
 * shared mappings. Locks as above. */
void vm_object_punched(struct vm_object *object, u64 from, u64 to);
