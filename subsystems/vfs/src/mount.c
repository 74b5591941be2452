/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Volumes and where they hang: mounting, unmounting, remounting, binding. */
#include <helix/abi/linux.h>
#include <helix/lib/parse.h>
#include <helix/lib/string.h>
#include <helix/memory/frame.h>
#include <helix/memory/heap.h>
#include <helix/vfs/path.h>

#include "fs_call.h"
#include "mount.h"
#include "objects.h"

struct sleep_lock mount_lock;

static struct mount *first_mount;
static struct list all_mounts = LIST_INIT(all_mounts);   // mount_lock
static struct list all_volumes = LIST_INIT(all_volumes); // mount_lock
static u64 next_id = 1;                                  // mount_lock
static u32 next_device = 1;                              // mount_lock

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

/* ---- Volumes ---- */

void volume_get(struct volume *volume)
{
    ref_get(&volume->references);
}

void volume_put(struct volume *volume)
{
    if (!ref_put(&volume->references))
        return;
    if (volume->type != NULL)
        fs_unmount(volume);
    kfree(volume->source);
    kfree(volume);
}

static struct volume *volume_allocate(struct fs_type *type, const char *source)
{
    struct volume *volume = kzalloc(sizeof *volume);
    if (volume == NULL)
        return NULL;
    volume->source = kstrdup(source);
    if (volume->source == NULL) {
        kfree(volume);
        return NULL;
    }
    ref_init(&volume->references);
    list_init(&volume->vnodes);
    volume->type = type;
    return volume;
}

helix_status volume_create_anonymous(const char *name, struct volume **volume_out)
{
    *volume_out = volume_allocate(NULL, name);
    if (*volume_out == NULL)
        return HELIX_E_NOMEM;
    (*volume_out)->flags = FS_TYPE_NO_STORE | FS_TYPE_NO_DCACHE;
    (*volume_out)->device = atomic_fetch_add_relaxed(&next_device, 1u);
    return HELIX_OK;
}

/* "size=64m", also "size=50%" of memory as tmpfs knows it: the limit of pages; other options are
 * the module's business. */
static u64 option_limit(const char *options)
{
    const char *at = options;
    while (at != NULL && *at != '\0') {
        if (lib_starts_with(at, "size=")) {
            char text[24];
            size_t length = 0;
            for (at += 5; *at != '\0' && *at != ',' && length < sizeof text - 1; at++)
                text[length++] = *at;
            text[length] = '\0';
            u64 bytes;
            return parse_size(text, &bytes) == HELIX_OK ? bytes : 0;
        }
        at = strchr(at, ',');
        if (at != NULL)
            at++;
    }
    return 0;
}

static u64 half_of_memory(void)
{
    struct memory_counts counts;
    memory_counts(&counts);
    return counts.total / 2 * PAGE_SIZE;
}

static helix_status volume_fill_root(struct volume *volume, const struct fs_attributes *attributes)
{
    struct vnode *vnode;
    helix_status st = vnode_of(volume, attributes, &vnode);
    if (st != HELIX_OK)
        return st;
    if (volume_pins(volume))
        vnode_touch(vnode, FS_SET_ACCESSED | FS_SET_MODIFIED | FS_SET_CHANGED);
    st = dentry_create(volume, NULL, "", 0, vnode, &volume->root);
    vnode_put(vnode);
    return st;
}

/* Where the one volume of a type with several names is kept. */
static struct fs_type *single_of(struct fs_type *type)
{
    return type->same_as != NULL ? type->same_as : type;
}

/* Drop all that the volume keeps of its own; it goes when the last vnode does. */
static void volume_shut(struct volume *volume)
{
    list_remove(&volume->all_link);
    struct volume *shared = volume;
    if (volume->type->single)
        atomic_cas_relaxed(&single_of(volume->type)->shared, &shared, NULL);
    if (volume->root != NULL) {
        dentry_shrink_below(volume->root);
        dentry_put(volume->root);
    }
    vnode_unpin_all(volume);
    volume_put(volume);
}

static helix_status volume_open(struct fs_type *type, const struct fs_mount_args *args,
                                struct volume **volume_out)
{
    struct volume *volume = volume_allocate(type, args->source);
    if (volume == NULL)
        return HELIX_E_NOMEM;
    struct fs_attributes root;
    helix_status st = fs_type_flags(type, &volume->flags);
    if (st == HELIX_OK)
        st = fs_mount(type, args, &volume->handle, &root);
    if (st != HELIX_OK) {
        volume->type = NULL; // nothing to unmount
        volume_put(volume);
        return st;
    }
    volume->device = next_device++;
    volume->page_limit = args->limit_bytes / PAGE_SIZE;
    list_push_back(&all_volumes, &volume->all_link);
    st = volume_fill_root(volume, &root);
    if (st == HELIX_OK && type->mounted != NULL)
        st = type->mounted(volume);
    if (st != HELIX_OK) {
        volume_shut(volume);
        return st;
    }
    if (type->single)
        atomic_store_release(&single_of(type)->shared, volume);
    *volume_out = volume;
    return HELIX_OK;
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

/* A type that a module brought after boot: known by the gate's name for it. mount_lock is held. */
static struct fs_type *type_of_module(const char *name)
{
    struct gate_binding *binding = gate_find(HELIX_FILESYSTEM, name);
    if (binding == NULL)
        return NULL;
    struct fs_type *type = kzalloc(sizeof *type);
    if (type == NULL)
        return NULL;
    type->name = binding->instance; // bindings stay
    type->binding = binding;
    u32 flags;
    type->nodev = fs_type_flags(type, &flags) != HELIX_OK || !(flags & FS_TYPE_NEEDS_DEVICE);
    fs_type_register(type);
    return type;
}

static helix_status open_of_type(const char *source, const char *type_name, u32 flags,
                                 const char *options, struct volume **volume_out)
{
    struct fs_type *type = fs_type_find(type_name);
    if (type == NULL)
        type = type_of_module(type_name);
    if (type == NULL)
        return HELIX_E_NODEV;
    if (type->single && single_of(type)->shared != NULL) {
        *volume_out = single_of(type)->shared;
        return HELIX_OK;
    }
    struct fs_mount_args args = {.source = source[0] != '\0' ? source : "none",
                                 .options = options,
                                 .flags = flags,
                                 .limit_bytes = option_limit(options)};
    if (args.limit_bytes == 0 && type->half_of_memory)
        args.limit_bytes = half_of_memory();
    return volume_open(type, &args, volume_out);
}

helix_status mount_nowhere(const char *type, struct path *root_out)
{
    struct volume *volume;
    sleep_lock_write(&mount_lock);
    helix_status st = open_of_type(type, type, 0, "", &volume);
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
    helix_status st = open_of_type(source, type, flags, options, &volume);
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
    helix_status st = open_of_type(source, type, flags, options, &volume);
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

void vfs_sync_all(void)
{
    sleep_lock_read(&mount_lock);
    list_for_each(struct volume, volume, &all_volumes, all_link) {
        // Nobody waits for the answer of sync(2); each volume's errors are in the log.
        helix_ignore(vnode_sync_all(volume));
        helix_ignore(fs_sync(volume));
    }
    sleep_unlock_read(&mount_lock);
}
