/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/execution/quiesce.h>
#include <helix/lib/atomic.h>
#include <helix/lib/list.h>
#include <helix/lib/refcount.h>

#include "vnode.h"

/*
 * The cache of names. A dentry says what a name in a directory stands for, or (vnode NULL) that
 * there is nothing.
 *
 * Lookups run without locks in quiescence sections. A hashed dentry has one reference for being
 * hashed, so a count of one means that only the cache knows it; eviction takes the count from one
 * to zero, and then nobody can take a reference any more. Memory goes a grace period later. Renames
 * and mounts change what several dentries say together: they make `namespace_sequence` odd
 * meanwhile, and who walks without locks compares it before and after.
 *
 * dentry_lock guards the table, parent links, the lists of children and the list for eviction.
 */
struct dentry_name {
    struct quiesce_head free;
    u32 length;
    char text[];
};

enum dentry_flag {
    DENTRY_HASHED = 1u << 0,     // dentry_lock
    DENTRY_MOUNTPOINT = 1u << 1, // something is mounted here, in some mount; dentry_lock
    DENTRY_USED = 1u << 2,       // since eviction last came by; any context, may be lost
    DENTRY_UNCACHED = 1u << 3,   // leaves the table with its last user
    DENTRY_LISTED = 1u << 4,     // in the list for eviction
};

struct dentry {
    struct refcount references;
    u32 flags;
    struct dentry *table_next;
    u32 hash;
    struct dentry *parent; // reference; a root is its own, without one
    struct vnode *vnode;   // reference; NULL: nothing has this name
    struct dentry_name *name;
    struct volume *volume;
    struct list children, sibling_link;
    struct list eviction_link;
    struct quiesce_head free;
};

extern u32 namespace_sequence; // odd while names or mounts change
extern struct spinlock dentry_lock;

void dentry_init(size_t frames); // sizes the table

static inline u32 dentry_hash_start(void)
{
    return 0x811c9dc5u;
}

static inline u32 dentry_hash_step(u32 hash, char c)
{
    return (hash ^ (u8)c) * 0x01000193u;
}

u32 dentry_hash_text(const char *name, u32 length);

/* In a quiescence section: the hashed dentry, or NULL. @name_hash: of the name alone. */
struct dentry *dentry_find(const struct dentry *parent, const char *name, u32 length,
                           u32 name_hash);

/* The same with a reference; opens a section of its own. */
struct dentry *dentry_find_get(const struct dentry *parent, const char *name, u32 length,
                               u32 name_hash);

/* A root (parent NULL) or a named one, not hashed, with one reference. Takes references of its own
 * on parent and vnode. */
helix_status dentry_create(struct volume *volume, struct dentry *parent, const char *name,
                           u32 length, struct vnode *vnode, struct dentry **dentry_out);
void dentry_hash(struct dentry *dentry);   // parent's vnode lock is held
void dentry_unhash(struct dentry *dentry); // the name is gone; nothing when it was not hashed

/* A negative dentry becomes the name of @vnode. The parent's vnode lock is held for writing. */
void dentry_set_vnode(struct dentry *dentry, struct vnode *vnode);

static inline void dentry_get(struct dentry *dentry)
{
    ref_get(&dentry->references);
}
void dentry_put(struct dentry *dentry);

/*
 * The name of @dentry changes, and its place. rename_lock and both parents' vnode locks are held.
 * @name: kmalloc'ed by dentry_name_create(), taken over.
 */
struct dentry_name *dentry_name_create(const char *text, u32 length);
void dentry_move(struct dentry *dentry, struct dentry *parent, struct dentry_name *name);
void dentry_exchange(struct dentry *left, struct dentry *right);

bool dentry_is_below(
    const struct dentry *dentry,
    const struct dentry *ancestor); // true for itself; final only while rename_lock is held
static inline bool dentry_is_hashed(const struct dentry *dentry)
{
    return (atomic_load_relaxed(&dentry->flags) & DENTRY_HASHED) != 0;
}

void dentry_set_mountpoint(struct dentry *dentry, bool is_one);

/* Take everything below @dentry out of the cache that nobody uses. */
void dentry_shrink_below(struct dentry *dentry);

/* Evict up to @wanted dentries that were not used lately. Thread context, may sleep. */
size_t dentry_evict(size_t wanted);

/* A name is removed for good: what is cached below it goes too. */
void dentry_forget_children(struct dentry *dentry);

/* Begin and end a change of the shape of the tree; dentry_lock is held between. */
static inline void namespace_change_begin(void)
{
    atomic_store_relaxed(&namespace_sequence, namespace_sequence + 1);
    atomic_fence_release();
}
static inline void namespace_change_end(void)
{
    atomic_store_release(&namespace_sequence, namespace_sequence + 1);
}

u64 dentry_count(void);
