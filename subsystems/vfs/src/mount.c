/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Where volumes hang: mounting, unmounting, remounting, binding. */
#include <helix/abi/linux.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/vfs/path.h>

#include "fs_call.h"
#include "mount.h"
#include "objects.h"

struct sleep_lock mount_lock;

static struct mount *first_mount;
static struct list all_mounts = LIST_INIT(all_mounts); // mount_lock
static u64 next_id = 1;                                // mount_lock

/* What mount(2) may set on a mount. */
#define MOUNT_FLAGS                                                                            \
    (LINUX_MS_RDONLY | LINUX_MS_NOSUID | LINUX_MS_NODEV | LINUX_MS_NOEXEC | LINUX_MS_NOATIME | \
     LINUX_MS_NODIRATIME | LINUX_MS_RELATIME)

struct mount *mount_root(void)
{
    return atomic_load_acquire(&first_mount);
}

struct list *mount_list(void)
{
    return &all_mounts;
}

void mount_get(struct mount *mount)
{
    ref_get(&mount->references);
}

u64 mount_device(const struct mount *mount)
{
    return mount->volume->device;
}

u32 mount_flags(const struct mount *mount)
{
    return atomic_load_relaxed(&mount->flags);
}

u64 mount_id(const struct mount *mount)
{
    return mount->id;
}

bool path_is_mount_root(const struct path *path)
{
    return path->dentry == path->mount->root;
}

helix_status mount_may_write(const struct mount *mount)
{
    return mount_flags(mount) & LINUX_MS_RDONLY ? HELIX_E_READ_ONLY : HELIX_OK;
}

void mount_for_each(void (*visit)(struct mount *mount, void *context), void *context)
{
    list_for_each(struct mount, mount, &all_mounts, all_link) {
        visit(mount, context);
    }
}

/* ---- Mounts ---- */

static struct mount *mount_allocate(struct volume *volume, struct dentry *root, u32 flags)
{
    struct mount *mount = kzalloc(sizeof *mount);
    if (mount == NULL)
        return NULL;
    mount->object = (struct object){.type = &mount_object_type, .id = object_id_new()};
    ref_init(&mount->references);
    mount->id = next_id++;
    mount->flags = flags & MOUNT_FLAGS;
    mount->volume = volume;
    mount->root = root;
    dentry_get(root);
    volume->mounts++;
    return mount;
}

static void mount_free_later(struct quiesce_head *head)
{
    kfree(container_of(head, struct mount, free));
}

/* The count is zero. mount_lock is held. */
static void mount_destroy_locked(struct mount *mount)
{
    dentry_put(mount->root);
    if (--mount->volume->mounts == 0)
        volume_shut(mount->volume);
    quiesce_call(&mount->free, mount_free_later);
}

void mount_put(struct mount *mount)
{
    if (!ref_put(&mount->references))
        return;
    sleep_lock_write(&mount_lock);
    mount_destroy_locked(mount);
    sleep_unlock_write(&mount_lock);
}

static void attach(struct mount *mount, struct mount *parent, struct dentry *point)
{
    list_push_back(&all_mounts, &mount->all_link);
    if (parent == NULL)
        return;
    dentry_get(point);
    mount_get(parent);
    mount->point = point;
    mount->parent = parent;
    spin_lock(&dentry_lock);
    namespace_change_begin();
    mount->next_sibling = parent->first_child;
    atomic_store_release(&parent->first_child, mount);
    dentry_set_mountpoint(point, true);
    namespace_change_end();
    spin_unlock(&dentry_lock);
}

static bool any_mount_on(const struct dentry *point)
{
    list_for_each(struct mount, mount, &all_mounts, all_link) {
        if (mount->parent != NULL && mount->point == point)
            return true;
    }
    return false;
}

