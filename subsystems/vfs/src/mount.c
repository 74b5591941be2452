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
    u32 read_only = atomic_load_relaxed(&mount->volume->read_only) ? LINUX_MS_RDONLY : 0;
    return atomic_load_relaxed(&mount->flags) | read_only;
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

struct mount *mount_allocate(struct volume *volume, struct dentry *root, u32 flags)
{
    struct mount *mount = kzalloc(sizeof *mount);
    if (mount == NULL)
        return NULL;
    mount->object = (struct object){.type = &mount_object_type, .id = object_id_new()};
    ref_init(&mount->references);
    mount->id = next_id++;
    mount->flags = flags & MOUNT_FLAGS;
    mount->propagation = LINUX_MS_PRIVATE;
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

void mount_put_locked(struct mount *mount)
{
    if (ref_put(&mount->references))
        mount_destroy_locked(mount);
}

void mount_put(struct mount *mount)
{
    if (!ref_put(&mount->references))
        return;
    sleep_lock_write(&mount_lock);
    mount_destroy_locked(mount);
    sleep_unlock_write(&mount_lock);
}

void mount_attach(struct mount *mount, struct mount *parent, struct dentry *point)
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

void mount_take_out(struct mount *mount)
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
    mount_put_locked(parent);
}

static helix_status mount_volume(const struct path *target, struct volume *volume,
                                 struct dentry *root, u32 flags)
{
    if (!vnode_is_directory(root->vnode) != !vnode_is_directory(target->dentry->vnode))
        return HELIX_E_NOT_DIR;
    struct mount *mount = mount_allocate(volume, root, flags);
    if (mount == NULL)
        return HELIX_E_NOMEM;
    mount_attach(mount, target->mount, target->dentry);
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
    if (type[0] == '\0')
        return HELIX_E_INVAL;
    helix_status st = volume_open_type(source, type, flags, options, &volume);
    if (st != HELIX_OK)
        return st;
    if (target->dentry == volume->root)
        return HELIX_E_BUSY; // on itself
    st = mount_volume(target, volume, volume->root, flags);
    if (st != HELIX_OK && volume->mounts == 0)
        volume_shut(volume);
    return st;
}

#define CHANGES                                                                                  \
    (LINUX_MS_REMOUNT | LINUX_MS_BIND | LINUX_MS_MOVE | LINUX_MS_UNBINDABLE | LINUX_MS_PRIVATE | \
     LINUX_MS_SLAVE | LINUX_MS_SHARED)

helix_status vfs_mount(const struct walk_context *walk, const char *source, const char *target,
                       const char *type, u32 flags, const char *options)
{
    struct path at;
    helix_status st = path_walk(walk, target, WALK_FOLLOW, &at);
    if (st != HELIX_OK)
        return st;
    if (!credentials_capable(walk->credentials, CRED_CAP_SYS_ADMIN)) {
        path_put(&at);
        return HELIX_E_PERM;
    }
    source = source != NULL ? source : "";
    options = options != NULL ? options : "";
    sleep_lock_write(&mount_lock);
    st = flags & CHANGES ? mount_change(walk, source, &at, flags, options)
                         : mount_new(&at, source, type != NULL ? type : "", flags, options);
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
            mount_attach(mount, NULL, NULL);
            atomic_store_release(&first_mount, mount);
        } else {
            volume_shut(volume);
            st = HELIX_E_NOMEM;
        }
    }
    sleep_unlock_write(&mount_lock);
    return st;
}

#define UMOUNT_FORCE    1u
#define UMOUNT_DETACH   2u
#define UMOUNT_EXPIRE   4u
#define UMOUNT_NOFOLLOW 8u

