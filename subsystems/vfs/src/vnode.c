/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The table of vnodes by volume and inode number, and their lives. */
#include <helix/execution/timer.h>
#include <helix/execution/wait.h>
#include <helix/lib/hash.h>
#include <helix/lib/log.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#include "dentry.h"
#include "fs_call.h"
#include "page_cache.h"
#include "vnode.h"
#include "watched.h"

static struct vnode **table;
static size_t table_mask;
static struct spinlock table_lock = {.rank = LOCK_RANK_VNODE};
static struct wait_queue dying = WAIT_QUEUE_INIT(dying);
static struct kmem_cache vnode_cache = KMEM_CACHE(vnode);

void vnode_init(size_t frames)
{
    size_t buckets = 256;
    while (buckets < frames / 64 && buckets < 65536)
        buckets *= 2;
    table = kzalloc(buckets * sizeof(struct vnode *));
    helix_assert(table != NULL);
    table_mask = buckets - 1;
}

static struct vnode **bucket_of(const struct volume *volume, u64 inode)
{
    return &table[hash_u64(inode ^ (u64)(uintptr_t)volume) & table_mask];
}

static struct vnode *table_find(const struct volume *volume, u64 inode)
{
    struct vnode *vnode = *bucket_of(volume, inode);
    while (vnode != NULL && (vnode->volume != volume || vnode->attributes.inode != inode))
        vnode = vnode->table_next;
    return vnode;
}

static void table_insert(struct vnode *vnode)
{
    struct vnode **bucket = bucket_of(vnode->volume, vnode->attributes.inode);
    vnode->table_next = *bucket;
    *bucket = vnode;
    list_push_back(&vnode->volume->vnodes, &vnode->volume_link);
}

static void table_remove(struct vnode *vnode)
{
    struct vnode **link = bucket_of(vnode->volume, vnode->attributes.inode);
    while (*link != NULL && *link != vnode)
        link = &(*link)->table_next;
    if (*link == NULL)
        return; // an anonymous one
    *link = vnode->table_next;
    list_remove(&vnode->volume_link);
}

static bool is_gone(const struct volume *volume, u64 inode)
{
    spin_lock(&table_lock);
    const struct vnode *vnode = table_find(volume, inode);
    bool gone = vnode == NULL || ref_count(&vnode->object.references) != 0;
    spin_unlock(&table_lock);
    return gone;
}

/* Somebody is writing the inode's last state back: the store has it only afterwards. */
static void wait_until_gone(const struct volume *volume, u64 inode)
{
    helix_ignore(WAIT_FOR(&dying, is_gone(volume, inode), NANOS_NEVER, WAIT_UNINTERRUPTIBLE,
                          "vnode teardown")); // waits without bound, so it ends only well
}

static struct vnode *vnode_allocate(struct volume *volume, const struct fs_attributes *attributes)
{
    struct vnode *vnode = kmem_alloc(&vnode_cache);
    if (vnode == NULL)
        return NULL;
    vnode->attributes = *attributes;
    vnode->volume = volume;
    list_init(&vnode->volume_link);
    page_cache_init(vnode);
    volume_get(volume);
    return vnode;
}

static void vnode_free_later(struct quiesce_head *head)
{
    kmem_free(&vnode_cache, container_of(head, struct vnode, free));
}

static void vnode_release(struct vnode *vnode)
{
    volume_put(vnode->volume);
    quiesce_call(&vnode->free, vnode_free_later);
}

