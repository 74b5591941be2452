/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/string.h>

#include "frame_private.h"
#include "inject_private.h"

/*
 * Allocation and freeing of frames: single ones from a stack that each CPU keeps, everything else
 * through the module.
 *
 * A frame's descriptor changes between free and in use inside the same interrupt-off section in
 * which the frame changes hands. A stopped world therefore finds every frame either FREE in its
 * descriptor or owned, and a new module can be filled from the descriptors alone, less what the
 * CPUs keep.
 */
struct frame_cache frame_caches[HELIX_MAX_CPUS];

static inline void page_claim(struct page *page, enum frame_kind kind, unsigned order)
{
    page->references = 1;
    page->kind = (u8)kind;
    page->order = (u8)order;
    page->flags = 0;
}

static inline void page_release(struct page *page)
{
    page->references = 0;
    page->kind = FRAME_FREE;
    page->order = 0;
}

/*
 * Programs' memory and file data leave the last frames to the kernel, which needs some to get out
 * of the shortage: to end a process, to write something back.
 */
static inline bool leaves_reserve(enum frame_kind kind, u64 frames)
{
    return (kind != FRAME_ANON && kind != FRAME_CACHE) ||
           frame_map.module_free >= frame_map.reserve + frames;
}

/* Fill an empty stack. Interrupts off. */
static helix_status cache_refill(struct frame_cache *cache, enum frame_kind kind)
{
    HELIX_UNINITIALIZED paddr frames[FRAME_CACHE_BATCH];
    unsigned got = 0;
    spin_lock(&frame_map.lock);
    helix_status st = HELIX_E_NOMEM;
    if (leaves_reserve(kind, FRAME_CACHE_BATCH))
        st = frame_module_alloc_many(frames, FRAME_CACHE_BATCH, &got);
    frame_map.module_free -= got;
    for (unsigned i = got; i-- > 0;) {
        frame_map_prepare(frames[i].raw >> PAGE_SHIFT, 1);
        cache->frames[cache->count++] = (u32)(frames[i].raw >> PAGE_SHIFT);
    }
    spin_unlock(&frame_map.lock);
    return st == HELIX_OK && got == 0 ? HELIX_E_NOMEM : st;
}

/* Give the coldest half of a full stack to the module. Interrupts off. */
static helix_status cache_drain(struct frame_cache *cache)
{
    HELIX_UNINITIALIZED paddr frames[FRAME_CACHE_BATCH];
    for (unsigned i = 0; i < FRAME_CACHE_BATCH; i++)
        frames[i] = paddr_of((u64)cache->frames[i] << PAGE_SHIFT);
    cache->count -= FRAME_CACHE_BATCH;
    memmove(cache->frames, cache->frames + FRAME_CACHE_BATCH,
            cache->count * sizeof(cache->frames[0]));
    spin_lock(&frame_map.lock);
    helix_status st = frame_module_free_many(frames, FRAME_CACHE_BATCH);
    frame_map.module_free += FRAME_CACHE_BATCH;
    spin_unlock(&frame_map.lock);
    return st;
}

void frame_caches_mark(u64 mark)
{
    for (unsigned cpu = 0; cpu < HELIX_MAX_CPUS; cpu++) {
        const struct frame_cache *cache = &frame_caches[cpu];
        for (u32 i = 0; i < cache->count; i++)
            page_of(paddr_of((u64)cache->frames[i] << PAGE_SHIFT))->spare = mark;
    }
}

static inline helix_status alloc_single(enum frame_kind kind, paddr *frame_out)
{
    struct irq_key key = hal_irq_save();
    struct frame_cache *cache = &frame_caches[hal_cpu_id()];
    if (unlikely(cache->count == 0)) {
        helix_status st = cache_refill(cache, kind);
        if (st != HELIX_OK) {
            hal_irq_restore(key);
            return st;
        }
    }
    paddr frame = paddr_of((u64)cache->frames[--cache->count] << PAGE_SHIFT);
    page_claim(page_of(frame), kind, 0);
    cache->kinds[kind]++;
    hal_irq_restore(key);
    *frame_out = frame;
    return HELIX_OK;
}

