/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/execution/wait.h>
#include <helix/hal/mmu.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/vfs/file.h>

#include "fs_call.h"
#include "page_cache.h"

static struct spinlock reclaim_lock = {.rank = LOCK_RANK_VNODE};
static struct list evictable = LIST_INIT(evictable); // vnodes; reclaim_lock
static struct wait_queue page_ready = WAIT_QUEUE_INIT(page_ready);

static struct vnode *vnode_of_object(struct vm_object *object)
{
    return container_of(object, struct vnode, object);
}

/* ---- As a source of mappings ---- */

static helix_status object_get_page(struct vm_object *object, u64 index, bool for_write,
                                    struct page **page_out)
{
    struct vnode *vnode = vnode_of_object(object);
    (void)for_write;
    if (index >= div_round_up(atomic_load_relaxed(&vnode->attributes.size), PAGE_SIZE))
        return HELIX_E_IO;
    return page_cache_get(vnode, index, page_out);
}

static void object_get_resident(struct vm_object *object, u64 first, unsigned count,
                                struct page **pages_out)
{
    struct vnode *vnode = vnode_of_object(object);
    u64 end = div_round_up(atomic_load_relaxed(&vnode->attributes.size), PAGE_SIZE);
    spin_lock(&vnode->cache_lock);
    page_tree_get_some(&vnode->cache, first, count, pages_out);
    for (unsigned i = 0; i < count; i++) {
        struct page *page = pages_out[i];
        if (page != NULL && (page->flags & PAGE_UPTODATE) && first + i < end)
            frame_get(page_frame(page));
        else
            pages_out[i] = NULL;
    }
    spin_unlock(&vnode->cache_lock);
}

static void object_page_dirtied(struct vm_object *object, struct page *page)
{
    struct vnode *vnode = vnode_of_object(object);
    page_cache_dirtied(vnode, page);
    vnode_touch(vnode, FS_SET_MODIFIED | FS_SET_CHANGED);
}

static void object_destroy(struct vm_object *object)
{
    vnode_destroy(vnode_of_object(object));
}

static u64 object_size(struct vm_object *object)
{
    return atomic_load_relaxed(&vnode_of_object(object)->attributes.size);
}

static bool object_identify(struct vm_object *object, u64 *device_out, u64 *inode_out, char *path,
                            size_t capacity)
{
    const struct vnode *vnode = vnode_of_object(object);
    *device_out = vnode->volume->device;
    *inode_out = vnode->attributes.inode;
    vnode_any_name(vnode_of_object(object), path, capacity);
    return true;
}

static helix_status object_punch(struct vm_object *object, u64 offset, u64 bytes)
{
    const u64 size = object_size(object);
    return offset >= size
               ? HELIX_OK
               : page_cache_punch(vnode_of_object(object), offset, min(bytes, size - offset));
}

static const struct vm_object_ops object_ops = {
    .get_page = object_get_page,
    .punch = object_punch,
    .get_resident = object_get_resident,
    .page_dirtied = object_page_dirtied,
    .destroy = object_destroy,
    .size = object_size,
    .identify = object_identify,
};

void page_cache_init(struct vnode *vnode)
{
    vm_object_init(&vnode->object, &object_ops);
    spinlock_init(&vnode->cache_lock, LOCK_RANK_PAGE_CACHE);
}

/* ---- Finding and making pages ---- */

struct page *page_cache_find(struct vnode *vnode, u64 index)
{
    spin_lock(&vnode->cache_lock);
    struct page *page = page_tree_get(&vnode->cache, index);
    if (page != NULL && (page->flags & PAGE_UPTODATE))
        frame_get(page_frame(page));
    else
        page = NULL;
    spin_unlock(&vnode->cache_lock);
    return page;
}

static bool charge(struct volume *volume)
{
    u64 now = atomic_fetch_add_relaxed(&volume->pages, 1ull) + 1;
    if (volume->page_limit == 0 || now <= volume->page_limit)
        return true;
    atomic_fetch_sub_relaxed(&volume->pages, 1ull);
    return false;
}

static void uncharge(struct volume *volume, u64 pages)
{
    atomic_fetch_sub_relaxed(&volume->pages, pages);
}

