/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal/cpu.h>
#include <helix/hal/trap.h>
#include <helix/lib/random.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#include "space_private.h"

static struct kmem_cache space_cache = KMEM_CACHE(vm_space);
static void (*watch_ended)(struct vm_space *space);

paddr vm_zero_frame;

/* The stack, its randomness and its limit lie between the mmap top and the end: the upper 4096th,
 * 32 GB of 128 TB. */
#define STACK_ROOM  (HAL_USER_END / 4096)
#define MMAP_RANDOM (HAL_USER_END / 128)

/* Words are drawn eight at a time: most of the work is the same for one. */
static struct {
    struct spinlock lock;
    struct random_state state;
    bool seeded; // atomic
    unsigned left;
    u64 words[8];
} mmap_random = {.lock = SPINLOCK_INIT(LOCK_RANK_OBJECT)};

bool range_is_user(uintptr_t at, u64 bytes)
{
    return at <= HAL_USER_END && bytes <= HAL_USER_END - at;
}

void space_init(void)
{
    if (frame_alloc(0, FRAME_ZEROED, &vm_zero_frame) != HELIX_OK)
        helix_panic("no frame for the page of zeros");
}

static u64 random_word(void)
{
    u8 seed[32];
    // May take a while, so not under the lock.
    if (!atomic_load_acquire(&mmap_random.seeded))
        hal_entropy(seed, sizeof(seed));
    spin_lock(&mmap_random.lock);
    if (!mmap_random.seeded) {
        random_mix(&mmap_random.state, seed, sizeof(seed));
        atomic_store_release(&mmap_random.seeded, true);
    }
    if (mmap_random.left == 0) {
        random_fill(&mmap_random.state, mmap_random.words, sizeof(mmap_random.words));
        mmap_random.left = array_count(mmap_random.words);
    }
    u64 word = mmap_random.words[--mmap_random.left];
    mmap_random.words[mmap_random.left] = 0;
    spin_unlock(&mmap_random.lock);
    return word;
}

vaddr vm_mmap_top(bool random)
{
    u64 top = align_down(HAL_USER_END - STACK_ROOM, PAGE_SIZE);
    return vaddr_of(random ? top - align_down(random_word() % MMAP_RANDOM, PAGE_SIZE) : top);
}

void vm_set_mmap_top(struct vm_space *space, vaddr top)
{
    space->mmap_top = align_down(top.raw, PAGE_SIZE);
}

static helix_status space_create(struct vm_space **space_out)
{
    struct vm_space *space = kmem_alloc(&space_cache);
    if (space == NULL)
        return HELIX_E_NOMEM;
    helix_status st = hal_space_init(&space->hal);
    if (st != HELIX_OK) {
        kmem_free(&space_cache, space);
        return st;
    }
    space->object = (struct object){.type = &vm_space_type, .id = object_id_new()};
    ref_init(&space->references);
    sleep_lock_init(&space->lock);
    spinlock_init(&space->table_lock, LOCK_RANK_SPACE);
    space->limits = (struct vm_limits){
        .address_space = UINT64_MAX, .data = UINT64_MAX, .stack = UINT64_MAX, .locked = UINT64_MAX};
    *space_out = space;
    return HELIX_OK;
}

helix_status vm_space_create(struct vm_space **space_out)
{
    helix_status st = space_create(space_out);
    if (st == HELIX_OK)
        (*space_out)->mmap_top = vm_mmap_top(false).raw;
    return st;
}

/* Nobody refers to it and no CPU runs in it. */
static void space_destroy(struct vm_space *space)
{
    // Children first: the way from one area to the next in order leads through areas that are gone
    // by then.
    struct rb_node *node = space->areas.root;
    while (node != NULL) {
        struct rb_node *below = node->child[RB_LEFT] ? node->child[RB_LEFT] : node->child[RB_RIGHT];
        if (below != NULL) {
            node = below;
            continue;
        }
        struct rb_node *parent = rb_parent(node);
        if (parent != NULL)
            parent->child[parent->child[RB_RIGHT] == node] = NULL;
        struct vm_area *area = area_of(node);
        unmap_dead(space, area->start, area->end);
        area_break_promise(area);
        area_destroy(area);
        node = parent;
    }
    helix_assert(space->anon_pages == 0 && space->file_pages == 0);
    hal_space_destroy(&space->hal);
    kmem_free(&space_cache, space);
}