static helix_status alloc_run(enum frame_kind kind, unsigned order, unsigned flags,
                              paddr *frame_out)
{
    enum frame_zone zone = FRAME_ZONE_NORMAL;
    if (flags & FRAME_DMA32)
        zone = FRAME_ZONE_DMA32;
    if (flags & FRAME_DMA)
        zone = FRAME_ZONE_DMA;
    struct irq_key key = spin_lock_irq(&frame_map.lock);
    helix_status st = HELIX_E_NOMEM;
    if (leaves_reserve(kind, 1ull << order))
        st = frame_module_alloc(zone, order, frame_out);
    if (st == HELIX_OK) {
        frame_map.module_free -= 1ull << order;
        frame_map_prepare(frame_out->raw >> PAGE_SHIFT, 1ull << order);
        page_claim(page_of(*frame_out), kind, order);
        frame_caches[hal_cpu_id()].kinds[kind] += 1ll << order;
    }
    spin_unlock_irq(&frame_map.lock, key);
    return st;
}

static helix_status alloc_once(enum frame_kind kind, unsigned order, unsigned flags,
                               paddr *frame_out)
{
    for (;;) {
        helix_status st = order == 0 && !(flags & (FRAME_DMA | FRAME_DMA32))
                              ? alloc_single(kind, frame_out)
                              : alloc_run(kind, order, flags, frame_out);
        if (likely(st != HELIX_E_MODULE_FAULT && st != HELIX_E_AGAIN))
            return st;
        // A caller with spinlocks could make the CPUs that spin on them miss the stop.
        if (!memory_may_sleep())
            return HELIX_E_NOMEM;
        st = gate_recover(&frame_gate);
        if (st != HELIX_OK)
            return st;
    }
}

/* The first try gave @st: recovery and reclaim, as far as the caller can wait for them. */
static HELIX_NOINLINE helix_status alloc_hard(helix_status st, enum frame_kind kind, unsigned order,
                                              unsigned flags, paddr *frame_out)
{
    if (st == HELIX_E_MODULE_FAULT || st == HELIX_E_AGAIN)
        st = alloc_once(kind, order, flags, frame_out);
    if (st != HELIX_E_NOMEM || flags & FRAME_NO_RECLAIM || !memory_may_sleep())
        return st;
    for (unsigned tries = 0; tries < 3 && st == HELIX_E_NOMEM && frame_reclaim(1ull << order) > 0;
         tries++)
        st = alloc_once(kind, order, flags, frame_out);
    return st;
}

static inline helix_status alloc_from(uintptr_t site, enum frame_kind kind, unsigned order,
                                      unsigned flags, paddr *frame_out)
{
    if (inject_should_fail(site))
        return HELIX_E_NOMEM;
    helix_status st = likely(order == 0 && !(flags & (FRAME_DMA | FRAME_DMA32)))
                          ? alloc_single(kind, frame_out)
                          : alloc_run(kind, order, flags, frame_out);
    if (unlikely(st != HELIX_OK))
        st = alloc_hard(st, kind, order, flags, frame_out);
    if (st == HELIX_OK && flags & FRAME_ZEROED)
        memset(phys_to_virt(*frame_out), 0, PAGE_SIZE << order);
    return st;
}

/* Not inlined anywhere: the return address names the site for fault injection. */
HELIX_NOINLINE helix_status frame_alloc_as(enum frame_kind kind, unsigned order, unsigned flags,
                                           paddr *frame_out)
{
    return alloc_from((uintptr_t)__builtin_return_address(0), kind, order, flags, frame_out);
}

HELIX_NOINLINE helix_status frame_alloc(unsigned order, unsigned flags, paddr *frame_out)
{
    return alloc_from((uintptr_t)__builtin_return_address(0), FRAME_KERNEL, order, flags,
                      frame_out);
}

/* After a crash of the module in the middle of a free: the descriptors say FREE, so the next module
 * gets the frame. */
static void recover_after_free(helix_status st)
{
    if (unlikely(st == HELIX_E_MODULE_FAULT || st == HELIX_E_AGAIN) && memory_may_sleep())
        helix_ignore(gate_recover(&frame_gate)); // allocation tries again, and reports
}

