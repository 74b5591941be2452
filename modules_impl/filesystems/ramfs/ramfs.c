/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The module: mounts, attributes, and the record. */
#include "ramfs.h"

#include <helix/abi/module.h>
#include <helix/lib/string.h>

#define TMPFS_MAGIC 0x01021994u

void *ramfs_alloc(struct ramfs *ramfs, size_t bytes)
{
    return ramfs->memory->alloc(ramfs->kernel, bytes);
}

void ramfs_free(struct ramfs *ramfs, void *memory)
{
    if (memory != NULL)
        ramfs->memory->free(ramfs->kernel, memory);
}

/* ---- Mounts ---- */

static u32 option_mode(const char *options)
{
    const char *at = options != NULL ? strstr(options, "mode=") : NULL;
    u32 mode = 0;
    if (at == NULL)
        return 0755;
    for (at += 5; *at >= '0' && *at <= '7'; at++)
        mode = (mode << 3 | (u32)(*at - '0')) & 07777;
    return mode;
}

void ramfs_mount_free(struct ramfs *ramfs, struct ramfs_mount *mount)
{
    for (u64 chunk = 0; chunk < mount->chunk_count; chunk++) {
        for (u32 i = 0; i < RAMFS_CHUNK; i++) {
            if (mount->chunks[chunk]->inodes[i] != NULL)
                ramfs_inode_destroy(ramfs, mount, mount->chunks[chunk]->inodes[i]);
        }
        ramfs_free(ramfs, mount->chunks[chunk]);
    }
    ramfs_free(ramfs, mount->chunks);
    ramfs_free(ramfs, mount);
}

static helix_status ramfs_mount(void *self, const struct fs_mount_args *args, u64 *mount_out,
                                struct fs_attributes *root_out)
{
    struct ramfs *ramfs = self;
    struct ramfs_mount *mount = ramfs_alloc(ramfs, sizeof *mount);
    if (mount == NULL)
        return HELIX_E_NOMEM;
    mount->lowest_free = 1;
    struct ramfs_inode *root;
    const struct fs_create_args create = {.mode = LINUX_S_IFDIR | option_mode(args->options)};
    helix_status st = ramfs_inode_create(ramfs, mount, &create, &root);
    if (st != HELIX_OK) {
        ramfs_mount_free(ramfs, mount);
        return st;
    }
    ramfs->sync->lock(ramfs->lock);
    mount->id = ++ramfs->last_mount;
    list_push_back(&ramfs->mounts, &mount->link);
    ramfs->sync->unlock(ramfs->lock);
    *mount_out = mount->id;
    *root_out = root->attributes;
    return HELIX_OK;
}

static void ramfs_unmount(void *self, u64 id)
{
    struct ramfs *ramfs = self;
    struct ramfs_mount *mount = ramfs_mount_find(ramfs, id);
    if (mount == NULL)
        return;
    ramfs->sync->lock(ramfs->lock);
    list_remove(&mount->link);
    ramfs->sync->unlock(ramfs->lock);
    ramfs_mount_free(ramfs, mount);
}

static helix_status ramfs_statistics(void *self, u64 id, struct fs_statistics *statistics_out)
{
    const struct ramfs_mount *mount = ramfs_mount_find(self, id);
    if (mount == NULL)
        return HELIX_E_STALE;
    *statistics_out = (struct fs_statistics){.block_size = PAGE_SIZE,
                                             .files = mount->inodes,
                                             .magic = TMPFS_MAGIC,
                                             .name_max = LINUX_NAME_MAX};
    return HELIX_OK;
}

static helix_status ramfs_sync(void *self, u64 mount)
{
    (void)self, (void)mount;
    return HELIX_OK;
}

/* ---- Inodes ---- */

static helix_status ramfs_get_attributes(void *self, u64 mount, u64 number,
                                         struct fs_attributes *attributes_out)
{
    const struct ramfs_inode *inode = ramfs_inode_find(self, mount, number);
    if (inode == NULL)
        return HELIX_E_STALE;
    *attributes_out = inode->attributes;
    return HELIX_OK;
}

static helix_status ramfs_set_attributes(void *self, u64 mount, u64 number, u32 mask,
                                         const struct fs_attributes *wanted,
                                         struct fs_attributes *now_out)
{
    struct ramfs_inode *inode = ramfs_inode_find(self, mount, number);
    if (inode == NULL)
        return HELIX_E_STALE;
    struct fs_attributes *a = &inode->attributes;
    if (mask & FS_SET_MODE)
        a->mode = wanted->mode;
    if (mask & FS_SET_OWNER)
        a->uid = wanted->uid;
    if (mask & FS_SET_GROUP)
        a->gid = wanted->gid;
    if (mask & FS_SET_SIZE)
        a->size = wanted->size;
    if (mask & FS_SET_ACCESSED)
        a->accessed = wanted->accessed;
    if (mask & FS_SET_MODIFIED)
        a->modified = wanted->modified;
    if (mask & FS_SET_CHANGED)
        a->changed = wanted->changed;
    *now_out = *a;
    return HELIX_OK;
}