void vm_space_get(struct vm_space *space)
{
    ref_get(&space->references);
}

void vm_set_end_hook(void (*ended)(struct vm_space *space))
{
    watch_ended = ended;
}

void vm_space_watch(struct vm_space *space)
{
    WRITE_ONCE(space->watched, true);
}

void vm_space_put(struct vm_space *space)
{
    if (!ref_put(&space->references))
        return;
    if (unlikely(space->watched))
        watch_ended(space);
    space_destroy(space);
}

struct hal_space *vm_space_hal(struct vm_space *space)
{
    return &space->hal;
}

void vm_set_limits(struct vm_space *space, const struct vm_limits *limits)
{
    sleep_lock_write(&space->lock);
    space->limits = *limits;
    sleep_unlock_write(&space->lock);
}

/* ---- Fork ---- */

struct fork_counts {
    i64 anon, file;
};

static void fork_leaves(void *context, const paddr *frames, size_t n)
{
    struct fork_counts *counts = context;
    for (size_t i = 0; i < n; i++) {
        if (is_zero_frame(frames[i]))
            continue;
        frame_get(frames[i]);
        if (page_of(frames[i])->kind == FRAME_ANON)
            counts->anon++;
        else
            counts->file++;
    }
}

/* Pages that the child finds again by itself, in the object, are not copied. */
static bool needs_copy(const struct vm_area *area)
{
    return !(area->flags & (VM_SHARED | VM_WIPE_FORK)) && area->private_pages;
}

static helix_status fork_pages(struct vm_space *parent, struct vm_space *child,
                               const struct vm_area *area)
{
    struct fork_counts counts = {0};
    spin_lock(&parent->table_lock);
    helix_status st = hal_space_copy(&child->hal, &parent->hal, vaddr_of(area->start),
                                     vaddr_of(area->end), true, fork_leaves, &counts);
    spin_unlock(&parent->table_lock);
    space_count(child, counts.anon, counts.file);
    return st;
}

static helix_status fork_areas(struct vm_space *parent, struct vm_space *child)
{
    struct vm_area *last = NULL;
    rb_for_each(node, &parent->areas) {
        const struct vm_area *area = area_of(node);
        if (area->flags & VM_DONT_FORK)
            continue;
        struct vm_area *copy = area_create(area, child);
        if (copy == NULL)
            return HELIX_E_NOMEM;
        copy->flags &= ~(unsigned)(VM_LOCKED | VM_LOCK_ON_TOUCH); // locks are not inherited
        copy->private_pages = needs_copy(area);
        // Areas come in order: each goes to the far right of the tree.
        area_append(child, copy, last);
        last = copy;
        helix_status st = needs_copy(area) ? fork_pages(parent, child, copy) : HELIX_OK;
        if (st != HELIX_OK)
            return st;
    }
    return HELIX_OK;
}

helix_status vm_space_fork(struct vm_space *parent, struct vm_space **space_out)
{
    struct vm_space *child;
    helix_status st = space_create(&child);
    if (st != HELIX_OK)
        return st;
    sleep_lock_write(&parent->lock);
    child->mmap_top = parent->mmap_top;
    child->brk_base = parent->brk_base;
    child->brk_end = parent->brk_end;
    child->limits = parent->limits;
    st = commit_is_strict() && !commit_allows(parent->data_pages) ? HELIX_E_NOMEM
                                                                  : fork_areas(parent, child);
    // What the parent could write a moment ago it must now fault on.
    hal_tlb_flush(&parent->hal, vaddr_of(HAL_USER_MIN), (HAL_USER_END - HAL_USER_MIN) / PAGE_SIZE);
    sleep_unlock_write(&parent->lock);
    if (st != HELIX_OK) {
        vm_space_put(child);
        return st;
    }
    *space_out = child;
    return HELIX_OK;
}

