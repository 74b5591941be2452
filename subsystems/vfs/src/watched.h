/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/lib/atomic.h>
#include <helix/vfs/watch.h>

#include "dentry.h"

/*
 * Where the operations on names and files say what they did. Each is one test while nobody watches
 * anything. Thread context, no spinlock held.
 */
extern u32 watch_count;

static inline bool watch_any(void)
{
    return unlikely(atomic_load_relaxed(&watch_count) != 0);
}

void watch_tell_file(const struct dentry *dentry, u32 what);
void watch_tell_self(struct vnode *vnode, u32 what);
void watch_tell_name(const struct dentry *directory, const struct dentry *child, u32 what);
void watch_tell_removed(const struct dentry *directory, const struct dentry *child);
void watch_tell_gone(struct vnode *vnode, u32 what);
void watch_volume_gone(struct volume *volume);

/* To the file at @dentry and to its directory. */
static inline void watch_file(const struct dentry *dentry, u32 what)
{
    if (watch_any() && dentry != NULL)
        watch_tell_file(dentry, what);
}

/* To the file alone: its count of links has changed. */
static inline void watch_links(struct vnode *vnode)
{
    if (watch_any())
        watch_tell_self(vnode, WATCH_ATTRIBUTES);
}

/* To the directory: @child has come. */
static inline void watch_made(const struct dentry *directory, const struct dentry *child)
{
    if (watch_any())
        watch_tell_name(directory, child, WATCH_CREATE);
}

/* To the directory and, if that was its last use, to the file: the name has gone. */
static inline void watch_removed(const struct dentry *directory, const struct dentry *child)
{
    if (watch_any())
        watch_tell_removed(directory, child);
}

/* The last user of a name is gone: is that the end of the file? */
static inline void watch_unused(struct vnode *vnode)
{
    if (watch_any() && vnode->attributes.links == 0)
        watch_tell_gone(vnode, WATCH_DELETE_SELF);
}

/* A move: the names before and after, as they were given. */
struct watch_move {
    const struct dentry *from, *to; // directories
    const struct dentry *moved;
    struct vnode *replaced; // a file that had the name before; NULL: none
    const char *from_name, *to_name;
    u32 from_length, to_length;
};
void watch_tell_moved(const struct watch_move *move);