/* Out of the tree: walks do not find it any more. Its children stay with it. */
static void detach(struct mount *mount)
{
    struct mount *parent = mount->parent;
    struct dentry *point = mount->point;
    list_remove(&mount->all_link);
    mount->parent = NULL;
    bool last = !any_mount_on(point);
    spin_lock(&dentry_lock);
    namespace_change_begin();
    struct mount **link = &parent->first_child;
    while (*link != mount)
        link = &(*link)->next_sibling;
    atomic_store_release(link, mount->next_sibling);
    if (last)
        dentry_set_mountpoint(point, false);
    namespace_change_end();
    spin_unlock(&dentry_lock);
    dentry_put(point);
    if (ref_put(&parent->references))
        mount_destroy_locked(parent);
}

static helix_status mount_volume(const struct path *target, struct volume *volume,
                                 struct dentry *root, u32 flags)
{
    if (!vnode_is_directory(root->vnode) != !vnode_is_directory(target->dentry->vnode))
        return HELIX_E_NOT_DIR;
    struct mount *mount = mount_allocate(volume, root, flags);
    if (mount == NULL)
        return HELIX_E_NOMEM;
    attach(mount, target->mount, target->dentry);
    return HELIX_OK;
}

helix_status mount_nowhere(const char *type, struct path *root_out)
{
    struct volume *volume;
    sleep_lock_write(&mount_lock);
    helix_status st = volume_open_type(type, type, 0, "", &volume);
    if (st == HELIX_OK) {
        root_out->mount = mount_allocate(volume, volume->root, 0);
        root_out->dentry = volume->root;
        if (root_out->mount == NULL)
            st = HELIX_E_NOMEM;
    }
    sleep_unlock_write(&mount_lock);
    return st;
}

static helix_status mount_new(const struct path *target, const char *source, const char *type,
                              u32 flags, const char *options)
{
    struct volume *volume;
    helix_status st = volume_open_type(source, type, flags, options, &volume);
    if (st != HELIX_OK)
        return st;
    st = mount_volume(target, volume, volume->root, flags);
    if (st != HELIX_OK && volume->mounts == 0)
        volume_shut(volume);
    return st;
}

static helix_status mount_bind(const struct walk_context *walk, const char *source,
                               const struct path *target, u32 flags)
{
    struct path from;
    helix_status st = path_walk(walk, source, WALK_FOLLOW, &from);
    if (st != HELIX_OK)
        return st;
    st = mount_volume(target, from.mount->volume, from.dentry,
                      mount_flags(from.mount) | (flags & MOUNT_FLAGS));
    // mount_lock is held, so the put must not be the last: the tree has the mount.
    if (ref_put(&from.mount->references))
        mount_destroy_locked(from.mount);
    dentry_put(from.dentry);
    return st;
}

static helix_status remount(const struct path *target, u32 flags)
{
    if (target->dentry != target->mount->root)
        return HELIX_E_INVAL;
    atomic_store_relaxed(&target->mount->flags, flags & MOUNT_FLAGS);
    return HELIX_OK;
}

static helix_status move_mount(const struct walk_context *walk, const char *source,
                               const struct path *target)
{
    struct path from;
    helix_status st = path_walk(walk, source, WALK_FOLLOW, &from);
    if (st != HELIX_OK)
        return st;
    bool inside = false;
    for (const struct mount *up = target->mount; up != NULL; up = up->parent)
        inside |= up == from.mount;
    if (from.dentry != from.mount->root || from.mount->parent == NULL)
        st = HELIX_E_INVAL;
    else if (inside)
        st = HELIX_E_LOOP;
    else {
        detach(from.mount);
        attach(from.mount, target->mount, target->dentry);
    }
    if (ref_put(&from.mount->references))
        mount_destroy_locked(from.mount);
    dentry_put(from.dentry);
    return st;
}

#define PROPAGATION \
    (1u << 17 | 1u << 18 | 1u << 19 | 1u << 20) // MS_UNBINDABLE, PRIVATE, SLAVE, SHARED

static helix_status mount_at(const struct walk_context *walk, const char *source,
                             const struct path *target, const char *type, u32 flags,
                             const char *options)
{
    if (flags & PROPAGATION)
        return HELIX_OK; // there is one tree of mounts, and nothing to pass on to
    if (flags & LINUX_MS_REMOUNT)
        return remount(target, flags);
    if (flags & LINUX_MS_BIND)
        return mount_bind(walk, source, target, flags);
    if (flags & LINUX_MS_MOVE)
        return move_mount(walk, source, target);
    return mount_new(target, source, type, flags, options);
}

