/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Renaming. Locks, in this order: the volume's rename_lock when a directory may get another parent,
 * the parents (an ancestor first, strangers by address), the vnode that is replaced.
 */
#include <helix/abi/linux.h>
#include <helix/memory/heap.h>

#include "create.h"
#include "fs_call.h"
#include "permission.h"
#include "remove.h"
#include "watched.h"

#define RENAME_NOREPLACE 1u
#define RENAME_EXCHANGE  2u
#define RENAME_WHITEOUT  4u
#define RENAME_FLAGS     (RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT)

struct rename {
    struct walker from, to;
    struct dentry *old, *new; // NULL where there is no dentry of nothing
    u32 flags;
};

static struct dentry *from_directory(const struct rename *r)
{
    return r->from.at.dentry;
}

static struct dentry *to_directory(const struct rename *r)
{
    return r->to.at.dentry;
}

static void lock_parents(const struct rename *r) HELIX_NO_THREAD_SAFETY
{
    struct dentry *from = from_directory(r);
    struct dentry *to = to_directory(r);
    if (from == to) {
        sleep_lock_write(&from->vnode->lock);
        return;
    }
    sleep_lock_write(&from->volume->rename_lock);
    bool from_first = dentry_is_below(to, from) || (!dentry_is_below(from, to) && from < to);
    sleep_lock_write(from_first ? &from->vnode->lock : &to->vnode->lock);
    sleep_lock_write(from_first ? &to->vnode->lock : &from->vnode->lock);
}

static void unlock_parents(const struct rename *r) HELIX_NO_THREAD_SAFETY
{
    struct dentry *from = from_directory(r);
    struct dentry *to = to_directory(r);
    sleep_unlock_write(&from->vnode->lock);
    if (from == to)
        return;
    sleep_unlock_write(&to->vnode->lock);
    sleep_unlock_write(&from->volume->rename_lock);
}

static bool is_directory(const struct dentry *dentry)
{
    return vnode_is_directory(dentry->vnode);
}

static bool has_vnode(const struct dentry *dentry)
{
    return dentry != NULL && dentry->vnode != NULL;
}

/* A directory that gets another parent changes itself, too: its "..". */
static helix_status may_move(const struct rename *r, const struct dentry *dentry)
{
    if (from_directory(r) == to_directory(r) || !is_directory(dentry))
        return HELIX_OK;
    return permission_check(dentry->vnode, ACCESS_WRITE, r->from.context->credentials);
}

static helix_status check_kinds(const struct rename *r)
{
    bool directory = is_directory(r->old);
    if (!directory && (r->from.last.slash || (r->to.last.slash && !(r->flags & RENAME_EXCHANGE))))
        return HELIX_E_NOT_DIR;
    if (!has_vnode(r->new) || (r->flags & RENAME_EXCHANGE))
        return HELIX_OK;
    if (directory && !is_directory(r->new))
        return HELIX_E_NOT_DIR;
    if (!directory && is_directory(r->new))
        return HELIX_E_IS_DIR;
    return HELIX_OK;
}

static helix_status check_target(const struct rename *r)
{
    if (has_vnode(r->new)) {
        if (r->flags & RENAME_NOREPLACE)
            return HELIX_E_EXIST;
        helix_status st = remove_allowed(&r->to, r->new);
        if (st == HELIX_OK && (r->flags & RENAME_EXCHANGE))
            st = may_move(r, r->new);
        return st;
    }
    if (r->flags & RENAME_EXCHANGE)
        return HELIX_E_NOENT;
    return permission_create(to_directory(r)->vnode, r->to.context->credentials);
}

/* No directory may come to lie in itself. */
static helix_status check_shape(const struct rename *r)
{
    if (dentry_is_below(to_directory(r), r->old))
        return HELIX_E_INVAL;
    if (has_vnode(r->new) && dentry_is_below(from_directory(r), r->new))
        return r->flags & RENAME_EXCHANGE ? HELIX_E_INVAL : HELIX_E_NOT_EMPTY;
    return HELIX_OK;
}

