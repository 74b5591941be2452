/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/execution/work.h>
#include <helix/lib/hash.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#include "dentry.h"
#include "watched.h"

u32 namespace_sequence;
struct spinlock dentry_lock = {.rank = LOCK_RANK_DENTRY};

static struct dentry **table;
static u32 table_mask;
static u64 count; // dentry_lock
static u64 count_limit;
static struct list eviction_list = LIST_INIT(eviction_list); // dentry_lock
static struct kmem_cache dentry_cache = KMEM_CACHE(dentry);

static void evict_in_background(struct work *work);
static struct work evict_work = {.run = evict_in_background};

void dentry_init(size_t frames)
{
    size_t buckets = 512;
    while (buckets < frames / 32 && buckets < 65536)
        buckets *= 2;
    table = kzalloc(buckets * sizeof(struct dentry *));
    helix_assert(table != NULL);
    table_mask = (u32)buckets - 1;
    count_limit = buckets * 2;
}

u64 dentry_count(void)
{
    return atomic_load_relaxed(&count);
}

u32 dentry_hash_text(const char *name, u32 length)
{
    u32 hash = dentry_hash_start();
    for (u32 i = 0; i < length; i++)
        hash = dentry_hash_step(hash, name[i]);
    return hash;
}

static inline u32 hash_in(const struct dentry *parent, u32 name_hash)
{
    u32 hash = name_hash ^ (u32)((uintptr_t)parent >> 6);
    hash *= 0x9e3779b1u;
    return hash ^ (hash >> 15);
}

static inline bool is_text(const struct dentry_name *name, const char *text, u32 length)
{
    if (name->length != length)
        return false;
    for (u32 i = 0; i < length; i++)
        if (name->text[i] != text[i])
            return false;
    return true;
}

struct dentry *dentry_find(const struct dentry *parent, const char *name, u32 length, u32 name_hash)
{
    u32 hash = hash_in(parent, name_hash);
    struct dentry *dentry = atomic_load_acquire(&table[hash & table_mask]);
    for (; dentry != NULL; dentry = atomic_load_acquire(&dentry->table_next)) {
        if (dentry->hash == hash && atomic_load_relaxed(&dentry->parent) == parent &&
            is_text(atomic_load_acquire(&dentry->name), name, length))
            return dentry;
    }
    return NULL;
}

struct dentry *dentry_find_get(const struct dentry *parent, const char *name, u32 length,
                               u32 name_hash)
{
    // The parent's vnode lock keeps its names as they are, but a rename elsewhere may pull an entry
    // out of the chain that is being walked.
    spin_lock(&dentry_lock);
    struct dentry *dentry = dentry_find(parent, name, length, name_hash);
    if (dentry != NULL && !ref_try_get(&dentry->references))
        dentry = NULL;
    spin_unlock(&dentry_lock);
    return dentry;
}

struct dentry_name *dentry_name_create(const char *text, u32 length)
{
    struct dentry_name *name = kmalloc(sizeof(struct dentry_name) + length + 1);
    if (name == NULL)
        return NULL;
    name->length = length;
    memcpy(name->text, text, length);
    name->text[length] = '\0';
    return name;
}

static void name_free_later(struct quiesce_head *head)
{
    kfree(container_of(head, struct dentry_name, free));
}

helix_status dentry_create(struct volume *volume, struct dentry *parent, const char *name,
                           u32 length, struct vnode *vnode, struct dentry **dentry_out)
{
    struct dentry *dentry = kmem_alloc(&dentry_cache);
    if (dentry == NULL)
        return HELIX_E_NOMEM;
    dentry->name = dentry_name_create(name, length);
    if (dentry->name == NULL) {
        kmem_free(&dentry_cache, dentry);
        return HELIX_E_NOMEM;
    }
    ref_init(&dentry->references);
    list_init(&dentry->children);
    list_init(&dentry->sibling_link);
    list_init(&dentry->eviction_link);
    dentry->volume = volume;
    dentry->parent = dentry;
    dentry->vnode = vnode;
    if (vnode != NULL)
        vnode_get(vnode);
    spin_lock(&dentry_lock);
    if (vnode != NULL)
        vnode->name = dentry;
    if (parent != NULL) {
        dentry_get(parent);
        dentry->parent = parent;
        list_push_back(&parent->children, &dentry->sibling_link);
    }
    atomic_store_relaxed(&count, count + 1);
    bool many = count > count_limit;
    spin_unlock(&dentry_lock);
    if (many)
        work_queue(&evict_work);
    *dentry_out = dentry;
    return HELIX_OK;
}

