/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Watches on files. The list of a vnode changes under watch_lock; whether there is one at all is
 * asked without it, so an event that races with the adding of a watch may go untold.
 */
#include <helix/abi/linux.h>
#include <helix/lib/string.h>

#include "watched.h"

struct mutex watch_lock = MUTEX_INIT(watch_lock, LOCK_RANK_NONE);
u32 watch_count;        // changed under watch_lock, read by all
static u32 last_cookie; // watch_lock

struct watch *watch_at_path(const struct path *path)
{
    return path->dentry->vnode->watches;
}

void watch_add(struct watch *watch, const struct path *path)
{
    struct vnode *vnode = path->dentry->vnode;
    vnode_get(vnode);
    atomic_fetch_add_relaxed(&vnode->watch_references, 1u);
    watch->vnode = vnode;
    watch->next = vnode->watches;
    atomic_store_release(&vnode->watches, watch);
    atomic_store_relaxed(&watch_count, watch_count + 1);
}

struct vnode *watch_remove(struct watch *watch)
{
    struct vnode *vnode = watch->vnode;
    struct watch **link = &vnode->watches;
    while (*link != watch)
        link = &(*link)->next;
    atomic_store_relaxed(link, watch->next);
    atomic_store_relaxed(&watch_count, watch_count - 1);
    watch->vnode = NULL;
    return vnode;
}

void watch_vnode_put(struct vnode *vnode)
{
    atomic_fetch_sub_relaxed(&vnode->watch_references, 1u);
    vnode_put(vnode);
}

void watch_name(const struct watch *watch, char *path, size_t capacity)
{
    vnode_any_name(watch->vnode, path, capacity);
}

/* ---- Telling ---- */

static bool is_watched(const struct vnode *vnode)
{
    return vnode != NULL && atomic_load_relaxed(&vnode->watches) != NULL;
}

/* The caller keeps @vnode, so no put here is the last. */
static void tell(struct vnode *vnode, const struct watch_event *event) HELIX_REQUIRES(&watch_lock)
{
    struct watch *next;
    for (struct watch *watch = vnode->watches; watch != NULL; watch = next) {
        next = watch->next;
        if (!(watch->mask & event->what & ~(u32)WATCH_IS_DIRECTORY) || !watch->event(watch, event))
            continue;
        watch_vnode_put(watch_remove(watch));
        watch->gone(watch);
    }
}

static u32 kind_of(const struct vnode *vnode)
{
    return vnode_is_directory(vnode) ? WATCH_IS_DIRECTORY : 0;
}

static void tell_locking(struct vnode *vnode, const struct watch_event *event)
{
    mutex_lock(&watch_lock);
    tell(vnode, event);
    mutex_unlock(&watch_lock);
}

void watch_tell_self(struct vnode *vnode, u32 what)
{
    const struct watch_event event = {.what = what | kind_of(vnode)};
    if (is_watched(vnode))
        tell_locking(vnode, &event);
}

/* What a directory hears of @child, whose name may change any time. */
static void tell_parent(const struct dentry *child, u32 what)
{
    char name[LINUX_NAME_MAX + 1];
    struct watch_event event = {.what = what, .name = name};
    spin_lock(&dentry_lock);
    const struct dentry *parent = child->parent;
    struct vnode *directory = parent != child && is_watched(parent->vnode) ? parent->vnode : NULL;
    if (directory != NULL) {
        vnode_get(directory);
        event.length = child->name->length;
        memcpy(name, child->name->text, event.length);
        event.without_name = !(child->flags & DENTRY_HASHED);
    }
    spin_unlock(&dentry_lock);
    if (directory == NULL)
        return;
    tell_locking(directory, &event);
    vnode_put(directory);
}

void watch_tell_file(const struct dentry *dentry, u32 what)
{
    what |= kind_of(dentry->vnode);
    tell_parent(dentry, what);
    const struct watch_event event = {.what = what};
    if (is_watched(dentry->vnode))
        tell_locking(dentry->vnode, &event);
}

/* The directory's vnode lock is held: names stay. */
void watch_tell_name(const struct dentry *directory, const struct dentry *child, u32 what)
{
    const struct watch_event event = {.what = what | kind_of(child->vnode),
                                      .name = child->name->text,
                                      .length = child->name->length};
    if (is_watched(directory->vnode))
        tell_locking(directory->vnode, &event);
}

/* The last event of @vnode; all its watches go. The caller keeps it. */
void watch_tell_gone(struct vnode *vnode, u32 what)
{
    const struct watch_event event = {.what = what};
    struct watch *watch;
    if (!is_watched(vnode))
        return;
    mutex_lock(&watch_lock);
    tell(vnode, &event);
    while ((watch = vnode->watches) != NULL) {
        watch_vnode_put(watch_remove(watch));
        watch->gone(watch);
    }
    mutex_unlock(&watch_lock);
}

void watch_tell_removed(const struct dentry *directory, const struct dentry *child)
{
    struct vnode *vnode = child->vnode;
    if (!vnode_is_directory(vnode))
        watch_tell_self(vnode, WATCH_ATTRIBUTES);
    if (vnode->attributes.links == 0 && ref_count(&child->references) == 1)
        watch_tell_gone(vnode, WATCH_DELETE_SELF);
    watch_tell_name(directory, child, WATCH_DELETE);
}

void watch_tell_moved(const struct watch_move *move)
{
    struct vnode *vnode = move->moved->vnode;
    struct watch_event event = {.what = WATCH_MOVED_FROM | kind_of(vnode),
                                .name = move->from_name,
                                .length = move->from_length};
    mutex_lock(&watch_lock);
    event.cookie = ++last_cookie;
    tell(move->from->vnode, &event);
    event.what = WATCH_MOVED_TO | kind_of(vnode);
    event.name = move->to_name;
    event.length = move->to_length;
    tell(move->to->vnode, &event);
    const struct watch_event self = {.what = WATCH_MOVE_SELF}, links = {.what = WATCH_ATTRIBUTES};
    if (move->replaced != NULL && !vnode_is_directory(move->replaced))
        tell(move->replaced, &links);
    tell(vnode, &self);
    mutex_unlock(&watch_lock);
}
