/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/abi/linux.h>
#include <helix/lib/atomic.h>
#include <helix/lib/format.h>
#include <helix/memory/heap.h>
#include <helix/vfs/file.h>
#include <helix/vfs/path.h>

#include "file_kinds.h"
#include "objects.h"
#include "pipe.h"
#include "watched.h"

static struct kmem_cache file_cache = KMEM_CACHE(file);
static u64 (*size_limit)(void);
static void (*size_exceeded)(void);
static void (*watch_ended)(struct file *file);
static bool (*exempt_from_limit)(void);
static u64 files_most = UINT64_MAX, files_open; // atomic

/* ---- Defaults ---- */

helix_status file_read_none(struct file *file, struct io_buffer *to, u64 *position,
                            size_t *done_out)
{
    (void)file, (void)to, (void)position, (void)done_out;
    return HELIX_E_INVAL;
}

helix_status file_write_none(struct file *file, struct io_buffer *from, u64 *position,
                             size_t *done_out)
{
    (void)file, (void)from, (void)position, (void)done_out;
    return HELIX_E_INVAL;
}

helix_status file_seek_none(struct file *file, i64 offset, int whence, u64 *position_out)
{
    (void)file, (void)offset, (void)whence, (void)position_out;
    return HELIX_E_SEEK;
}

u32 file_poll_always(struct file *file, struct poll_table *table)
{
    (void)file, (void)table;
    return LINUX_POLLIN | LINUX_POLLOUT | LINUX_POLLRDNORM | LINUX_POLLWRNORM;
}

helix_status file_ioctl_none(struct file *file, u32 command, u64 argument, i64 *result_out)
{
    (void)file, (void)command, (void)argument, (void)result_out;
    return HELIX_E_NOT_TTY;
}

helix_status file_map_none(struct file *file, u64 offset, unsigned vm_flags,
                           struct vm_object **object_out)
{
    (void)file, (void)offset, (void)vm_flags, (void)object_out;
    return HELIX_E_NODEV;
}

helix_status file_read_directory_none(struct file *file, fs_readdir_fn *entry, void *context)
{
    (void)file, (void)entry, (void)context;
    return HELIX_E_NOT_DIR;
}

helix_status file_flush_none(struct file *file)
{
    (void)file;
    return HELIX_OK;
}

helix_status file_sync_none(struct file *file)
{
    (void)file;
    return HELIX_E_INVAL;
}

void file_release_none(struct file *file)
{
    (void)file;
}

/* ---- Life ---- */

static void check_ops(const struct file_ops *ops)
{
    helix_assert(ops->read && ops->write && ops->seek && ops->poll && ops->ioctl && ops->map &&
                 ops->read_directory && ops->flush && ops->sync && ops->release);
}

void file_set_exemption(bool (*exempt)(void))
{
    exempt_from_limit = exempt;
}

void file_limit_set(u64 most)
{
    atomic_store_relaxed(&files_most, most);
}

u64 file_limit(void)
{
    return atomic_load_relaxed(&files_most);
}

u64 file_count(void)
{
    return atomic_load_relaxed(&files_open);
}

/* One that is over the limit for a moment may refuse another: Linux counts no better. */
static bool count_one_more(void)
{
    if (likely(atomic_fetch_add_relaxed(&files_open, 1ull) < file_limit()) || exempt_from_limit())
        return true;
    atomic_fetch_sub_relaxed(&files_open, 1ull);
    return false;
}

helix_status file_allocate_kind(const struct file_ops *ops, u32 flags, struct file **file_out)
{
    static const u8 access_of[4] = {1, 2, 3, 0};
    if (!count_one_more())
        return HELIX_E_FILE_TABLE_FULL;
    struct file *file = kmem_alloc(&file_cache);
    if (file == NULL) {
        atomic_fetch_sub_relaxed(&files_open, 1ull);
        return HELIX_E_NOMEM;
    }
    file->object.type = &file_object_type;
    file->object.id = object_id_new();
    ref_init(&file->references);
    file->ops = ops;
    file->flags =
        flags & ~(LINUX_O_CREAT | LINUX_O_EXCL | LINUX_O_NOCTTY | LINUX_O_TRUNC | LINUX_O_CLOEXEC);
    file->access = access_of[flags & LINUX_O_ACCMODE];
    mutex_init(&file->position_lock, LOCK_RANK_NONE);
    *file_out = file;
    return HELIX_OK;
}

helix_status file_create(const struct file_ops *ops, void *private_data, u32 flags,
                         struct file **file_out)
{
    check_ops(ops);
    helix_status st = file_allocate_kind(ops, flags, file_out);
    if (st == HELIX_OK)
        (*file_out)->private_data = private_data;
    return st;
}

void file_set_place(struct file *file, const struct path *path)
{
    path_get(path);
    file->mount = path->mount;
    file->dentry = path->dentry;
    file->vnode = path->dentry->vnode;
}

void file_get(struct file *file)
{
    ref_get(&file->references);
}

void file_set_watch_hook(void (*ended)(struct file *file))
{
    watch_ended = ended;
}

static void destroy(struct file *file)
{
    if (unlikely(file->watchers != NULL || file->async != NULL || file->owner.kept != 0))
        watch_ended(file);
    if (file->ops != &path_only_ops)
        watch_file(file->dentry, file->access & 2 ? WATCH_CLOSE_WRITE : WATCH_CLOSE_READ);
    file->ops->release(file);
    file_end_sharing(file);
    if (file->dentry != NULL) {
        dentry_put(file->dentry);
        mount_put(file->mount);
    }
    if (file->credentials != NULL)
        credentials_put(file->credentials);
    kmem_free(&file_cache, file);
    atomic_fetch_sub_relaxed(&files_open, 1ull);
}