static void table_insert(struct dentry *dentry)
{
    struct dentry **bucket = &table[dentry->hash & table_mask];
    dentry->table_next = *bucket;
    atomic_store_release(bucket, dentry);
}

/* The removed one keeps its link: who stands on it goes on. */
static void table_remove(struct dentry *dentry)
{
    struct dentry **link = &table[dentry->hash & table_mask];
    while (*link != dentry)
        link = &(*link)->table_next;
    atomic_store_release(link, dentry->table_next);
}

void dentry_hash(struct dentry *dentry)
{
    const struct dentry_name *name = dentry->name;
    dentry->hash = hash_in(dentry->parent, dentry_hash_text(name->text, name->length));
    dentry_get(dentry); // the table's
    spin_lock(&dentry_lock);
    table_insert(dentry);
    atomic_fetch_or_relaxed(&dentry->flags, (u32)(DENTRY_HASHED | DENTRY_LISTED | DENTRY_USED));
    list_push_back(&eviction_list, &dentry->eviction_link);
    spin_unlock(&dentry_lock);
}

static void unlist_locked(struct dentry *dentry) HELIX_REQUIRES(&dentry_lock)
{
    if (dentry->flags & DENTRY_LISTED)
        list_remove_init(&dentry->eviction_link);
    atomic_fetch_and_relaxed(&dentry->flags, ~(u32)(DENTRY_HASHED | DENTRY_LISTED));
}

static bool unhash_locked(struct dentry *dentry) HELIX_REQUIRES(&dentry_lock)
{
    if (!(dentry->flags & DENTRY_HASHED))
        return false;
    table_remove(dentry);
    unlist_locked(dentry);
    return true;
}

void dentry_unhash(struct dentry *dentry)
{
    spin_lock(&dentry_lock);
    bool was = unhash_locked(dentry);
    spin_unlock(&dentry_lock);
    if (was)
        dentry_put(dentry);
}

void dentry_set_vnode(struct dentry *dentry, struct vnode *vnode)
{
    vnode_get(vnode);
    spin_lock(&dentry_lock);
    vnode->name = dentry;
    atomic_store_release(&dentry->vnode, vnode);
    spin_unlock(&dentry_lock);
}

static void dentry_free_later(struct quiesce_head *head)
{
    struct dentry *dentry = container_of(head, struct dentry, free);
    kfree(dentry->name);
    kmem_free(&dentry_cache, dentry);
}

/* @dentry's count is zero. Gives its parent back, which is the caller's next. */
static struct dentry *destroy(struct dentry *dentry)
{
    spin_lock(&dentry_lock);
    list_remove_init(&dentry->sibling_link);
    if (dentry->vnode != NULL && dentry->vnode->name == dentry)
        dentry->vnode->name = NULL;
    atomic_store_relaxed(&count, count - 1);
    spin_unlock(&dentry_lock);
    struct dentry *parent = dentry->parent != dentry ? dentry->parent : NULL;
    struct vnode *vnode = dentry->vnode;
    quiesce_call(&dentry->free, dentry_free_later);
    if (vnode != NULL) {
        watch_unused(vnode);
        vnode_put(vnode);
    }
    return parent;
}

/* Take a count of one, the table's, to zero, and the dentry out. */
static bool try_evict_locked(struct dentry *dentry) HELIX_REQUIRES(&dentry_lock)
{
    u32 one = 1;
    if (!(dentry->flags & DENTRY_HASHED) ||
        !atomic_cas_acquire(&dentry->references.count, &one, 0u))
        return false;
    table_remove(dentry);
    unlist_locked(dentry);
    return true;
}

static bool evict_uncached(struct dentry *dentry)
{
    spin_lock(&dentry_lock);
    bool evicted = try_evict_locked(dentry);
    spin_unlock(&dentry_lock);
    return evicted;
}

void dentry_put(struct dentry *dentry)
{
    while (dentry != NULL) {
        bool uncached = (atomic_load_relaxed(&dentry->flags) & DENTRY_UNCACHED) != 0;
        // Whoever leaves a dentry that is not to be cached with the table's reference alone takes
        // it out. Two may do so at once, so the dentry must not go before both have looked.
        if (uncached)
            quiesce_read_begin();
        bool last = ref_put(&dentry->references);
        if (!last && uncached && ref_count(&dentry->references) == 1)
            last = evict_uncached(dentry);
        if (uncached)
            quiesce_read_end();
        if (!last)
            return;
        dentry = destroy(dentry);
    }
}