helix_status page_cache_make(struct vnode *vnode, bool zeroed, struct page **page_out)
{
    if (!charge(vnode->volume))
        return HELIX_E_NO_SPACE;
    paddr frame;
    helix_status st = frame_alloc_as(FRAME_CACHE, 0, zeroed ? FRAME_ZEROED : 0, &frame);
    if (st != HELIX_OK) {
        uncharge(vnode->volume, 1);
        return st;
    }
    struct page *page = page_of(frame);
    page->flags = PAGE_UPTODATE | (vnode_has_store(vnode) ? 0 : PAGE_PINNED);
    *page_out = page;
    return HELIX_OK;
}

void page_cache_abandon(struct vnode *vnode, struct page *page)
{
    uncharge(vnode->volume, 1);
    page_cache_put(page);
}

static void list_for_reclaim(struct vnode *vnode)
{
    if (vnode->cache_listed || !vnode_has_store(vnode))
        return;
    spin_lock(&reclaim_lock);
    if (!vnode->cache_listed) {
        vnode->cache_listed = true;
        list_push_back(&evictable, &vnode->cache_link);
    }
    spin_unlock(&reclaim_lock);
}

helix_status page_cache_insert(struct vnode *vnode, u64 index, struct page *page)
{
    struct page_tree_node *spare = NULL;
    helix_status st = HELIX_OK;
    for (;;) {
        bool done = true;
        spin_lock(&vnode->cache_lock);
        if (page_tree_get(&vnode->cache, index) != NULL)
            st = HELIX_E_EXIST;
        else
            done = page_tree_insert(&vnode->cache, index, page, &spare);
        if (done && st == HELIX_OK) {
            page->object = &vnode->object;
            page->index = index;
            vnode->cache_pages++;
        }
        spin_unlock(&vnode->cache_lock);
        if (done)
            break;
        spare = kzalloc(sizeof *spare);
        if (spare == NULL)
            return HELIX_E_NOMEM;
    }
    kfree(spare);
    if (st == HELIX_OK)
        list_for_reclaim(vnode);
    return st;
}

helix_status page_cache_adopt(struct vnode *vnode, u64 index, paddr frame)
{
    if (!charge(vnode->volume))
        return HELIX_E_NO_SPACE;
    struct page *page = page_of(frame);
    page->flags = PAGE_UPTODATE | PAGE_PINNED;
    helix_status st = page_cache_insert(vnode, index, page);
    if (st != HELIX_OK)
        uncharge(vnode->volume, 1);
    return st;
}

static void unlock_page(struct page *page, u16 also)
{
    u16 old = atomic_load_relaxed(&page->flags);
    while (!atomic_cas_release(&page->flags, &old, (u16)((old | also) & ~PAGE_LOCKED)))
        ;
    if (wait_queue_active(&page_ready))
        wait_wake_all(&page_ready);
}

static struct page *take_out(struct vnode *vnode, u64 index)
{
    spin_lock(&vnode->cache_lock);
    struct page *page = page_tree_remove(&vnode->cache, index);
    if (page != NULL) {
        vnode->cache_pages--;
        if (page->flags & PAGE_DIRTY)
            vnode->cache_dirty--;
    }
    spin_unlock(&vnode->cache_lock);
    return page;
}

/* The page is in the tree, locked: fill it. */
static helix_status read_in(struct vnode *vnode, u64 index, struct page *page)
{
    helix_status st = fs_read_page(vnode, index, phys_to_virt(page_frame(page)));
    if (st == HELIX_OK) {
        unlock_page(page, PAGE_UPTODATE);
        return HELIX_OK;
    }
    take_out(vnode, index);
    unlock_page(page, 0);
    uncharge(vnode->volume, 1);
    page_cache_put(page); // the tree's
    page_cache_put(page); // ours
    return st;
}

/* Somebody else is reading it in. */
static helix_status await_page(struct vnode *vnode, u64 index)
{
    spin_lock(&vnode->cache_lock);
    struct page *page = page_tree_get(&vnode->cache, index);
    if (page != NULL)
        frame_get(page_frame(page));
    spin_unlock(&vnode->cache_lock);
    if (page == NULL)
        return HELIX_OK;
    helix_status st = WAIT_FOR(&page_ready, !(atomic_load_acquire(&page->flags) & PAGE_LOCKED),
                               NANOS_NEVER, WAIT_KILLABLE, "page");
    page_cache_put(page);
    return st;
}

