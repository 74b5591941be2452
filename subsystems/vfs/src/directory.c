/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Open directories. Entries come from the file system in batches, inside its gate, and go to the
 * reader outside: readers touch user memory, and a fault there may need the same gate.
 */
#include <helix/abi/linux.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#include "file_kinds.h"
#include "fs_call.h"
#include "watched.h"

#define BATCH_BYTES 2048u

/* Positions 0 and 1 are "." and "..", the file system's cursors follow. */
#define FIRST_CURSOR 2u

struct batch_entry {
    u64 inode;
    u64 next;
    u32 mode;
    u32 length;
    char name[];
};

struct batch {
    u32 bytes;
    u32 count;
    u8 data[BATCH_BYTES] HELIX_ALIGNED(8);
};

static u32 entry_bytes(u32 length)
{
    return (u32)align_up(sizeof(struct batch_entry) + length, 8);
}

static bool batch_add(void *context, const char *name, u32 length, u64 inode, u32 mode, u64 next)
{
    struct batch *batch = context;
    u32 bytes = entry_bytes(length);
    if (length > LINUX_NAME_MAX || batch->bytes + bytes > BATCH_BYTES)
        return false;
    struct batch_entry *entry = (struct batch_entry *)(void *)(batch->data + batch->bytes);
    *entry = (struct batch_entry){.inode = inode, .next = next, .mode = mode, .length = length};
    memcpy(entry->name, name, length);
    batch->bytes += bytes;
    batch->count++;
    return true;
}

/* Hand a batch on. False: the reader has enough. */
static bool deliver(struct file *file, const struct batch *batch, fs_readdir_fn *entry,
                    void *context)
{
    const u8 *at = batch->data;
    for (u32 i = 0; i < batch->count; i++) {
        const struct batch_entry *e = (const struct batch_entry *)(const void *)at;
        u64 next = e->next + FIRST_CURSOR;
        if (!entry(context, e->name, e->length, e->inode, e->mode, next))
            return false;
        file->position = next;
        at += entry_bytes(e->length);
    }
    return true;
}

static bool deliver_dots(struct file *file, fs_readdir_fn *entry, void *context)
{
    const struct dentry *dentry = file->dentry;
    if (file->position == 0) {
        if (!entry(context, ".", 1, dentry->vnode->attributes.inode, LINUX_S_IFDIR, 1))
            return false;
        file->position = 1;
    }
    if (file->position == 1) {
        // Where nobody renames it away: its number stays what it was even if it moves now.
        quiesce_read_begin();
        u64 parent = atomic_load_acquire(&dentry->parent)->vnode->attributes.inode;
        quiesce_read_end();
        if (!entry(context, "..", 2, parent, LINUX_S_IFDIR, FIRST_CURSOR))
            return false;
        file->position = FIRST_CURSOR;
    }
    return true;
}

static helix_status read_batch(struct vnode *directory, u64 cursor, struct batch *batch)
{
    batch->bytes = 0;
    batch->count = 0;
    sleep_lock_read(&directory->lock);
    helix_status st = directory->flags & VNODE_REMOVED
                          ? HELIX_E_NOENT
                          : fs_read_directory(directory, cursor, batch_add, batch);
    sleep_unlock_read(&directory->lock);
    return st;
}

static helix_status read_entries(struct file *file, struct batch *batch, fs_readdir_fn *entry,
                                 void *context)
{
    if (atomic_load_relaxed(&file->vnode->flags) & VNODE_REMOVED)
        return HELIX_E_NOENT;
    if (!deliver_dots(file, entry, context))
        return HELIX_OK;
    for (;;) {
        helix_status st = read_batch(file->vnode, file->position - FIRST_CURSOR, batch);
        if (st != HELIX_OK || batch->count == 0)
            return st;
        if (!deliver(file, batch, entry, context))
            return HELIX_OK;
    }
}

static helix_status directory_read_directory(struct file *file, fs_readdir_fn *entry, void *context)
{
    if (!(file->access & 1))
        return HELIX_E_BAD_FD;
    struct batch *batch = kmalloc(sizeof *batch);
    if (batch == NULL)
        return HELIX_E_NOMEM;
    mutex_lock(&file->position_lock);
    helix_status st = read_entries(file, batch, entry, context);
    mutex_unlock(&file->position_lock);
    kfree(batch);
    vnode_accessed(file->vnode, mount_flags(file->mount));
    watch_file(file->dentry, WATCH_ACCESS);
    return st;
}

static helix_status directory_read(struct file *file, struct io_buffer *to, u64 *position,
                                   size_t *done_out)
{
    (void)file, (void)to, (void)position, (void)done_out;
    return HELIX_E_IS_DIR;
}

static helix_status directory_seek(struct file *file, i64 offset, int whence, u64 *position_out)
{
    i64 at = offset;
    if (whence == LINUX_SEEK_CUR)
        at += (i64)file->position;
    else if (whence != LINUX_SEEK_SET)
        return HELIX_E_INVAL;
    if (at < 0)
        return HELIX_E_INVAL;
    file->position = (u64)at;
    *position_out = (u64)at;
    return HELIX_OK;
}

static helix_status directory_sync(struct file *file)
{
    return fs_sync(file->vnode->volume);
}

const struct file_ops directory_ops = {
    .name = "directory",
    .read = directory_read,
    .write = file_write_none,
    .seek = directory_seek,
    .poll = file_poll_always,
    .ioctl = file_ioctl_none,
    .map = file_map_none,
    .read_directory = directory_read_directory,
    .flush = file_flush_none,
    .sync = directory_sync,
    .release = file_release_none,
};
