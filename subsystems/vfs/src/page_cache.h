/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/memory/frame.h>

#include "vnode.h"

/*
 * The pages of a file. Files with a store read them from there and write them back; in a volume
 * without a store the cache is the file, and what is not there is zeros. vnode->cache_lock guards
 * the tree; a page that somebody uses has a reference of its own.
 */
void page_cache_init(struct vnode *vnode);

/* The page with a reference, NULL when it is not there (or not read yet). */
struct page *page_cache_find(struct vnode *vnode, u64 index);

/* The page with a reference, read or made as needed. NO_SPACE, NOMEM, or what reading gave. */
helix_status page_cache_get(struct vnode *vnode, u64 index, struct page **page_out);

/* A fresh page for @index, not zeroed and not in the file yet; then put it in. EXIST: somebody was
 * faster. */
helix_status page_cache_make(struct vnode *vnode, bool zeroed, struct page **page_out);
helix_status page_cache_insert(struct vnode *vnode, u64 index, struct page *page);
void page_cache_abandon(struct vnode *vnode, struct page *page);

/* Take over a frame that holds the data of @index already. */
helix_status page_cache_adopt(struct vnode *vnode, u64 index, paddr frame);

static inline void page_cache_put(struct page *page)
{
    frame_put(page_frame(page));
}

void page_cache_dirtied(struct vnode *vnode, struct page *page);

/* The file ends at @bytes now: later pages go, also from mappings; what follows in the last page
 * becomes zero. */
void page_cache_truncate(struct vnode *vnode, u64 bytes);

/* Zero a range, whole pages of which become holes. */
helix_status page_cache_punch(struct vnode *vnode, u64 offset, u64 bytes);

/* Pages [@first, @end) of a file without a store are gone, also from shared mappings. */
void page_cache_forget(struct vnode *vnode, u64 first, u64 end);

helix_status page_cache_write_back(struct vnode *vnode);
void page_cache_drop(struct vnode *vnode); // all pages; nobody uses the vnode

/* The next index at or after @index that has a page (@data) or none; for SEEK_DATA and SEEK_HOLE.
 */
u64 page_cache_seek(struct vnode *vnode, u64 index, bool data);

void page_cache_start(void); // registers for reclaim
