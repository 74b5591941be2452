/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Open regular files: reading and writing through the page cache, seeking, mapping, changing size.
 */
#include <helix/abi/linux.h>
#include <helix/hal/mmu.h>
#include <helix/memory/space.h>
#include <helix/memory/user_copy.h>
#include <helix/vfs/special.h>

#include "file_kinds.h"
#include "fs_call.h"
#include "memory_file.h"
#include "page_cache.h"
#include "watched.h"

#define FILE_BYTES_MAX ((u64)INT64_MAX)

/* ---- Reading ---- */

/* The bytes of one page, or zeros for a hole. */
static helix_status read_piece(struct vnode *vnode, u64 at, size_t bytes, struct io_buffer *to)
{
    struct page *page = page_cache_find(vnode, at >> PAGE_SHIFT);
    if (page == NULL) {
        if (!vnode_has_store(vnode))
            return io_zero(to, bytes);
        helix_status st = page_cache_get(vnode, at >> PAGE_SHIFT, &page);
        if (st != HELIX_OK)
            return st;
    }
    const u8 *data = phys_to_virt(page_frame(page));
    helix_status st = io_copy_out(to, data + (at & PAGE_MASK), bytes);
    page_cache_put(page);
    return st;
}

helix_status regular_read(struct file *file, struct io_buffer *to, u64 *position, size_t *done_out)
{
    struct vnode *vnode = file->vnode;
    u64 at = *position;
    u64 size = atomic_load_relaxed(&vnode->attributes.size);
    size_t before = to->remaining;
    helix_status st = HELIX_OK;
    if (at < size) {
        u64 end = min(at + before, size);
        while (at < end && st == HELIX_OK) {
            size_t piece = (size_t)min(end - at, (u64)(PAGE_SIZE - (at & PAGE_MASK)));
            st = read_piece(vnode, at, piece, to);
            at += piece;
        }
        *position += before - to->remaining;
        if (!(file->flags & LINUX_O_NOATIME))
            vnode_accessed(vnode, mount_flags(file->mount));
    }
    *done_out = before - to->remaining;
    return *done_out > 0 ? HELIX_OK : st;
}

/* ---- Writing ---- */

static helix_status write_piece(struct vnode *vnode, u64 at, size_t bytes, struct io_buffer *from)
{
    struct page *page;
    helix_status st = page_cache_get(vnode, at >> PAGE_SHIFT, &page);
    if (st != HELIX_OK)
        return st;
    u8 *data = phys_to_virt(page_frame(page));
    size_t before = from->remaining;
    st = io_copy_in(from, data + (at & PAGE_MASK), bytes);
    u64 end = at + before - from->remaining;
    if (likely(end > at)) {
        page_cache_dirtied(vnode, page);
        if (end > vnode->attributes.size)
            atomic_store_relaxed(&vnode->attributes.size, end);
    }
    page_cache_put(page);
    return st;
}

static void drop_set_id(struct vnode *vnode, const struct credentials *who)
{
    u32 mode = vnode->attributes.mode;
    if (likely(!(mode & (LINUX_S_ISUID | LINUX_S_ISGID))))
        return;
    if (who != NULL && credentials_capable(who, CRED_CAP_FSETID))
        return;
    u32 drop = LINUX_S_ISUID | (mode & 0010 ? LINUX_S_ISGID : 0);
    vnode->attributes.mode = mode & ~drop;
    struct fs_attributes now;
    // The bits are gone from what the kernel goes by; a store that cannot note it keeps its old
    // ones.
    helix_ignore(fs_set_attributes(vnode, FS_SET_MODE, &vnode->attributes, &now));
}

void vnode_drop_rights(struct vnode *vnode, const struct credentials *who)
{
    drop_set_id(vnode, who);
    vnode_drop_capabilities(vnode);
}