helix_status vnode_of(struct volume *volume, const struct fs_attributes *attributes,
                      struct vnode **vnode_out)
{
    struct vnode *fresh = NULL;
    for (;;) {
        spin_lock(&table_lock);
        struct vnode *found = table_find(volume, attributes->inode);
        bool alive = found != NULL && ref_try_get(&found->object.references);
        if (found == NULL && fresh != NULL) {
            if (volume_pins(volume) && attributes->links > 0) {
                fresh->flags |= VNODE_PINNED;
                vnode_get(fresh);
            }
            table_insert(fresh);
            found = fresh;
            fresh = NULL;
            alive = true;
        }
        spin_unlock(&table_lock);
        if (alive) {
            if (fresh != NULL)
                vnode_release(fresh);
            *vnode_out = found;
            return HELIX_OK;
        }
        if (found != NULL) {
            wait_until_gone(volume, attributes->inode);
            continue;
        }
        fresh = vnode_allocate(volume, attributes);
        if (fresh == NULL)
            return HELIX_E_NOMEM;
    }
}

struct vnode *vnode_find(const struct volume *volume, u64 inode)
{
    spin_lock(&table_lock);
    struct vnode *found = table_find(volume, inode);
    if (found != NULL && !ref_try_get(&found->object.references))
        found = NULL;
    spin_unlock(&table_lock);
    return found;
}

helix_status vnode_create_anonymous(struct volume *volume, u32 mode, struct vnode **vnode_out)
{
    struct fs_time now = vfs_time_now();
    const struct fs_attributes attributes = {.inode = object_id_new(),
                                             .mode = mode,
                                             .links = 1,
                                             .accessed = now,
                                             .modified = now,
                                             .changed = now};
    struct vnode *vnode = vnode_allocate(volume, &attributes);
    if (vnode == NULL)
        return HELIX_E_NOMEM;
    vnode->flags = VNODE_NO_CAPABILITIES;
    *vnode_out = vnode;
    return HELIX_OK;
}

/* The last user of @vnode is gone; nobody can find it any more, only wait for it. */
void vnode_destroy(struct vnode *vnode)
{
    bool forget = vnode->attributes.links == 0 && vnode->volume->type != NULL;
    if (!forget && vnode->volume->type != NULL && vnode_has_store(vnode)) {
        helix_status st = vnode_sync(vnode);
        if (st != HELIX_OK)
            log_error("vfs", "inode %llu: not written back: %s",
                      (unsigned long long)vnode->attributes.inode, helix_status_text(st));
    }
    page_cache_drop(vnode);
    if (forget) {
        fs_forget(vnode->volume, vnode->attributes.inode);
        volume_free_inode(vnode->volume);
    }
    spin_lock(&table_lock);
    table_remove(vnode);
    spin_unlock(&table_lock);
    if (wait_queue_active(&dying))
        wait_wake_all(&dying);
    vnode_release(vnode);
}

void vnode_links_changed(struct vnode *vnode, i32 by)
{
    vnode->attributes.links = (u32)((i32)vnode->attributes.links + by);
    vnode_touch(vnode, FS_SET_CHANGED);
    if (vnode->attributes.links == 0 && (vnode->flags & VNODE_PINNED)) {
        vnode->flags &= ~(u32)VNODE_PINNED;
        vnode_put(vnode); // never the last: the caller has one
    } else if (vnode->attributes.links > 0 && !(vnode->flags & VNODE_PINNED) &&
               volume_pins(vnode->volume)) {
        vnode->flags |= VNODE_PINNED;
        vnode_get(vnode);
    }
}

struct fs_time vfs_time_now(void)
{
    i64 now = wall_clock_now();
    return (struct fs_time){now / (i64)NANOS_PER_SECOND, (u32)(now % (i64)NANOS_PER_SECOND)};
}

void vnode_touch(struct vnode *vnode, u32 mask)
{
    struct fs_time now = vfs_time_now();
    if (mask & FS_SET_ACCESSED)
        vnode->attributes.accessed = now;
    if (mask & FS_SET_MODIFIED)
        vnode->attributes.modified = now;
    if (mask & FS_SET_CHANGED)
        vnode->attributes.changed = now;
    if (!(atomic_load_relaxed(&vnode->flags) & VNODE_STALE))
        atomic_fetch_or_relaxed(&vnode->flags, (u32)VNODE_STALE);
}

