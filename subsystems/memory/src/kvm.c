/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal/trap.h>
#include <helix/lib/rbtree.h>

#include "frame_private.h"
#include "inject_private.h"
#include "kvm_private.h"

#include <helix/memory/heap.h>

/*
 * Kernel virtual memory. Each arena is a tree of ranges by address; a range is [guard page][pages],
 * so the guard of the next one lies behind it. Addresses are taken going up and come round at the
 * end of the arena, so that a stale pointer faults for a long time.
 *
 * Stacks come and go with every thread: freed ones of the usual size wait on a list, still mapped,
 * for the next.
 */
struct kvm_range {
    struct rb_node node;
    uintptr_t base; // of the pages, behind the guard
    u64 pages;
    enum kvm_kind kind;
    struct list link; // in kept_stacks, or of ranges on their way out
};

struct arena {
    struct rb_tree ranges;
    uintptr_t first, end;
    uintptr_t cursor;
};

/* Changes of the arenas and of the kernel's page tables. */
static struct spinlock arena_lock = SPINLOCK_INIT(LOCK_RANK_ARENA);
static struct arena data_arena = {
    .first = HAL_KERNEL_ARENA_BASE, .end = HAL_KERNEL_ARENA_END, .cursor = HAL_KERNEL_ARENA_BASE};
static struct arena module_arena = {
    .first = HAL_MODULE_ARENA_BASE, .end = HAL_MODULE_ARENA_END, .cursor = HAL_MODULE_ARENA_BASE};

#define KEPT_STACKS      32u
#define KEPT_STACK_PAGES 8u // larger ones are not kept
static struct list kept_stacks = LIST_INIT(kept_stacks);
static unsigned kept_count;

static struct arena *arena_of(enum kvm_kind kind)
{
    return kind == KVM_MODULE ? &module_arena : &data_arena;
}

static struct arena *arena_at(uintptr_t at)
{
    if (at >= module_arena.first && at < module_arena.end)
        return &module_arena;
    return at >= data_arena.first && at < data_arena.end ? &data_arena : NULL;
}

static struct kvm_range *range_of(struct rb_node *node)
{
    return container_of(node, struct kvm_range, node);
}

static bool range_less(const struct rb_node *a, const struct rb_node *b)
{
    return container_of(a, struct kvm_range, node)->base <
           container_of(b, struct kvm_range, node)->base;
}

static int range_compare(const void *key, const struct rb_node *node)
{
    uintptr_t base = container_of(node, struct kvm_range, node)->base;
    uintptr_t at = *(const uintptr_t *)key;
    return at < base ? -1 : at > base;
}

static uintptr_t range_end(const struct kvm_range *range)
{
    return range->base + range->pages * PAGE_SIZE;
}

/* The lowest place at or after @from for @bytes and a guard below; 0: none. */
static uintptr_t arena_find(struct arena *arena, uintptr_t from, u64 bytes)
{
    uintptr_t key = from;
    struct rb_node *node = rb_lower_bound(&arena->ranges, &key, range_compare);
    struct rb_node *before = node != NULL ? rb_prev(node) : rb_last(&arena->ranges);
    uintptr_t at = from;
    if (before != NULL)
        at = max(at, range_end(range_of(before)));
    for (; node != NULL; node = rb_next(node)) {
        if (at + PAGE_SIZE + bytes <= range_of(node)->base - PAGE_SIZE)
            break;
        at = range_end(range_of(node));
    }
    // The arena's last page is the guard of the last range.
    return at + PAGE_SIZE + bytes + PAGE_SIZE <= arena->end ? at : 0;
}

static helix_status arena_insert(struct arena *arena, struct kvm_range *range)
{
    u64 bytes = range->pages * PAGE_SIZE;
    uintptr_t at = arena_find(arena, arena->cursor, bytes);
    if (at == 0)
        at = arena_find(arena, arena->first, bytes);
    if (at == 0)
        return HELIX_E_NOMEM;
    range->base = at + PAGE_SIZE;
    arena->cursor = range_end(range);
    rb_insert(&arena->ranges, &range->node, range_less);
    return HELIX_OK;
}

static enum hal_walk_action collect_frame(void *context, vaddr at, struct hal_mapping *mapping)
{
    (void)at;
    list_push_back(context, &page_of(mapping->frame)->link);
    return HAL_WALK_REMOVE;
}

/* Unmap everything in @range and free its frames. */
static void range_unmap(struct kvm_range *range)
{
    struct list frames = LIST_INIT(frames);
    spin_lock(&arena_lock);
    hal_space_walk(hal_kernel_space(), vaddr_of(range->base), vaddr_of(range_end(range)),
                   collect_frame, &frames);
    spin_unlock(&arena_lock);
    hal_tlb_flush(NULL, vaddr_of(range->base), range->pages);
    list_for_each_safe(struct page, page, &frames, link)
        frame_put(page_frame(page));
}

static void range_destroy(struct kvm_range *range)
{
    range_unmap(range);
    spin_lock(&arena_lock);
    rb_erase(&arena_of(range->kind)->ranges, &range->node);
    spin_unlock(&arena_lock);
    kfree(range);
}

static helix_status range_map(struct kvm_range *range)
{
    const unsigned prot = HAL_PROT_READ | HAL_PROT_WRITE | HAL_PROT_GLOBAL;
    for (u64 i = 0; i < range->pages; i++) {
        paddr frame;
        helix_status st = frame_alloc(0, range->kind == KVM_STACK ? 0 : FRAME_ZEROED, &frame);
        if (st != HELIX_OK)
            return st;
        spin_lock(&arena_lock);
        st = hal_space_map(hal_kernel_space(), vaddr_of(range->base + i * PAGE_SIZE), frame,
                           PAGE_SIZE, prot);
        spin_unlock(&arena_lock);
        if (st != HELIX_OK) {
            frame_put(frame);
            return st;
        }
    }
    return HELIX_OK;
}