helix_status page_cache_get(struct vnode *vnode, u64 index, struct page **page_out)
{
    for (;;) {
        *page_out = page_cache_find(vnode, index);
        if (*page_out != NULL)
            return HELIX_OK;
        struct page *page;
        helix_status st = page_cache_make(vnode, true, &page);
        if (st != HELIX_OK)
            return st;
        if (vnode_has_store(vnode))
            page->flags = PAGE_LOCKED;
        frame_get(page_frame(page)); // the tree's
        st = page_cache_insert(vnode, index, page);
        if (st == HELIX_OK) {
            *page_out = page;
            return vnode_has_store(vnode) ? read_in(vnode, index, page) : HELIX_OK;
        }
        page_cache_put(page);
        page_cache_abandon(vnode, page);
        if (st != HELIX_E_EXIST)
            return st;
        st = await_page(vnode, index);
        if (st != HELIX_OK)
            return st;
    }
}

void page_cache_dirtied(struct vnode *vnode, struct page *page)
{
    if (!vnode_has_store(vnode) || (atomic_load_relaxed(&page->flags) & PAGE_DIRTY))
        return;
    spin_lock(&vnode->cache_lock);
    if (!(page->flags & PAGE_DIRTY) && page->object == &vnode->object) {
        page->flags |= PAGE_DIRTY;
        vnode->cache_dirty++;
    }
    spin_unlock(&vnode->cache_lock);
}

/* ---- Taking pages out ---- */

static void drop_page(struct vnode *vnode, u64 index)
{
    struct page *page = take_out(vnode, index);
    if (page == NULL)
        return;
    uncharge(vnode->volume, 1);
    page_cache_put(page);
}

static struct page *next_page(struct vnode *vnode, u64 *index)
{
    spin_lock(&vnode->cache_lock);
    struct page *page = page_tree_next(&vnode->cache, index);
    if (page != NULL)
        frame_get(page_frame(page));
    spin_unlock(&vnode->cache_lock);
    return page;
}

static void drop_range(struct vnode *vnode, u64 first, u64 end)
{
    struct page *page;
    while (first < end && (page = next_page(vnode, &first)) != NULL) {
        page_cache_put(page);
        if (first >= end)
            return;
        drop_page(vnode, first++);
    }
}

/* Zero part of a page, where there is one. */
static helix_status zero_in_page(struct vnode *vnode, u64 index, size_t from, size_t to)
{
    struct page *page;
    if (vnode_has_store(vnode)) {
        helix_status st = page_cache_get(vnode, index, &page);
        if (st != HELIX_OK)
            return st;
    } else {
        page = page_cache_find(vnode, index);
        if (page == NULL)
            return HELIX_OK;
    }
    memset((u8 *)phys_to_virt(page_frame(page)) + from, 0, to - from);
    page_cache_dirtied(vnode, page);
    page_cache_put(page);
    return HELIX_OK;
}

static void free_nodes_if_empty(struct vnode *vnode)
{
    struct page_tree old = {0};
    spin_lock(&vnode->cache_lock);
    if (vnode->cache_pages == 0) {
        old = vnode->cache;
        vnode->cache = (struct page_tree){0};
    }
    spin_unlock(&vnode->cache_lock);
    page_tree_free_nodes(&old, kfree);
}

void page_cache_truncate(struct vnode *vnode, u64 bytes)
{
    if (vnode->cache_pages == 0)
        return;
    vm_object_truncated(&vnode->object, bytes);
    size_t into = bytes & PAGE_MASK;
    if (into != 0)
        helix_ignore(zero_in_page(vnode, bytes >> PAGE_SHIFT, into,
                                  PAGE_SIZE)); // a page that cannot be read has no tail
    drop_range(vnode, div_round_up(bytes, PAGE_SIZE), UINT64_MAX);
    free_nodes_if_empty(vnode);
}

helix_status page_cache_punch(struct vnode *vnode, u64 offset, u64 bytes)
{
    u64 end = offset + bytes;
    u64 first = div_round_up(offset, PAGE_SIZE);
    u64 last = end >> PAGE_SHIFT;
    if (last < first) // inside one page
        return zero_in_page(vnode, last, offset & PAGE_MASK, end & PAGE_MASK);
    helix_status st = HELIX_OK;
    if (offset & PAGE_MASK)
        st = zero_in_page(vnode, first - 1, offset & PAGE_MASK, PAGE_SIZE);
    if (st == HELIX_OK && (end & PAGE_MASK))
        st = zero_in_page(vnode, last, 0, end & PAGE_MASK);
    // Private mappings keep their pages, so those are zeroed where they are.
    for (u64 index = first; st == HELIX_OK && index < last; index++) {
        struct page *page = next_page(vnode, &index);
        if (page == NULL)
            break;
        page_cache_put(page);
        if (index < last)
            st = zero_in_page(vnode, index, 0, PAGE_SIZE);
    }
    if (st == HELIX_OK && first < last && !vnode_has_store(vnode))
        page_cache_forget(vnode, first, last);
    return st;
}

