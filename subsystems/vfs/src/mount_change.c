/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* mount(2) on what is mounted: binding, moving, other flags. mount_lock is held everywhere. */
#include <helix/abi/linux.h>
#include <helix/vfs/path.h>

#include "mount.h"
#include "volume_options.h"

#define MS_REC      (1u << 14)
#define MS_SILENT   (1u << 15)
#define PROPAGATION (LINUX_MS_UNBINDABLE | LINUX_MS_PRIVATE | LINUX_MS_SLAVE | LINUX_MS_SHARED)
#define ATIME_FLAGS (LINUX_MS_NOATIME | LINUX_MS_NODIRATIME | LINUX_MS_RELATIME | 1u << 24)

/* ---- Other flags ---- */

static void add_writers(struct mount *mount, void *context)
{
    struct {
        const struct volume *volume;
        u32 writers;
    } *sum = context;
    if (mount->volume == sum->volume)
        sum->writers += atomic_load_relaxed(&mount->writers);
}

/* Who opens for writing counts itself first and looks then; we do it the other way round. */
static helix_status stop_writers(struct volume *volume)
{
    struct {
        const struct volume *volume;
        u32 writers;
    } sum = {volume, 0};
    if (atomic_load_relaxed(&volume->read_only))
        return HELIX_OK;
    atomic_store_relaxed(&volume->read_only, true);
    atomic_fence_seq();
    mount_for_each(add_writers, &sum);
    if (sum.writers == 0)
        return HELIX_OK;
    atomic_store_relaxed(&volume->read_only, false);
    return HELIX_E_BUSY;
}

/* A limit that is not there stays so, and one that is there does not fall below what is used. */
static bool may_limit(bool wanted, u64 limit, u64 old, u64 used)
{
    return !wanted || limit == 0 || (old != 0 && used <= limit);
}

static helix_status remount_volume(struct volume *volume, u32 flags, const char *text)
{
    struct volume_options options = {.mode = 0};
    helix_status st = volume->type->is_tmpfs ? volume_options_parse(text, &options) : HELIX_OK;
    if (st != HELIX_OK)
        return st;
    if (!may_limit(options.has_pages, options.pages, volume->page_limit, volume->pages) ||
        !may_limit(options.has_inodes, options.inodes, volume->inode_limit, volume->inodes))
        return HELIX_E_INVAL;
    if (flags & LINUX_MS_RDONLY)
        st = stop_writers(volume);
    else
        atomic_store_relaxed(&volume->read_only, false);
    if (st == HELIX_OK && options.has_pages)
        atomic_store_relaxed(&volume->page_limit, options.pages);
    if (st == HELIX_OK && options.has_inodes)
        atomic_store_relaxed(&volume->inode_limit, options.inodes);
    return st;
}

static helix_status set_flags(struct mount *mount, u32 flags)
{
    u32 old = atomic_load_relaxed(&mount->flags);
    if (!(flags & ATIME_FLAGS))
        flags |= old & ATIME_FLAGS;
    atomic_store_relaxed(&mount->flags, flags & MOUNT_FLAGS);
    atomic_fence_seq();
    if ((flags & LINUX_MS_RDONLY) && atomic_load_relaxed(&mount->writers) > 0) {
        atomic_store_relaxed(&mount->flags, old);
        return HELIX_E_BUSY;
    }
    return HELIX_OK;
}

static helix_status remount(const struct path *target, u32 flags, const char *options)
{
    if (!path_is_mount_root(target))
        return HELIX_E_INVAL;
    helix_status st =
        flags & LINUX_MS_BIND ? HELIX_OK : remount_volume(target->mount->volume, flags, options);
    return st == HELIX_OK ? set_flags(target->mount, flags) : st;
}

static void propagate(struct mount *mount, u32 type, bool below)
{
    // One that is private has no master to become the slave of.
    if (type != LINUX_MS_SLAVE || mount->propagation == LINUX_MS_SHARED)
        mount->propagation = type;
    for (struct mount *child = below ? mount->first_child : NULL; child != NULL;
         child = child->next_sibling)
        propagate(child, type, true);
}