/* How many of @wanted bytes may be written at @at. */
static helix_status clip_write(u64 at, size_t *wanted)
{
    u64 limit = min(file_size_limit(), FILE_BYTES_MAX);
    if (*wanted == 0)
        return HELIX_OK;
    if (at >= limit)
        return at < FILE_BYTES_MAX ? file_size_exceeded() : HELIX_E_FILE_TOO_BIG;
    *wanted = (size_t)min((u64)*wanted, limit - at);
    return HELIX_OK;
}

/* A gap between the old end and the new data must read as zeros, whatever a mapping left in the
 * last page. */
static helix_status clear_tail(struct vnode *vnode)
{
    u64 size = vnode->attributes.size;
    return size & PAGE_MASK ? page_cache_punch(vnode, size, PAGE_SIZE - (size & PAGE_MASK))
                            : HELIX_OK;
}

static helix_status write_locked(struct file *file, struct io_buffer *from, u64 *position,
                                 size_t *done_out)
{
    struct vnode *vnode = file->vnode;
    bool append = from->append || (atomic_load_relaxed(&file->flags) & LINUX_O_APPEND);
    u64 at = append ? vnode->attributes.size : *position;
    size_t before = from->remaining;
    size_t wanted = before;
    size_t done = 0;
    helix_status st = clip_write(at, &wanted);
    if (st == HELIX_OK)
        st = vnode_check_write_locked(vnode, at + wanted);
    if (st == HELIX_OK && at > vnode->attributes.size)
        st = clear_tail(vnode);
    while (st == HELIX_OK && done < wanted) {
        size_t piece = min(wanted - done, (size_t)(PAGE_SIZE - ((at + done) & PAGE_MASK)));
        st = write_piece(vnode, at + done, piece, from);
        done = before - from->remaining;
    }
    if (done > 0) {
        *position = at + done;
        vnode_drop_rights(vnode, file->credentials);
        vnode_touch(vnode, FS_SET_MODIFIED | FS_SET_CHANGED);
    }
    *done_out = done;
    return done > 0 ? HELIX_OK : st;
}

helix_status regular_write(struct file *file, struct io_buffer *from, u64 *position,
                           size_t *done_out)
{
    struct vnode *vnode = file->vnode;
    sleep_lock_write(&vnode->lock);
    helix_status st = write_locked(file, from, position, done_out);
    sleep_unlock_write(&vnode->lock);
    if (st == HELIX_OK && (from->sync || (file->flags & (LINUX_O_SYNC | LINUX_O_DSYNC))))
        st = vnode_sync(vnode);
    return st;
}

/* ---- Seeking ---- */

/* SEEK_DATA and SEEK_HOLE, as precise as the page cache of a volume without a store knows it. */
static helix_status seek_data(struct vnode *vnode, u64 from, bool data, u64 *position_out)
{
    u64 size = vnode->attributes.size;
    if (from >= size)
        return HELIX_E_NXIO;
    u64 at = from;
    if (!vnode_has_store(vnode)) {
        u64 index = page_cache_seek(vnode, from >> PAGE_SHIFT, data);
        if (index > size >> PAGE_SHIFT && data)
            return HELIX_E_NXIO;
        at = max(from, min(index << PAGE_SHIFT, size));
        if (data && at >= size)
            return HELIX_E_NXIO;
    } else if (!data) {
        at = size;
    }
    *position_out = at;
    return HELIX_OK;
}

helix_status regular_seek(struct file *file, i64 offset, int whence, u64 *position_out)
{
    struct vnode *vnode = file->vnode;
    i64 base = 0;
    u64 found;
    switch (whence) {
    case LINUX_SEEK_SET:
        break;
    case LINUX_SEEK_CUR:
        base = (i64)file->position;
        break;
    case LINUX_SEEK_END:
        base = (i64)vnode->attributes.size;
        break;
    case LINUX_SEEK_DATA:
    case LINUX_SEEK_HOLE: {
        if (offset < 0)
            return HELIX_E_NXIO;
        helix_status st = seek_data(vnode, (u64)offset, whence == LINUX_SEEK_DATA, &found);
        if (st != HELIX_OK)
            return st;
        offset = (i64)found;
        break;
    }
    default:
        return HELIX_E_INVAL;
    }
    i64 at;
    if (add_overflows(base, offset, &at) || at < 0)
        return HELIX_E_INVAL;
    file->position = (u64)at;
    *position_out = (u64)at;
    return HELIX_OK;
}

