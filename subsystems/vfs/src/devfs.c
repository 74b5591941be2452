/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * devfs: a ramfs volume that begins with a node for every device, and gets more as devices appear.
 * Programs may add and remove what they like. Linux calls it devtmpfs.
 */
#include <helix/abi/linux.h>
#include <helix/lib/string.h>

#include "device.h"
#include "file_kinds.h"
#include "fs_call.h"
#include "mount.h"
#include "ramfs_types.h"
#include "walk.h"

static helix_status devfs_mounted(struct volume *volume);

struct fs_type devfs_type = {
    .name = "devfs",
    .binding = &ramfs_binding,
    .mounted = devfs_mounted,
    .single = true,
    .half_of_memory = true,
    .nodev = true,
};

struct fs_type devtmpfs_type = {
    .name = "devtmpfs",
    .binding = &ramfs_binding,
    .mounted = devfs_mounted,
    .single = true,
    .half_of_memory = true,
    .nodev = true,
    .same_as = &devfs_type,
};

static struct volume *devfs_volume(void)
{
    return atomic_load_acquire(&devfs_type.shared);
}

helix_status devfs_add_node(struct volume *volume, const char *name,
                            const struct fs_create_args *what)
{
    struct vnode *root = volume->root->vnode;
    struct fs_create_args args = *what;
    struct fs_attributes made;
    u32 length = (u32)strlen(name);
    args.now = vfs_time_now();
    sleep_lock_write(&root->lock);
    struct dentry *known =
        dentry_find_get(volume->root, name, length, dentry_hash_text(name, length));
    helix_status st = fs_create(root, name, length, &args, &made);
    if (st == HELIX_OK) {
        root->attributes.size += 20;
        root->attributes.links += (args.mode & LINUX_S_IFMT) == LINUX_S_IFDIR;
    }
    if (known != NULL && known->vnode == NULL)
        dentry_unhash(known); // it said that there is nothing
    sleep_unlock_write(&root->lock);
    if (known != NULL)
        dentry_put(known);
    return st == HELIX_E_EXIST ? HELIX_OK : st;
}

static u32 mode_of(const struct device_class *device, const char *name)
{
    u32 permissions = strcmp(name, "kmsg") == 0 ? 0644 : device->mode;
    return permissions | (device->block ? LINUX_S_IFBLK : LINUX_S_IFCHR);
}

static helix_status add_nodes(struct volume *volume, const struct device_class *device)
{
    char buffer[32];
    for (u32 minor = device->minor; minor - device->minor < device->minor_count; minor++) {
        const char *name = device->node_name(minor, buffer, sizeof buffer);
        if (name == NULL)
            continue;
        const struct fs_create_args args = {.mode = mode_of(device, name),
                                            .device = device_number(device->major, minor)};
        helix_status st = devfs_add_node(volume, name, &args);
        if (st != HELIX_OK)
            return st;
    }
    return HELIX_OK;
}

struct population {
    struct volume *volume;
    helix_status status;
};

static void populate(const struct device_class *device, void *context)
{
    struct population *p = context;
    if (p->status == HELIX_OK)
        p->status = add_nodes(p->volume, device);
}

static helix_status add_links(struct volume *volume)
{
    static const struct {
        const char *name, *target;
    } links[] = {
        {"fd", "/proc/self/fd"},
        {"stdin", "/proc/self/fd/0"},
        {"stdout", "/proc/self/fd/1"},
        {"stderr", "/proc/self/fd/2"},
    };
    for (size_t i = 0; i < array_count(links); i++) {
        const struct fs_create_args args = {.mode = LINUX_S_IFLNK | 0777,
                                            .target = links[i].target};
        helix_status st = devfs_add_node(volume, links[i].name, &args);
        if (st != HELIX_OK)
            return st;
    }
    return HELIX_OK;
}

static helix_status devfs_mounted(struct volume *volume)
{
    struct population p = {volume, HELIX_OK};
    device_for_each(populate, &p);
    return p.status == HELIX_OK ? add_links(volume) : p.status;
}

void devfs_add_device(const struct device_class *device)
{
    struct volume *volume = devfs_volume();
    if (volume != NULL)
        helix_ignore(add_nodes(volume, device)); // mknod can make the node as well
}

void devfs_remove_node(struct volume *volume, const char *name, u64 device)
{
    struct fs_attributes found;
    struct vnode *root = volume->root->vnode;
    const u32 length = (u32)strlen(name);
    sleep_lock_write(&root->lock);
    if (fs_lookup(root, name, length, &found) == HELIX_OK && found.device == device) {
        struct dentry *known =
            dentry_find_get(volume->root, name, length, dentry_hash_text(name, length));
        // What is still open goes on until it is closed; a program may have been faster.
        helix_ignore(fs_unlink(root, name, length, found.inode));
        if (known != NULL) {
            if (known->vnode != NULL)
                vnode_links_changed(known->vnode, -1);
            dentry_unhash(known);
            dentry_put(known);
        }
    }
    sleep_unlock_write(&root->lock);
}

void devfs_remove_device(const struct device_class *device)
{
    struct volume *volume = devfs_volume();
    char buffer[32];
    if (volume == NULL)
        return;
    for (u32 minor = device->minor; minor - device->minor < device->minor_count; minor++) {
        const char *name = device->node_name(minor, buffer, sizeof buffer);
        if (name != NULL)
            devfs_remove_node(volume, name, device_number(device->major, minor));
    }
}