void file_put(struct file *file)
{
    if (ref_put(&file->references))
        destroy(file);
}

/* ---- Reading and writing ---- */

static inline bool has_position(const struct file *file)
{
    return file->ops->seek != file_seek_none;
}

/*
 * Two users of one open file take turns with its position. A file with one reference has one user,
 * who needs no lock: a second one would come from a table that has two users, and those take
 * references.
 */
static bool lock_position(struct file *file) HELIX_NO_THREAD_SAFETY
{
    if (ref_count(&file->references) == 1)
        return false;
    mutex_lock(&file->position_lock);
    return true;
}

static void unlock_position(struct file *file, bool locked) HELIX_NO_THREAD_SAFETY
{
    if (locked)
        mutex_unlock(&file->position_lock);
}

/* Offsets are signed: neither the start nor the end may be past them. */
static inline bool offsets_allow(u64 position, const struct io_buffer *buffer)
{
    return position <= INT64_MAX && buffer->remaining <= INT64_MAX - position;
}

typedef helix_status (*transfer_fn)(struct file *file, struct io_buffer *buffer, u64 *position,
                                    size_t *done_out);

static helix_status transfer(struct file *file, transfer_fn fn, struct io_buffer *buffer,
                             u64 *position, size_t *done_out)
{
    *done_out = 0;
    if (!has_position(file)) {
        u64 nowhere = 0;
        return position != NULL ? HELIX_E_SEEK : fn(file, buffer, &nowhere, done_out);
    }
    if (unlikely(buffer->nowait))
        return HELIX_E_NOTSUP;
    if (position != NULL)
        return offsets_allow(*position, buffer) ? fn(file, buffer, position, done_out)
                                                : HELIX_E_INVAL;
    bool locked = lock_position(file);
    helix_status st = offsets_allow(file->position, buffer)
                          ? fn(file, buffer, &file->position, done_out)
                          : HELIX_E_INVAL;
    unlock_position(file, locked);
    return st;
}

helix_status file_read(struct file *file, struct io_buffer *to, u64 *position, size_t *done_out)
{
    if (unlikely(!(file->access & 1)))
        return HELIX_E_BAD_FD;
    helix_status st = transfer(file, file->ops->read, to, position, done_out);
    if (watch_any() && *done_out > 0)
        watch_file(file->dentry, WATCH_ACCESS);
    return st;
}

void file_set_size_limit(u64 (*limit)(void), void (*exceeded)(void))
{
    size_limit = limit;
    size_exceeded = exceeded;
}

u64 file_size_limit(void)
{
    return size_limit != NULL ? size_limit() : UINT64_MAX;
}

helix_status file_size_exceeded(void)
{
    size_exceeded();
    return HELIX_E_FILE_TOO_BIG;
}

helix_status file_write(struct file *file, struct io_buffer *from, u64 *position, size_t *done_out)
{
    if (unlikely(!(file->access & 2)))
        return HELIX_E_BAD_FD;
    helix_status st = transfer(file, file->ops->write, from, position, done_out);
    if (watch_any() && *done_out > 0)
        watch_file(file->dentry, WATCH_MODIFY);
    return st;
}

helix_status file_read_kernel(struct file *file, u64 position, void *to, size_t bytes,
                              size_t *done_out)
{
    struct io_span span;
    struct io_buffer buffer;
    io_buffer_kernel(&buffer, &span, to, bytes);
    *done_out = 0;
    return file->ops->read(file, &buffer, &position, done_out);
}

helix_status file_write_kernel(struct file *file, u64 position, const void *from, size_t bytes,
                               size_t *done_out)
{
    struct io_span span;
    struct io_buffer buffer;
    io_buffer_kernel(&buffer, &span, (void *)(uintptr_t)from, bytes);
    *done_out = 0;
    return file->ops->write(file, &buffer, &position, done_out);
}

helix_status file_seek(struct file *file, i64 offset, int whence, u64 *position_out)
{
    if (file->access == 0 && (file->flags & LINUX_O_PATH))
        return HELIX_E_BAD_FD;
    if (!has_position(file))
        return HELIX_E_SEEK;
    bool locked = lock_position(file);
    helix_status st = file->ops->seek(file, offset, whence, position_out);
    unlock_position(file, locked);
    return st;
}

u32 file_poll(struct file *file, struct poll_table *table)
{
    return file->ops->poll(file, table);
}

/* ---- Attributes ---- */

helix_status file_stat(struct file *file, struct fs_attributes *attributes_out, u64 *device_out)
{
    if (file->vnode != NULL) {
        vnode_attributes(file->vnode, attributes_out);
        *device_out = file->vnode->volume->device;
        return HELIX_OK;
    }
    const struct credentials *owner = file->credentials;
    *attributes_out = (struct fs_attributes){
        .inode = file->object.id,
        .mode = file->ops->mode != 0 ? file->ops->mode : 0600,
        .links = 1,
        .uid = owner != NULL ? owner->fsuid : 0,
        .gid = owner != NULL ? owner->fsgid : 0,
    };
    *device_out = 0;
    return HELIX_OK;
}

helix_status vfs_file_size(struct file *file, u64 *bytes_out)
{
    *bytes_out = file->vnode != NULL ? file->vnode->attributes.size : 0;
    return HELIX_OK;
}

void file_label(const struct file *file, char *buffer, size_t capacity)
{
    if (file->ops == &pipe_ops)
        lib_format(buffer, capacity, "pipe:[%llu]", (unsigned long long)file_pipe_id(file));
    else if ((file->ops->mode & LINUX_S_IFMT) == LINUX_S_IFSOCK)
        lib_format(buffer, capacity, "socket:[%llu]", (unsigned long long)file->object.id);
    else
        lib_format(buffer, capacity, "anon_inode:[%s]", file->ops->name);
}