static helix_status set_propagation(const struct path *target, u32 flags)
{
    u32 type = flags & ~(MS_REC | MS_SILENT);
    if ((type & ~PROPAGATION) || (type & (type - 1)) || !path_is_mount_root(target))
        return HELIX_E_INVAL;
    propagate(target->mount, type, (flags & MS_REC) != 0);
    return HELIX_OK;
}

/* ---- Binding ---- */

/* A mount of what @mount shows below @root, and with @below of all that hangs there; NULL: no
 * memory. Nobody finds it yet. */
static struct mount *clone(const struct mount *mount, struct dentry *root, bool below)
{
    struct mount *made = mount_allocate(mount->volume, root, mount->flags);
    if (made == NULL)
        return NULL;
    made->propagation = mount->propagation;
    for (struct mount *child = below ? mount->first_child : NULL; child != NULL;
         child = child->next_sibling) {
        if (child->propagation == LINUX_MS_UNBINDABLE || !dentry_is_below(child->point, root))
            continue;
        struct mount *copy = clone(child, child->root, true);
        if (copy == NULL) {
            while (made->first_child != NULL)
                mount_take_out_tree(made->first_child);
            mount_put_locked(made);
            return NULL;
        }
        mount_attach(copy, made, child->point);
    }
    return made;
}

static bool same_kind(const struct dentry *left, const struct dentry *right)
{
    return vnode_is_directory(left->vnode) == vnode_is_directory(right->vnode);
}

static helix_status bind(const struct path *from, const struct path *target, u32 flags)
{
    if (from->mount->propagation == LINUX_MS_UNBINDABLE)
        return HELIX_E_INVAL;
    if (!same_kind(from->dentry, target->dentry))
        return HELIX_E_NOT_DIR;
    struct mount *made = clone(from->mount, from->dentry, (flags & MS_REC) != 0);
    if (made == NULL)
        return HELIX_E_NOMEM;
    mount_attach(made, target->mount, target->dentry);
    return HELIX_OK;
}

/* ---- Moving ---- */

static bool any_unbindable(const struct mount *mount)
{
    if (mount->propagation == LINUX_MS_UNBINDABLE)
        return true;
    for (const struct mount *child = mount->first_child; child != NULL; child = child->next_sibling)
        if (any_unbindable(child))
            return true;
    return false;
}

static helix_status move(const struct path *from, const struct path *target)
{
    struct mount *mount = from->mount;
    if (!path_is_mount_root(from) || mount->parent == NULL ||
        !same_kind(from->dentry, target->dentry) || mount->parent->propagation == LINUX_MS_SHARED)
        return HELIX_E_INVAL;
    if (target->mount->propagation == LINUX_MS_SHARED && any_unbindable(mount))
        return HELIX_E_INVAL;
    for (const struct mount *up = target->mount; up != NULL; up = up->parent)
        if (up == mount)
            return HELIX_E_LOOP;
    mount_take_out(mount);
    mount_attach(mount, target->mount, target->dentry);
    return HELIX_OK;
}

helix_status mount_change(const struct walk_context *walk, const char *source,
                          const struct path *target, u32 flags, const char *options)
{
    if (flags & LINUX_MS_REMOUNT)
        return remount(target, flags, options);
    if (!(flags & LINUX_MS_BIND) && (flags & PROPAGATION))
        return set_propagation(target, flags);
    if (source[0] == '\0')
        return HELIX_E_INVAL;
    struct path from;
    helix_status st = path_walk(walk, source, WALK_FOLLOW, &from);
    if (st != HELIX_OK)
        return st;
    st = flags & LINUX_MS_BIND ? bind(&from, target, flags) : move(&from, target);
    dentry_put(from.dentry);
    mount_put_locked(from.mount);
    return st;
}