static helix_status check(const struct rename *r)
{
    helix_status st = remove_allowed(&r->from, r->old);
    if (st == HELIX_OK)
        st = check_shape(r);
    if (st == HELIX_OK)
        st = check_target(r);
    if (st == HELIX_OK)
        st = check_kinds(r);
    if (st == HELIX_OK)
        st = may_move(r, r->old);
    return st;
}

static void account(const struct rename *r, struct vnode *replaced)
{
    struct vnode *from = from_directory(r)->vnode;
    struct vnode *to = to_directory(r)->vnode;
    bool directory = is_directory(r->old);
    directory_changed(from, r->flags & RENAME_WHITEOUT ? 0 : -1);
    directory_changed(to, replaced != NULL ? 0 : 1);
    if (directory && from != to)
        vnode_links_changed(from, -1);
    if (directory && from != to && replaced == NULL)
        vnode_links_changed(to, 1);
    if (directory && from == to && replaced != NULL)
        vnode_links_changed(to, -1);
    vnode_touch(r->old->vnode, FS_SET_CHANGED);
}

static helix_status call(const struct rename *r)
{
    const struct fs_rename_args args = {
        .from = from_directory(r)->vnode,
        .to = to_directory(r)->vnode,
        .from_name = r->from.last.name,
        .to_name = r->to.last.name,
        .from_length = r->from.last.length,
        .to_length = r->to.last.length,
        .flags = r->flags,
    };
    return fs_rename(&args);
}

static void tell_moved(const struct walker *from, const struct walker *to,
                       const struct dentry *moved, struct vnode *replaced)
{
    const struct watch_move move = {
        .from = from->at.dentry,
        .to = to->at.dentry,
        .moved = moved,
        .replaced = replaced,
        .from_name = from->last.name,
        .to_name = to->last.name,
        .from_length = from->last.length,
        .to_length = to->last.length,
    };
    if (watch_any())
        watch_tell_moved(&move);
}

static helix_status exchange(struct rename *r)
{
    helix_status st = call(r);
    if (st != HELIX_OK)
        return st;
    struct vnode *from = from_directory(r)->vnode;
    struct vnode *to = to_directory(r)->vnode;
    i32 moved = (i32)is_directory(r->old) - (i32)is_directory(r->new);
    dentry_exchange(r->old, r->new);
    directory_changed(from, 0);
    directory_changed(to, 0);
    if (from != to && moved != 0) {
        vnode_links_changed(from, -moved);
        vnode_links_changed(to, moved);
    }
    vnode_touch(r->old->vnode, FS_SET_CHANGED);
    vnode_touch(r->new->vnode, FS_SET_CHANGED);
    tell_moved(&r->from, &r->to, r->old, NULL);
    tell_moved(&r->to, &r->from, r->new, NULL);
    return HELIX_OK;
}

/* The file system left a whiteout at the old name. That it is there is what counts: without memory
 * it stays root's. */
static void own_whiteout(const struct rename *r)
{
    const struct credentials *who = r->from.context->credentials;
    const u32 mask = FS_SET_OWNER | FS_SET_GROUP | FS_SET_ACCESSED | FS_SET_MODIFIED;
    struct dentry *dentry;
    struct fs_attributes told;
    if (walk_lookup_locked(from_directory(r), &r->from.last, &dentry) != HELIX_OK)
        return;
    if (dentry->vnode != NULL) {
        struct fs_attributes *now = &dentry->vnode->attributes;
        vnode_touch(dentry->vnode, FS_SET_ACCESSED | FS_SET_MODIFIED | FS_SET_CHANGED);
        now->uid = who->fsuid;
        now->gid = who->fsgid;
        helix_ignore(fs_set_attributes(dentry->vnode, mask, now, &told));
    }
    dentry_put(dentry);
}