/* ---- Figures ---- */

static enum hal_walk_action count_leaf(void *context, vaddr at, struct hal_mapping *mapping)
{
    struct vm_area_info *info = context;
    (void)at;
    if (is_zero_frame(mapping->frame))
        return HAL_WALK_KEEP;
    const struct page *page = page_of(mapping->frame);
    info->resident_pages++;
    if (mapping->dirty)
        info->dirty_pages++;
    const bool anon = page->kind == FRAME_ANON;
    const u32 sharers = anon ? max((u32)READ_ONCE(page->references), 1u) : 1;
    info->anon_pages += anon;
    info->private_pages += anon && sharers == 1;
    info->proportional_bytes += PAGE_SIZE / sharers;
    return HAL_WALK_KEEP;
}

void vm_for_each_area(struct vm_space *space, vaddr from,
                      bool (*visit)(const struct vm_area_info *area, void *context), void *context)
{
    sleep_lock_read(&space->lock);
    struct vm_area *area = area_at_or_above(space, from.raw);
    for (; area != NULL; area = area_next(area)) {
        struct vm_area_info info = {
            .start = vaddr_of(area->start),
            .end = vaddr_of(area->end),
            .flags = area->flags,
            .offset = area->offset,
            .object = area->object,
            .name = area->name,
        };
        spin_lock(&space->table_lock);
        hal_space_walk(&space->hal, info.start, info.end, count_leaf, &info);
        spin_unlock(&space->table_lock);
        if (!visit(&info, context))
            break;
    }
    sleep_unlock_read(&space->lock);
}

helix_status vm_shared_at(struct vm_space *space, vaddr at, const struct vm_object **object_out)
{
    sleep_lock_read(&space->lock);
    const struct vm_area *area = area_at_or_above(space, at.raw);
    const bool found =
        area && area->start == at.raw && area->offset == 0 && (area->flags & VM_SHARED);
    *object_out = found ? area->object : NULL;
    sleep_unlock_read(&space->lock);
    return *object_out ? HELIX_OK : HELIX_E_FAULT;
}

static u64 table_pages(const struct vm_space *space)
{
    u64 tables = 1;
    uintptr_t counted = 0; // everything below has its last-level table counted
    const u64 span = PAGE_SIZE * 512;
    rb_for_each(node, &space->areas) {
        const struct vm_area *area = area_of(node);
        uintptr_t start = max(counted, align_down(area->start, span));
        uintptr_t end = align_up(area->end, span);
        tables += end > start ? (end - start) / span : 0;
        counted = max(counted, end);
    }
    return tables;
}

void vm_space_usage(struct vm_space *space, struct vm_usage *usage_out)
{
    struct vm_usage usage = {0};
    sleep_lock_read(&space->lock);
    usage.mapped_pages = space->mapped_pages;
    usage.data_pages = space->data_pages;
    usage.locked_pages = space->locked_pages;
    usage.table_pages = table_pages(space);
    rb_for_each(node, &space->areas) {
        const struct vm_area *area = area_of(node);
        if (area->flags & (VM_STACK | VM_GROWS_DOWN))
            usage.stack_pages += area_pages(area);
        else if (area->flags & VM_EXEC)
            usage.text_pages += area_pages(area);
    }
    spin_lock(&space->table_lock);
    usage.resident_pages = space->anon_pages + space->file_pages;
    usage.shared_pages = space->file_pages;
    usage.peak_resident_pages = space->peak_pages;
    spin_unlock(&space->table_lock);
    sleep_unlock_read(&space->lock);
    *usage_out = usage;
}