static helix_status ramfs_create_unnamed(void *self, u64 id, const struct fs_create_args *args,
                                         struct fs_attributes *made_out)
{
    struct ramfs_mount *mount = ramfs_mount_find(self, id);
    struct ramfs_inode *inode;
    if (mount == NULL)
        return HELIX_E_STALE;
    helix_status st = ramfs_inode_create(self, mount, args, &inode);
    if (st != HELIX_OK)
        return st;
    inode->attributes.links = 0;
    *made_out = inode->attributes;
    return HELIX_OK;
}

static void ramfs_forget(void *self, u64 id, u64 number)
{
    struct ramfs_mount *mount = ramfs_mount_find(self, id);
    struct ramfs_inode *inode = ramfs_inode_find(self, id, number);
    if (inode != NULL)
        ramfs_inode_destroy(self, mount, inode);
}

static helix_status ramfs_read_link(void *self, u64 mount, u64 number, char *target, u32 capacity,
                                    u32 *length_out)
{
    const struct ramfs_inode *inode = ramfs_inode_find(self, mount, number);
    if (inode == NULL)
        return HELIX_E_STALE;
    if (inode->target == NULL)
        return HELIX_E_INVAL;
    *length_out = min((u32)inode->attributes.size, capacity);
    memcpy(target, inode->target, *length_out);
    return HELIX_OK;
}

/* The data are the page cache's: what it does not have is zeros. */
static helix_status ramfs_read_page(void *self, u64 mount, u64 inode, u64 index, void *page)
{
    (void)self, (void)mount, (void)inode, (void)index;
    memset(page, 0, PAGE_SIZE);
    return HELIX_OK;
}

static helix_status ramfs_write_page(void *self, u64 mount, u64 inode, u64 index, const void *page,
                                     u32 bytes)
{
    (void)self, (void)mount, (void)inode, (void)index, (void)page, (void)bytes;
    return HELIX_OK;
}

/* ---- The module ---- */

static const struct filesystem_ops ramfs_ops = {
    .header = {HELIX_FILESYSTEM, HELIX_FILESYSTEM_VERSION, sizeof(struct filesystem_ops)},
    .type = "ramfs",
    .flags = FS_TYPE_NO_STORE,
    .mount = ramfs_mount,
    .unmount = ramfs_unmount,
    .statistics = ramfs_statistics,
    .sync = ramfs_sync,
    .lookup = ramfs_lookup,
    .get_attributes = ramfs_get_attributes,
    .set_attributes = ramfs_set_attributes,
    .create = ramfs_create,
    .create_unnamed = ramfs_create_unnamed,
    .link = ramfs_link,
    .unlink = ramfs_unlink,
    .rename = ramfs_rename,
    .read_link = ramfs_read_link,
    .read_directory = ramfs_read_directory,
    .read_page = ramfs_read_page,
    .write_page = ramfs_write_page,
    .forget = ramfs_forget,
    .get_xattr = ramfs_get_xattr,
    .set_xattr = ramfs_set_xattr,
    .list_xattr = ramfs_list_xattr,
    .remove_xattr = ramfs_remove_xattr,
};

static helix_status ramfs_init(void *self, const struct helix_context *context)
{
    struct ramfs *ramfs = self;
    ramfs->memory = context->table(context, "helix.memory", HELIX_TABLE_VERSION);
    ramfs->sync = context->table(context, "helix.sync", HELIX_TABLE_VERSION);
    ramfs->kernel = context->kernel;
    list_init(&ramfs->mounts);
    if (ramfs->memory == NULL || ramfs->sync == NULL)
        return HELIX_E_NOSYS;
    ramfs->lock = ramfs->sync->lock_create(ramfs->kernel, 0);
    return ramfs->lock != NULL ? HELIX_OK : HELIX_E_NOMEM;
}

static helix_status ramfs_start(void *self)
{
    (void)self;
    return HELIX_OK;
}

static void ramfs_stop(void *self)
{
    struct ramfs *ramfs = self;
    struct list *link;
    if (ramfs->lock == NULL)
        return;
    while ((link = list_pop_front(&ramfs->mounts)) != NULL)
        ramfs_mount_free(ramfs, list_entry(link, struct ramfs_mount, link));
    ramfs->sync->lock_destroy(ramfs->kernel, ramfs->lock);
    ramfs->lock = NULL;
}

HELIX_MODULE(ramfs, .version = HELIX_VERSION(1, 0, 0), .description = "files in memory",
             .author = "the Helix authors", .license = "MIT",
             .flags = HELIX_FLAG_FILESYSTEM | HELIX_FLAG_HOT_RELOADABLE,
             .provides = HELIX_NAMES(HELIX_FILESYSTEM), .ops = HELIX_OPS(&ramfs_ops.header),
             .self_size = sizeof(struct ramfs), .state_version = 1, .init = ramfs_init,
             .start = ramfs_start, .stop = ramfs_stop, .state_bound = ramfs_state_bound,
             .save_state = ramfs_save_state, .restore_state = ramfs_restore_state);