/* ---- Size ---- */

helix_status vnode_resize_locked(struct vnode *vnode, u64 bytes)
{
    u64 old = vnode->attributes.size;
    if (bytes > FILE_BYTES_MAX)
        return HELIX_E_FILE_TOO_BIG;
    if (bytes > old && bytes > file_size_limit())
        return file_size_exceeded();
    helix_status sealed = vnode_check_resize_locked(vnode, bytes);
    if (sealed != HELIX_OK)
        return sealed;
    if (bytes > old) {
        helix_status st = clear_tail(vnode);
        if (st != HELIX_OK)
            return st;
    }
    if (vnode_has_store(vnode)) {
        struct fs_attributes now;
        const struct fs_attributes wanted = {.size = bytes};
        helix_status st = fs_set_attributes(vnode, FS_SET_SIZE, &wanted, &now);
        if (st != HELIX_OK)
            return st;
    }
    atomic_store_relaxed(&vnode->attributes.size, bytes);
    if (bytes < old)
        page_cache_truncate(vnode, bytes);
    vnode_touch(vnode, FS_SET_MODIFIED | FS_SET_CHANGED);
    return HELIX_OK;
}

helix_status vnode_resize(struct vnode *vnode, u64 bytes, const struct credentials *who)
{
    sleep_lock_write(&vnode->lock);
    helix_status st = vnode_resize_locked(vnode, bytes);
    if (st == HELIX_OK)
        vnode_drop_rights(vnode, who);
    sleep_unlock_write(&vnode->lock);
    return st;
}

bool file_is_regular(const struct file *file)
{
    return file->ops == &regular_ops || file->ops == &memory_file_ops;
}

helix_status file_truncate(struct file *file, u64 bytes)
{
    if (file->vnode == NULL || vnode_type(file->vnode) != LINUX_S_IFREG || !(file->access & 2) ||
        !file_is_regular(file))
        return HELIX_E_INVAL;
    helix_status st = vnode_resize(file->vnode, bytes, file->credentials);
    if (st == HELIX_OK)
        watch_file(file->dentry, WATCH_MODIFY);
    return st;
}

/* ---- The rest ---- */

helix_status regular_map(struct file *file, u64 offset, unsigned vm_flags,
                         struct vm_object **object_out)
{
    (void)offset;
    if (!(file->access & 1))
        return HELIX_E_ACCESS;
    if ((vm_flags & VM_SHARED) && (vm_flags & VM_WRITE) && !(file->access & 2))
        return HELIX_E_ACCESS;
    helix_status st = file_check_map(file, vm_flags);
    if (st != HELIX_OK)
        return st;
    vnode_get(file->vnode);
    vnode_accessed(file->vnode, mount_flags(file->mount));
    *object_out = &file->vnode->object;
    return HELIX_OK;
}

#define FIONREAD 0x541bu

helix_status regular_ioctl(struct file *file, u32 command, u64 argument, i64 *result_out)
{
    if (command != FIONREAD)
        return HELIX_E_NOT_TTY;
    u64 size = file->vnode->attributes.size;
    i32 left = (i32)(size > file->position ? min(size - file->position, (u64)INT32_MAX) : 0);
    *result_out = 0;
    return user_copy_out(vaddr_of(argument), &left, sizeof left);
}

helix_status regular_sync(struct file *file)
{
    helix_status st = vnode_sync(file->vnode);
    return st == HELIX_OK ? fs_sync(file->vnode->volume) : st;
}

const struct file_ops regular_ops = {
    .name = "file",
    .read = regular_read,
    .write = regular_write,
    .seek = regular_seek,
    .poll = file_poll_always,
    .ioctl = regular_ioctl,
    .map = regular_map,
    .read_directory = file_read_directory_none,
    .flush = file_flush_none,
    .sync = regular_sync,
    .release = file_release_none,
};