void page_cache_forget(struct vnode *vnode, u64 first, u64 end)
{
    drop_range(vnode, first, end);
    free_nodes_if_empty(vnode);
    vm_object_punched(&vnode->object, first << PAGE_SHIFT, end << PAGE_SHIFT);
}

void page_cache_drop(struct vnode *vnode)
{
    if (vnode->cache_listed) {
        spin_lock(&reclaim_lock);
        list_remove(&vnode->cache_link);
        vnode->cache_listed = false;
        spin_unlock(&reclaim_lock);
    }
    if (vnode->cache_pages != 0)
        drop_range(vnode, 0, UINT64_MAX);
    free_nodes_if_empty(vnode);
}

/* ---- Writing back ---- */

static helix_status write_page(struct vnode *vnode, u64 index, struct page *page)
{
    spin_lock(&vnode->cache_lock);
    bool dirty = (page->flags & PAGE_DIRTY) && page_tree_get(&vnode->cache, index) == page;
    if (dirty) {
        page->flags &= (u16)~PAGE_DIRTY;
        vnode->cache_dirty--;
    }
    spin_unlock(&vnode->cache_lock);
    u64 size = vnode->attributes.size;
    u64 offset = index << PAGE_SHIFT;
    if (!dirty || offset >= size)
        return HELIX_OK;
    u32 bytes = (u32)min(size - offset, (u64)PAGE_SIZE);
    helix_status st = fs_write_page(vnode, index, phys_to_virt(page_frame(page)), bytes);
    if (st != HELIX_OK)
        page_cache_dirtied(vnode, page);
    return st;
}

helix_status page_cache_write_back(struct vnode *vnode)
{
    helix_status first = HELIX_OK;
    u64 index = 0;
    struct page *page;
    if (atomic_load_relaxed(&vnode->cache_dirty) == 0)
        return HELIX_OK;
    while ((page = next_page(vnode, &index)) != NULL) {
        helix_status st = write_page(vnode, index++, page);
        if (first == HELIX_OK)
            first = st;
        page_cache_put(page);
    }
    return first;
}

u64 page_cache_seek(struct vnode *vnode, u64 index, bool data)
{
    spin_lock(&vnode->cache_lock);
    if (data) {
        if (page_tree_next(&vnode->cache, &index) == NULL)
            index = UINT64_MAX;
    } else {
        while (page_tree_get(&vnode->cache, index) != NULL)
            index++;
    }
    spin_unlock(&vnode->cache_lock);
    return index;
}

/* ---- Reclaim: clean pages that only the cache knows ---- */

static bool may_evict(const struct page *page)
{
    return !(page->flags & (PAGE_DIRTY | PAGE_PINNED | PAGE_LOCKED)) &&
           atomic_load_relaxed(&page->references) == 1;
}

static size_t evict_from(struct vnode *vnode, size_t wanted)
{
    size_t freed = 0;
    u64 index = 0;
    spin_lock(&vnode->cache_lock);
    struct page *page;
    while (freed < wanted && (page = page_tree_next(&vnode->cache, &index)) != NULL) {
        if (page->flags & PAGE_ACCESSED) {
            page->flags &= (u16)~PAGE_ACCESSED;
        } else if (may_evict(page)) {
            page_tree_remove(&vnode->cache, index);
            vnode->cache_pages--;
            page_cache_put(page);
            uncharge(vnode->volume, 1);
            freed++;
        }
        index++;
    }
    spin_unlock(&vnode->cache_lock);
    return freed;
}

static size_t reclaim(size_t wanted)
{
    size_t freed = 0;
    if (hal_current()->preempt != 0)
        return 0;
    spin_lock(&reclaim_lock);
    list_for_each(struct vnode, vnode, &evictable, cache_link) {
        freed += evict_from(vnode, wanted - freed);
        if (freed >= wanted)
            break;
    }
    spin_unlock(&reclaim_lock);
    return freed;
}

void page_cache_start(void)
{
    frame_add_reclaimer(reclaim);
}