static struct kvm_range *kept_stack_take(u64 pages)
{
    struct kvm_range *found = NULL;
    spin_lock(&arena_lock);
    list_for_each(struct kvm_range, range, &kept_stacks, link) {
        if (range->pages == pages) {
            found = range;
            break;
        }
    }
    if (found != NULL) {
        list_remove(&found->link);
        kept_count--;
    }
    spin_unlock(&arena_lock);
    return found;
}

static bool kept_stack_put(struct kvm_range *range)
{
    bool kept = false;
    if (range->kind != KVM_STACK || range->pages > KEPT_STACK_PAGES)
        return false;
    spin_lock(&arena_lock);
    if (kept_count < KEPT_STACKS) {
        list_push_front(&kept_stacks, &range->link);
        kept_count++;
        kept = true;
    }
    spin_unlock(&arena_lock);
    return kept;
}

static helix_status range_create(u64 pages, enum kvm_kind kind, struct kvm_range **range_out)
{
    struct kvm_range *range = kzalloc(sizeof(*range));
    if (range == NULL)
        return HELIX_E_NOMEM;
    range->pages = pages;
    range->kind = kind;
    spin_lock(&arena_lock);
    helix_status st = arena_insert(arena_of(kind), range);
    spin_unlock(&arena_lock);
    if (st != HELIX_OK) {
        kfree(range);
        return st;
    }
    st = range_map(range);
    if (st != HELIX_OK) {
        range_destroy(range);
        return st;
    }
    *range_out = range;
    return HELIX_OK;
}

HELIX_NOINLINE helix_status kvm_alloc(size_t bytes, enum kvm_kind kind, void **memory_out)
{
    if (bytes == 0 || bytes > HAL_KERNEL_ARENA_END - HAL_KERNEL_ARENA_BASE)
        return HELIX_E_INVAL;
    if (inject_should_fail((uintptr_t)__builtin_return_address(0)))
        return HELIX_E_NOMEM;
    u64 pages = align_up(bytes, PAGE_SIZE) / PAGE_SIZE;
    struct kvm_range *range = kind == KVM_STACK ? kept_stack_take(pages) : NULL;
    if (range == NULL) {
        helix_status st = range_create(pages, kind, &range);
        if (st != HELIX_OK)
            return st;
    }
    *memory_out = (void *)range->base;
    return HELIX_OK;
}

static struct kvm_range *range_find(const void *memory)
{
    uintptr_t at = (uintptr_t)memory;
    struct arena *arena = arena_at(at);
    helix_assert(arena != NULL);
    spin_lock(&arena_lock);
    struct rb_node *node = rb_find(&arena->ranges, &at, range_compare);
    spin_unlock(&arena_lock);
    helix_assert(node != NULL);
    return range_of(node);
}

void kvm_free(void *memory)
{
    if (memory == NULL)
        return;
    struct kvm_range *range = range_find(memory);
    if (!kept_stack_put(range))
        range_destroy(range);
}

static enum hal_walk_action set_prot(void *context, vaddr at, struct hal_mapping *mapping)
{
    (void)at;
    mapping->prot = *(const unsigned *)context;
    return HAL_WALK_SET_PROT;
}

helix_status kvm_protect(void *memory, size_t bytes, unsigned prot)
{
    uintptr_t at = (uintptr_t)memory;
    if ((prot & HAL_PROT_WRITE) && (prot & HAL_PROT_EXEC))
        return HELIX_E_INVAL;
    if (!is_aligned(at, PAGE_SIZE) || bytes == 0 || arena_at(at) == NULL ||
        arena_at(at + bytes - 1) != arena_at(at))
        return HELIX_E_INVAL;
    unsigned set = prot | HAL_PROT_GLOBAL;
    spin_lock(&arena_lock);
    hal_space_walk(hal_kernel_space(), vaddr_of(at), vaddr_of(at + align_up(bytes, PAGE_SIZE)),
                   set_prot, &set);
    spin_unlock(&arena_lock);
    hal_tlb_flush(NULL, vaddr_of(at), align_up(bytes, PAGE_SIZE) / PAGE_SIZE);
    if (prot & HAL_PROT_EXEC)
        hal_sync_code(vaddr_of(at), bytes);
    return HELIX_OK;
}

/* Asked when the kernel has just faulted at @at: takes no lock. What is not mapped inside an arena
 * is a guard, or was freed. */
bool kvm_is_guard(vaddr at)
{
    struct hal_mapping mapping;
    return arena_at(at.raw) != NULL && !hal_space_query(hal_kernel_space(), at, &mapping);
}

static size_t kept_stacks_reclaim(size_t wanted)
{
    size_t freed = 0;
    while (freed < wanted) {
        spin_lock(&arena_lock);
        struct list *node = list_pop_front(&kept_stacks);
        if (node != NULL)
            kept_count--;
        spin_unlock(&arena_lock);
        if (node == NULL)
            break;
        struct kvm_range *range = list_entry(node, struct kvm_range, link);
        freed += range->pages;
        range_destroy(range);
    }
    return freed;
}

void kvm_init(void)
{
    frame_add_reclaimer(kept_stacks_reclaim);
}
