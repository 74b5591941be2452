/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* fallocate(2): pages for a range of a file, or none. All or nothing: pages that were made for a
 * range which did not fit, or whose caller was interrupted, go again. */
#include <helix/abi/linux.h>
#include <helix/execution/thread.h>
#include <helix/lib/atomic.h>
#include <helix/memory/frame.h>
#include <helix/vfs/special.h>

#include "file_kinds.h"
#include "memory_file.h"
#include "page_cache.h"
#include "watched.h"

enum {
    ALLOC_KEEP_SIZE = 0x01,
    ALLOC_PUNCH_HOLE = 0x02,
    ALLOC_COLLAPSE = 0x08,
    ALLOC_ZERO = 0x10,
    ALLOC_INSERT = 0x20,
    ALLOC_UNSHARE = 0x40,
    ALLOC_MODES = 0x7b,
};

#define PAGES_BETWEEN_LOOKS 64u

static helix_status make_page(struct vnode *vnode, u64 index)
{
    struct page *page = page_cache_find(vnode, index);
    if (page == NULL) {
        helix_status st = page_cache_get(vnode, index, &page);
        if (st != HELIX_OK)
            return st;
        (void)atomic_fetch_or_relaxed(&page->flags, (u16)PAGE_FRESH);
        page_cache_dirtied(vnode, page);
    }
    page_cache_put(page);
    return HELIX_OK;
}

/* What was made stays, or (@failed) goes unless a mapping has it already. */
static void settle_page(struct vnode *vnode, u64 index, bool failed)
{
    struct page *page = page_cache_find(vnode, index);
    if (page == NULL)
        return;
    bool fresh = atomic_fetch_and_relaxed(&page->flags, (u16)~PAGE_FRESH) & PAGE_FRESH;
    page_cache_put(page);
    if (fresh && failed)
        page_cache_forget(vnode, index, index + 1);
}

static helix_status make_pages(struct vnode *vnode, u64 first, u64 end)
{
    helix_status st = HELIX_OK;
    u64 index = first;
    for (; index < end && st == HELIX_OK; index++) {
        st = make_page(vnode, index);
        if (st == HELIX_OK && index % PAGES_BETWEEN_LOOKS == 0 && thread_interrupted())
            st = HELIX_E_INTERRUPTED_ONCE;
    }
    while (index-- > first)
        settle_page(vnode, index, st != HELIX_OK);
    return st;
}

static helix_status punch_locked(struct vnode *vnode, u64 offset, u64 end)
{
    if (vnode->seals & (FILE_SEAL_WRITE | FILE_SEAL_FUTURE_WRITE))
        return HELIX_E_PERM;
    u64 size = align_up(vnode->attributes.size, PAGE_SIZE);
    helix_status st =
        offset >= size ? HELIX_OK : page_cache_punch(vnode, offset, min(end, size) - offset);
    if (st == HELIX_OK)
        vnode_touch(vnode, FS_SET_MODIFIED | FS_SET_CHANGED);
    return st;
}

static helix_status allocate_locked(struct vnode *vnode, int mode, u64 offset, u64 end)
{
    u64 size = vnode->attributes.size;
    if (end > size && end > file_size_limit())
        return file_size_exceeded();
    if ((vnode->seals & FILE_SEAL_GROW) && end > size)
        return HELIX_E_PERM;
    helix_status st = make_pages(vnode, offset >> PAGE_SHIFT, div_round_up(end, (u64)PAGE_SIZE));
    if (st != HELIX_OK)
        return st;
    if (end > size && !(mode & ALLOC_KEEP_SIZE))
        return vnode_resize_locked(vnode, end);
    vnode_touch(vnode, FS_SET_CHANGED);
    return HELIX_OK;
}

/* Some modes exclude others, wherever they are understood. */
static helix_status check_mode(u32 mode)
{
    static const u32 alone[] = {ALLOC_COLLAPSE, ALLOC_INSERT};
    if ((mode & ~(u32)ALLOC_MODES) ||
        (mode & (ALLOC_PUNCH_HOLE | ALLOC_ZERO)) == (ALLOC_PUNCH_HOLE | ALLOC_ZERO) ||
        (mode & (ALLOC_PUNCH_HOLE | ALLOC_KEEP_SIZE)) == ALLOC_PUNCH_HOLE)
        return HELIX_E_NOTSUP;
    for (unsigned i = 0; i < array_count(alone); i++)
        if ((mode & alone[i]) && mode != alone[i])
            return HELIX_E_INVAL;
    return (mode & ALLOC_UNSHARE) && (mode & ~(u32)(ALLOC_UNSHARE | ALLOC_KEEP_SIZE))
               ? HELIX_E_INVAL
               : HELIX_OK;
}

static helix_status check_file(const struct file *file)
{
    if (!(file->access & 2))
        return HELIX_E_BAD_FD;
    if (file->ops == &pipe_ops)
        return HELIX_E_SEEK;
    return file_is_regular(file) ? HELIX_OK : HELIX_E_NODEV;
}

helix_status file_allocate(struct file *file, int mode, u64 offset, u64 bytes)
{
    u64 end;
    if ((i64)offset < 0 || (i64)bytes <= 0)
        return HELIX_E_INVAL;
    helix_status st = check_mode((u32)mode);
    if (st == HELIX_OK)
        st = check_file(file);
    if (st != HELIX_OK)
        return st;
    if (add_overflows(offset, bytes, &end) || end > INT64_MAX)
        return HELIX_E_FILE_TOO_BIG;
    if (mode & ~(ALLOC_KEEP_SIZE | ALLOC_PUNCH_HOLE))
        return HELIX_E_NOTSUP;
    sleep_lock_write(&file->vnode->lock);
    st = mode & ALLOC_PUNCH_HOLE ? punch_locked(file->vnode, offset, end)
                                 : allocate_locked(file->vnode, mode, offset, end);
    if (st == HELIX_OK)
        vnode_drop_rights(file->vnode, file->credentials);
    sleep_unlock_write(&file->vnode->lock);
    if (st == HELIX_OK)
        watch_file(file->dentry, WATCH_MODIFY);
    return st;
}