/* Nobody but the tree and our caller knows the mount: take it out for good. */
static helix_status unmount_idle(struct mount *mount, bool expire)
{
    struct volume *volume = mount->volume;
    if (mount->first_child != NULL)
        return HELIX_E_BUSY;
    if (expire && ref_count(&mount->references) == 2 &&
        !atomic_exchange_relaxed(&mount->expiring, true))
        return HELIX_E_AGAIN;
    if (volume->mounts == 1 && volume->root != NULL) {
        dentry_shrink_below(volume->root);
        if (vnode_any_busy(volume))
            return HELIX_E_BUSY;
    }
    u32 two = 2; // the tree's and our caller's
    if (!atomic_cas_acquire(&mount->references.count, &two, 1u))
        return HELIX_E_BUSY;
    mount_take_out(mount);
    return HELIX_OK;
}

/* Each goes when its last user does. */
void mount_take_out_tree(struct mount *mount)
{
    while (mount->first_child != NULL)
        mount_take_out_tree(mount->first_child);
    mount_take_out(mount);
    mount_put_locked(mount); // the tree's
}

void mount_detach(struct mount *mount)
{
    sleep_lock_write(&mount_lock);
    if (mount->parent != NULL)
        mount_take_out_tree(mount);
    sleep_unlock_write(&mount_lock);
}

static helix_status unmount_locked(struct mount *mount, u32 flags)
{
    if (mount->parent == NULL)
        return mount == first_mount && !(flags & UMOUNT_EXPIRE) ? HELIX_E_BUSY : HELIX_E_INVAL;
    if (!(flags & UMOUNT_DETACH))
        return unmount_idle(mount, (flags & UMOUNT_EXPIRE) != 0);
    mount_take_out_tree(mount); // our caller has a reference
    return HELIX_OK;
}

/* The last step of the way is made here: a walk would count as somebody who came by. */
static struct mount *topmost_on(const struct path *at)
{
    struct mount *mount = at->mount;
    const struct dentry *dentry = at->dentry;
    for (struct mount *on; (on = mount_on(mount, dentry)) != NULL; mount = on)
        dentry = on->root;
    return dentry == mount->root ? mount : NULL;
}

static helix_status unmount_at(const struct path *at, u32 flags)
{
    sleep_lock_write(&mount_lock);
    struct mount *mount = topmost_on(at);
    helix_status st = HELIX_E_INVAL;
    if (mount != NULL)
        mount_get(mount);
    dentry_put(at->dentry); // or it would count as a user
    mount_put_locked(at->mount);
    if (mount != NULL) {
        st = unmount_locked(mount, flags);
        mount_put_locked(mount);
    }
    sleep_unlock_write(&mount_lock);
    return st;
}

helix_status vfs_unmount(const struct walk_context *walk, const char *target, u32 flags)
{
    if ((flags & ~(UMOUNT_FORCE | UMOUNT_DETACH | UMOUNT_EXPIRE | UMOUNT_NOFOLLOW)) ||
        ((flags & UMOUNT_EXPIRE) && (flags & (UMOUNT_FORCE | UMOUNT_DETACH))))
        return HELIX_E_INVAL;
    struct path at;
    helix_status st =
        path_walk(walk, target, WALK_NO_MOUNTS | (flags & UMOUNT_NOFOLLOW ? 0 : WALK_FOLLOW), &at);
    if (st != HELIX_OK)
        return st;
    if (credentials_capable(walk->credentials, CRED_CAP_SYS_ADMIN))
        return unmount_at(&at, flags);
    path_put(&at);
    return HELIX_E_PERM;
}

helix_status vfs_statistics_of(u64 device, struct fs_statistics *statistics_out)
{
    struct mount *found = NULL;
    sleep_lock_read(&mount_lock);
    list_for_each(struct mount, mount, &all_mounts, all_link) {
        if (mount->volume->device == device) {
            mount_get(mount);
            found = mount;
            break;
        }
    }
    sleep_unlock_read(&mount_lock);
    if (found == NULL)
        return HELIX_E_INVAL;
    const struct path root = {found, found->root};
    helix_status st = vfs_statistics(&root, statistics_out);
    mount_put(found);
    return st;
}