/* Do it, @replaced (or NULL) locked. */
static helix_status replace(struct rename *r, struct vnode *replaced)
{
    struct dentry_name *name = dentry_name_create(r->to.last.name, r->to.last.length);
    struct volume *volume = from_directory(r)->volume;
    if (name == NULL)
        return HELIX_E_NOMEM;
    bool whiteout = (r->flags & RENAME_WHITEOUT) != 0;
    helix_status st = whiteout ? volume_reserve_inode(volume) : HELIX_OK;
    if (st != HELIX_OK)
        goto free_name;
    st = call(r);
    if (st != HELIX_OK)
        goto free_inode;
    if (replaced != NULL)
        remove_finish(r->new);
    else if (r->new != NULL)
        dentry_unhash(r->new);
    dentry_move(r->old, to_directory(r), name);
    account(r, replaced);
    if (whiteout)
        own_whiteout(r);
    tell_moved(&r->from, &r->to, r->old, replaced);
    return HELIX_OK;
free_inode:
    if (whiteout)
        volume_free_inode(volume);
free_name:
    kfree(name);
    return st;
}

static helix_status rename_locked(struct rename *r) HELIX_NO_THREAD_SAFETY
{
    helix_status st = walk_lookup_locked(from_directory(r), &r->from.last, &r->old);
    if (st != HELIX_OK)
        return st;
    st = walk_lookup_locked(to_directory(r), &r->to.last, &r->new);
    if (st != HELIX_OK && st != HELIX_E_NOENT)
        return st;
    st = check(r);
    if (st != HELIX_OK)
        return st;
    struct vnode *replaced = has_vnode(r->new) ? r->new->vnode : NULL;
    if (replaced == r->old->vnode)
        return HELIX_OK; // two names of one file: nothing changes
    if (r->flags & RENAME_EXCHANGE)
        return exchange(r);
    if (replaced == NULL)
        return replace(r, NULL);
    sleep_lock_write(&replaced->lock);
    st = replace(r, replaced);
    sleep_unlock_write(&replaced->lock);
    return st;
}

static helix_status walk_both(struct rename *r)
{
    helix_status st = walker_run(&r->from);
    if (st == HELIX_OK)
        st = walker_run(&r->to);
    return st;
}

static bool is_dots(const struct component *c)
{
    return c->length == 0 ||
           (c->name[0] == '.' && (c->length == 1 || (c->length == 2 && c->name[1] == '.')));
}

static helix_status check_places(const struct rename *r)
{
    if (r->from.at.mount != r->to.at.mount)
        return HELIX_E_CROSS_DEVICE;
    if (is_dots(&r->from.last))
        return HELIX_E_BUSY;
    if (is_dots(&r->to.last))
        return r->flags & RENAME_NOREPLACE ? HELIX_E_EXIST : HELIX_E_BUSY;
    return mount_may_write(r->from.at.mount);
}

helix_status vfs_rename(const struct walk_context *from_walk, const char *from,
                        const struct walk_context *to_walk, const char *to, u32 flags)
{
    if ((flags & ~RENAME_FLAGS) || ((flags & RENAME_EXCHANGE) && flags != RENAME_EXCHANGE))
        return HELIX_E_INVAL;
    struct rename r = {.flags = flags};
    walker_init(&r.from, from_walk, from, WALKER_PARENT);
    walker_init(&r.to, to_walk, to, WALKER_PARENT);
    helix_status st = walk_both(&r);
    if (st == HELIX_OK)
        st = check_places(&r);
    if (st == HELIX_OK) {
        lock_parents(&r);
        st = rename_locked(&r);
        unlock_parents(&r);
    }
    if (r.new != NULL)
        dentry_put(r.new);
    if (r.old != NULL)
        dentry_put(r.old);
    walker_end(&r.to);
    walker_end(&r.from);
    return st;
}