static bool is_before(const struct fs_time *left, const struct fs_time *right)
{
    return left->seconds < right->seconds ||
           (left->seconds == right->seconds && left->nanoseconds <= right->nanoseconds);
}

/* As relatime: only where somebody could tell the file was read since it changed. */
void vnode_accessed(struct vnode *vnode, u32 mount_flags)
{
    const struct fs_attributes *a = &vnode->attributes;
    if (is_before(&a->modified, &a->accessed) && is_before(&a->changed, &a->accessed))
        return;
    if (!(mount_flags & (LINUX_MS_NOATIME | LINUX_MS_RDONLY)))
        vnode_touch(vnode, FS_SET_ACCESSED);
}

static void collect_pinned(struct volume *volume, struct vnode **found)
{
    *found = NULL;
    spin_lock(&table_lock);
    list_for_each(struct vnode, vnode, &volume->vnodes, volume_link) {
        if (vnode->flags & VNODE_PINNED) {
            vnode->flags &= ~(u32)VNODE_PINNED;
            *found = vnode;
            break;
        }
    }
    spin_unlock(&table_lock);
}

void vnode_unpin_all(struct volume *volume)
{
    for (;;) {
        struct vnode *vnode;
        collect_pinned(volume, &vnode);
        if (vnode == NULL)
            return;
        vnode_put(vnode);
    }
}

bool vnode_any_busy(struct volume *volume)
{
    bool busy = false;
    spin_lock(&table_lock);
    list_for_each(struct vnode, vnode, &volume->vnodes, volume_link) {
        u32 expected =
            (vnode->flags & VNODE_PINNED ? 1 : 0) + atomic_load_relaxed(&vnode->watch_references);
        if (vnode == volume->root->vnode)
            expected++;
        if (ref_count(&vnode->object.references) > expected)
            busy = true;
    }
    spin_unlock(&table_lock);
    return busy;
}

/* The first vnode of @volume after @after, with a reference; gives @after back. */
static struct vnode *next_of(struct volume *volume, struct vnode *after)
{
    struct vnode *found = NULL;
    spin_lock(&table_lock);
    struct list *link = after == NULL ? volume->vnodes.next : after->volume_link.next;
    for (; link != &volume->vnodes && found == NULL; link = link->next) {
        struct vnode *vnode = list_entry(link, struct vnode, volume_link);
        if (ref_try_get(&vnode->object.references))
            found = vnode;
    }
    spin_unlock(&table_lock);
    if (after != NULL)
        vnode_put(after);
    return found;
}

void watch_volume_gone(struct volume *volume)
{
    for (struct vnode *vnode = watch_any() ? next_of(volume, NULL) : NULL; vnode != NULL;
         vnode = next_of(volume, vnode))
        watch_tell_gone(vnode, WATCH_UNMOUNT);
}

helix_status vnode_sync_all(struct volume *volume)
{
    helix_status first = HELIX_OK;
    if (volume->flags & FS_TYPE_NO_STORE)
        return HELIX_OK;
    for (struct vnode *vnode = next_of(volume, NULL); vnode != NULL;
         vnode = next_of(volume, vnode)) {
        helix_status st = vnode_sync(vnode);
        if (first == HELIX_OK)
            first = st;
    }
    return first;
}

helix_status vnode_sync(struct vnode *vnode)
{
    if (!vnode_has_store(vnode))
        return HELIX_OK;
    helix_status st = page_cache_write_back(vnode);
    if (!(atomic_fetch_and_relaxed(&vnode->flags, ~(u32)VNODE_STALE) & VNODE_STALE))
        return st;
    struct fs_attributes now;
    helix_status set =
        fs_set_attributes(vnode, FS_SET_SIZE | FS_SET_ACCESSED | FS_SET_MODIFIED | FS_SET_CHANGED,
                          &vnode->attributes, &now);
    return st != HELIX_OK ? st : set;
}