static void change_name_locked(struct dentry *dentry, struct dentry *parent,
                               struct dentry_name *name) HELIX_REQUIRES(&dentry_lock)
{
    bool hashed = (dentry->flags & DENTRY_HASHED) != 0;
    if (hashed)
        table_remove(dentry);
    atomic_store_release(&dentry->name, name);
    if (dentry->parent != parent) {
        list_remove(&dentry->sibling_link);
        list_push_back(&parent->children, &dentry->sibling_link);
        atomic_store_release(&dentry->parent, parent);
    }
    dentry->hash = hash_in(parent, dentry_hash_text(name->text, name->length));
    if (hashed)
        table_insert(dentry);
}

void dentry_move(struct dentry *dentry, struct dentry *parent, struct dentry_name *name)
{
    struct dentry *old_parent = dentry->parent;
    struct dentry_name *old_name = dentry->name;
    dentry_get(parent);
    spin_lock(&dentry_lock);
    namespace_change_begin();
    change_name_locked(dentry, parent, name);
    namespace_change_end();
    spin_unlock(&dentry_lock);
    quiesce_call(&old_name->free, name_free_later);
    dentry_put(old_parent);
}

void dentry_exchange(struct dentry *left, struct dentry *right)
{
    spin_lock(&dentry_lock);
    namespace_change_begin();
    struct dentry *left_parent = left->parent; // the references change owners with the places
    struct dentry_name *left_name = left->name;
    struct dentry *right_parent = right->parent;
    struct dentry_name *right_name = right->name;
    change_name_locked(left, right_parent, right_name);
    change_name_locked(right, left_parent, left_name);
    namespace_change_end();
    spin_unlock(&dentry_lock);
}

bool dentry_is_below(const struct dentry *dentry, const struct dentry *ancestor)
{
    quiesce_read_begin();
    while (dentry != ancestor && dentry->parent != dentry)
        dentry = atomic_load_acquire(&dentry->parent);
    quiesce_read_end();
    return dentry == ancestor;
}

void dentry_set_mountpoint(struct dentry *dentry, bool is_one)
{
    if (is_one)
        atomic_fetch_or_relaxed(&dentry->flags, (u32)DENTRY_MOUNTPOINT);
    else
        atomic_fetch_and_relaxed(&dentry->flags, ~(u32)DENTRY_MOUNTPOINT);
}

/* Destroy what was evicted; parents that only the cache knows stay for the next round. */
static void destroy_all(struct list *victims)
{
    struct list *link;
    while ((link = list_pop_front(victims)) != NULL) {
        struct dentry *dentry = list_entry(link, struct dentry, eviction_link);
        dentry_put(destroy(dentry));
    }
}

/* Evict leaves below @top, as many as one pass finds. */
static bool shrink_pass(struct dentry *top)
{
    struct list victims = LIST_INIT(victims);
    spin_lock(&dentry_lock);
    list_for_each_safe(struct dentry, dentry, &eviction_list, eviction_link) {
        if (dentry != top && dentry->volume == top->volume && dentry_is_below(dentry, top) &&
            try_evict_locked(dentry))
            list_push_back(&victims, &dentry->eviction_link);
    }
    spin_unlock(&dentry_lock);
    bool any = !list_is_empty(&victims);
    destroy_all(&victims);
    return any;
}

void dentry_shrink_below(struct dentry *dentry)
{
    while (shrink_pass(dentry))
        ;
}

/* An empty directory's children are names of nothing, and what programs still hold. */
void dentry_forget_children(struct dentry *dentry)
{
    struct list victims = LIST_INIT(victims);
    spin_lock(&dentry_lock);
    list_for_each(struct dentry, child, &dentry->children, sibling_link) {
        if (try_evict_locked(child))
            list_push_back(&victims, &child->eviction_link);
    }
    spin_unlock(&dentry_lock);
    destroy_all(&victims);
}

size_t dentry_evict(size_t wanted)
{
    struct list victims = LIST_INIT(victims);
    size_t evicted = 0;
    spin_lock(&dentry_lock);
    u64 looks = count;
    while (evicted < wanted && looks-- > 0 && !list_is_empty(&eviction_list)) {
        struct dentry *dentry = list_first(&eviction_list, struct dentry, eviction_link);
        list_remove(&dentry->eviction_link);
        list_push_back(&eviction_list, &dentry->eviction_link);
        u32 flags = atomic_fetch_and_relaxed(&dentry->flags, ~(u32)DENTRY_USED);
        if ((flags & DENTRY_USED) || !try_evict_locked(dentry))
            continue;
        list_push_back(&victims, &dentry->eviction_link);
        evicted++;
    }
    spin_unlock(&dentry_lock);
    destroy_all(&victims);
    return evicted;
}

static void evict_in_background(struct work *work)
{
    (void)work;
    u64 now = dentry_count();
    if (now > count_limit)
        dentry_evict(now - count_limit + count_limit / 8);
}