/* Interrupts off. */
static inline helix_status free_single(struct frame_cache *cache, struct page *page, paddr frame)
{
    helix_status st = HELIX_OK;
    cache->kinds[page->kind]--;
    page_release(page);
    if (unlikely(cache->count == FRAME_CACHE_MOST))
        st = cache_drain(cache);
    cache->frames[cache->count++] = (u32)(frame.raw >> PAGE_SHIFT);
    return st;
}

static helix_status free_run(struct page *page, paddr frame, unsigned order)
{
    struct irq_key key = spin_lock_irq(&frame_map.lock);
    frame_caches[hal_cpu_id()].kinds[page->kind] -= 1ll << order;
    page_release(page);
    helix_status st = frame_module_free(frame, order);
    frame_map.module_free += 1ull << order;
    spin_unlock_irq(&frame_map.lock, key);
    return st;
}

void frame_free(paddr frame, unsigned order)
{
    struct page *page = page_of(frame);
    helix_assert(page->kind > FRAME_RESERVED && page->order == order);
    helix_status st;
    if (order == 0) {
        struct irq_key key = hal_irq_save();
        st = free_single(&frame_caches[hal_cpu_id()], page, frame);
        hal_irq_restore(key);
    } else {
        st = free_run(page, frame, order);
    }
    recover_after_free(st);
}

/* Give one reference back; true: it was the last. The only owner needs no atomic operation. */
static inline bool page_put(struct page *page)
{
    if (atomic_load_acquire(&page->references) == 1)
        return true;
    u32 old = atomic_fetch_sub_acq_rel(&page->references, 1u);
    helix_assert(old != 0);
    return old == 1;
}

void frame_put(paddr frame)
{
    struct page *page = page_of(frame);
    if (page_put(page))
        frame_free(frame, page->order);
}

void frame_put_many(const paddr *frames, size_t count)
{
    helix_status st = HELIX_OK;
    struct irq_key key = hal_irq_save();
    struct frame_cache *cache = &frame_caches[hal_cpu_id()];
    for (size_t i = 0; i < count; i++) {
        struct page *page = page_of(frames[i]);
        if (!page_put(page))
            continue;
        helix_assert(page->kind > FRAME_RESERVED);
        helix_status one = page->order == 0 ? free_single(cache, page, frames[i])
                                            : free_run(page, frames[i], page->order);
        if (unlikely(one != HELIX_OK))
            st = one;
    }
    hal_irq_restore(key);
    recover_after_free(st);
}

void frame_set_kind(paddr frame, enum frame_kind kind)
{
    struct page *page = page_of(frame);
    struct irq_key key = hal_irq_save();
    i64 *kinds = frame_caches[hal_cpu_id()].kinds;
    kinds[page->kind] -= 1ll << page->order;
    kinds[kind] += 1ll << page->order;
    page->kind = (u8)kind;
    hal_irq_restore(key);
}

void frame_give_back(paddr from, u64 bytes)
{
    u64 first = (from.raw + PAGE_MASK) >> PAGE_SHIFT;
    u64 end = (from.raw + bytes) >> PAGE_SHIFT;
    for (u64 number = first; number < end; number++) {
        paddr frame = paddr_of(number << PAGE_SHIFT);
        struct page *page = page_of(frame);
        helix_assert(frame_is_ram(frame) && page->kind != FRAME_FREE && page->order == 0);
        frame_set_kind(frame, FRAME_KERNEL);
        frame_put(frame);
    }
}

void memory_counts(struct memory_counts *counts_out)
{
    u64 kinds[FRAME_KINDS] = {0};
    u64 used = 0;
    for (unsigned kind = FRAME_RESERVED; kind < FRAME_KINDS; kind++) {
        for (unsigned cpu = 0; cpu < HELIX_MAX_CPUS; cpu++)
            kinds[kind] += (u64)READ_ONCE(frame_caches[cpu].kinds[kind]);
        used += kinds[kind];
    }
    *counts_out = (struct memory_counts){
        .total = frame_map.total,
        .free = frame_map.total - used,
        .reserved = kinds[FRAME_RESERVED],
        .kernel = kinds[FRAME_KERNEL],
        .tables = kinds[FRAME_TABLE],
        .heap = kinds[FRAME_HEAP],
        .anon = kinds[FRAME_ANON],
        .cache = kinds[FRAME_CACHE],
        .archive = kinds[FRAME_ARCHIVE],
    };
}