helix_status vfs_mount(const struct walk_context *walk, const char *source, const char *target,
                       const char *type, u32 flags, const char *options)
{
    if (!credentials_capable(walk->credentials, CRED_CAP_SYS_ADMIN))
        return HELIX_E_PERM;
    struct path at;
    helix_status st = path_walk(walk, target, WALK_FOLLOW, &at);
    if (st != HELIX_OK)
        return st;
    sleep_lock_write(&mount_lock);
    st = mount_at(walk, source != NULL ? source : "", &at, type != NULL ? type : "", flags,
                  options != NULL ? options : "");
    sleep_unlock_write(&mount_lock);
    path_put(&at);
    return st;
}

helix_status vfs_mount_root(const char *source, const char *type, u32 flags, const char *options)
{
    if (first_mount != NULL)
        return HELIX_E_BUSY;
    sleep_lock_write(&mount_lock);
    struct volume *volume;
    helix_status st = volume_open_type(source, type, flags, options, &volume);
    if (st == HELIX_OK) {
        struct mount *mount = mount_allocate(volume, volume->root, flags);
        if (mount != NULL) {
            attach(mount, NULL, NULL);
            atomic_store_release(&first_mount, mount);
        } else {
            volume_shut(volume);
            st = HELIX_E_NOMEM;
        }
    }
    sleep_unlock_write(&mount_lock);
    return st;
}

#define UMOUNT_DETACH   2u
#define UMOUNT_NOFOLLOW 8u

/* Nobody but the tree and our caller knows the mount: take it out for good. */
static helix_status unmount_idle(struct mount *mount)
{
    struct volume *volume = mount->volume;
    if (mount->first_child != NULL)
        return HELIX_E_BUSY;
    if (volume->mounts == 1 && volume->root != NULL) {
        dentry_shrink_below(volume->root);
        if (vnode_any_busy(volume))
            return HELIX_E_BUSY;
    }
    u32 two = 2; // the tree's and our caller's
    if (!atomic_cas_acquire(&mount->references.count, &two, 1u))
        return HELIX_E_BUSY;
    detach(mount);
    return HELIX_OK;
}

/* Take @mount and all that hangs below it out of the tree. Each goes when its last user does. */
static void detach_tree(struct mount *mount)
{
    while (mount->first_child != NULL)
        detach_tree(mount->first_child);
    detach(mount);
    if (ref_put(&mount->references)) // the tree's
        mount_destroy_locked(mount);
}

void mount_detach(struct mount *mount)
{
    sleep_lock_write(&mount_lock);
    if (mount->parent != NULL)
        detach_tree(mount);
    sleep_unlock_write(&mount_lock);
}

static helix_status unmount_locked(struct mount *mount, u32 flags)
{
    if (mount->parent == NULL)
        return mount == first_mount ? HELIX_E_BUSY : HELIX_E_INVAL;
    if (!(flags & UMOUNT_DETACH))
        return unmount_idle(mount);
    detach_tree(mount); // our caller has a reference
    return HELIX_OK;
}

helix_status vfs_unmount(const struct walk_context *walk, const char *target, u32 flags)
{
    if (!credentials_capable(walk->credentials, CRED_CAP_SYS_ADMIN))
        return HELIX_E_PERM;
    struct path at;
    helix_status st = path_walk(walk, target, flags & UMOUNT_NOFOLLOW ? 0 : WALK_FOLLOW, &at);
    if (st != HELIX_OK)
        return st;
    if (at.dentry != at.mount->root) {
        path_put(&at);
        return HELIX_E_INVAL;
    }
    dentry_put(at.dentry); // or it would count as a user
    sleep_lock_write(&mount_lock);
    st = unmount_locked(at.mount, flags);
    if (ref_put(&at.mount->references))
        mount_destroy_locked(at.mount);
    sleep_unlock_write(&mount_lock);
    return st;
}
