/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* File systems that are in use, by type. */
#include <helix/abi/linux.h>
#include <helix/lib/string.h>
#include <helix/memory/frame.h>
#include <helix/memory/heap.h>
#include <helix/vfs/path.h>

#include "fs_call.h"
#include "mount.h"
#include "volume_options.h"
#include "watched.h"

static struct list all_volumes = LIST_INIT(all_volumes); // mount_lock
static u32 next_device = 1;                              // mount_lock

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

static u64 half_of_memory(void)
{
    struct memory_counts counts;
    memory_counts(&counts);
    return counts.total / 2;
}

helix_status volume_reserve_inode(struct volume *volume)
{
    u64 now = atomic_fetch_add_relaxed(&volume->inodes, 1ull) + 1;
    u64 limit = atomic_load_relaxed(&volume->inode_limit);
    if (limit == 0 || now <= limit)
        return HELIX_OK;
    atomic_fetch_sub_relaxed(&volume->inodes, 1ull);
    return HELIX_E_NO_SPACE;
}

void volume_free_inode(struct volume *volume)
{
    atomic_fetch_sub_relaxed(&volume->inodes, 1ull);
}

/* Who owns the root of a tmpfs, and who may write there. */
static helix_status own_root(const struct volume *volume, const struct volume_options *options,
                             const struct credentials *who)
{
    struct vnode *root = volume->root->vnode;
    struct fs_attributes *now = &root->attributes;
    struct fs_attributes told;
    now->mode = LINUX_S_IFDIR | (options->has_mode ? options->mode : 01777u);
    now->uid = options->has_uid ? options->uid : who->fsuid;
    now->gid = options->has_gid ? options->gid : who->fsgid;
    return fs_set_attributes(root, FS_SET_MODE | FS_SET_OWNER | FS_SET_GROUP, now, &told);
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
void volume_shut(struct volume *volume)
{
    list_remove(&volume->all_link);
    struct volume *shared = volume;
    watch_volume_gone(volume);
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
    volume->read_only = (args->flags & LINUX_MS_RDONLY) != 0;
    volume->inodes = 1; // the root
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

/* Only the first one, rootfs, has nobody who could tell them. */
static helix_status open_tmpfs(struct fs_type *type, struct fs_mount_args *args,
                               struct volume **volume_out)
{
    struct volume_options options;
    helix_status st = volume_options_parse(args->options, &options);
    if (st != HELIX_OK)
        return st;
    args->limit_bytes = (options.has_pages ? options.pages : half_of_memory()) * PAGE_SIZE;
    st = volume_open(type, args, volume_out);
    if (st != HELIX_OK)
        return st;
    (*volume_out)->inode_limit = options.has_inodes ? options.inodes : half_of_memory();
    if (mount_root() == NULL)
        return HELIX_OK;
    struct credentials *root = credentials_root();
    st = own_root(*volume_out, &options, root);
    credentials_put(root);
    if (st != HELIX_OK)
        volume_shut(*volume_out);
    return st;
}

helix_status volume_open_type(const char *source, const char *type_name, u32 flags,
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
    struct fs_mount_args args = {
        .source = source[0] != '\0' ? source : "none", .options = options, .flags = flags};
    if (type->is_tmpfs)
        return open_tmpfs(type, &args, volume_out);
    args.limit_bytes = type->half_of_memory ? half_of_memory() * PAGE_SIZE : 0;
    return volume_open(type, &args, volume_out);
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
