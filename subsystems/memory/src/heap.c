/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/string.h>

#include "frame_private.h"
#include "heap_private.h"
#include "inject_private.h"

/*
 * The kernel heap. Every CPU keeps a magazine of each size class; most calls are a push or a pop on
 * it with interrupts off. An empty or full magazine exchanges half its contents with the module
 * behind helix.allocator.heap. Larger memory is a run of frames.
 *
 * The calls that can fail are not inlined anywhere: their return address names the site for fault
 * injection.
 *
 * Where memory came from is in its frame's descriptor: FRAME_HEAP with class and owner, or
 * FRAME_KERNEL with the run's order.
 */
#define MAGAZINE_MOST 31u

struct magazine {
    u32 count;
    u32 most; // 0 until the CPU has magazines: every call is then slow
    void *objects[MAGAZINE_MOST];
};

/* Exactly one frame. */
struct magazines {
    struct magazine of[HEAP_CLASSES];
};
_Static_assert(sizeof(struct magazines) == PAGE_SIZE, "the magazines of a CPU are one frame");

static struct magazines no_magazines; // count and most stay 0
static struct magazines *cpu_magazines[HELIX_MAX_CPUS] = {[0 ... HELIX_MAX_CPUS - 1] =
                                                              &no_magazines};

const u32 heap_class_sizes[HEAP_CLASSES] = HEAP_CLASS_SIZES;

/* Smallest class of (bytes + 15) / 16; filled by heap_init(). */
static u8 class_of_units[HEAP_LARGEST / 16 + 1];

/* How many objects a magazine of a class holds: 16 KB of them at most. */
static u32 magazine_most(unsigned size_class)
{
    return min(MAGAZINE_MOST, max(4u, 16384u / heap_class_sizes[size_class]));
}

static void magazines_create(unsigned cpu)
{
    paddr frame;
    if (frame_alloc(0, FRAME_ZEROED | FRAME_NO_RECLAIM, &frame) != HELIX_OK)
        return; // the next slow call tries again
    struct magazines *magazines = phys_to_virt(frame);
    for (unsigned i = 0; i < HEAP_CLASSES; i++)
        magazines->of[i].most = magazine_most(i);
    cpu_magazines[cpu] = magazines;
}

/* Interrupts off. */
static void *alloc_slow(unsigned size_class)
{
    unsigned cpu = hal_cpu_id();
    if (cpu_magazines[cpu] == &no_magazines)
        magazines_create(cpu);
    struct magazine *magazine = &cpu_magazines[cpu]->of[size_class];
    void *object;
    if (magazine->most == 0)
        return heap_module_refill(size_class, &object, 1) == 1 ? object : NULL;
    magazine->count = heap_module_refill(size_class, magazine->objects, magazine->most / 2 + 1);
    return magazine->count > 0 ? magazine->objects[--magazine->count] : NULL;
}

/* Out of line: the caller had no luck, and perhaps may sleep. */
static HELIX_NOINLINE void *alloc_hard(unsigned size_class)
{
    for (unsigned tries = 0; tries < 4; tries++) {
        struct irq_key key = hal_irq_save();
        void *object = alloc_slow(size_class);
        hal_irq_restore(key);
        if (object != NULL)
            return object;
        if (!memory_may_sleep() || (!heap_recover() && frame_reclaim(1) == 0))
            return NULL;
    }
    return NULL;
}

static inline void *alloc_class(unsigned size_class)
{
    struct irq_key key = hal_irq_save();
    struct magazine *magazine = &cpu_magazines[hal_cpu_id()]->of[size_class];
    void *object = NULL;
    if (likely(magazine->count > 0))
        object = magazine->objects[--magazine->count];
    hal_irq_restore(key);
    return likely(object != NULL) ? object : alloc_hard(size_class);
}

static HELIX_NOINLINE void *alloc_large(size_t bytes)
{
    u64 frames = bytes / PAGE_SIZE + (bytes % PAGE_SIZE != 0);
    unsigned order = log2_ceil(frames);
    paddr frame;
    if (order > FRAME_ORDER_MAX || !heap_limit_take(1ull << order))
        return NULL;
    if (frame_alloc(order, 0, &frame) != HELIX_OK) {
        heap_limit_give(1ull << order);
        return NULL;
    }
    return phys_to_virt(frame);
}

static inline void *alloc_any(size_t bytes)
{
    if (unlikely(bytes > HEAP_LARGEST))
        return alloc_large(bytes);
    return alloc_class(class_of_units[(bytes + 15) / 16]);
}

HELIX_NOINLINE void *kmalloc(size_t bytes)
{
    if (inject_should_fail((uintptr_t)__builtin_return_address(0)))
        return NULL;
    return alloc_any(bytes);
}

HELIX_NOINLINE void *kzalloc(size_t bytes)
{
    if (inject_should_fail((uintptr_t)__builtin_return_address(0)))
        return NULL;
    void *memory = alloc_any(bytes);
    return memory == NULL ? NULL : memset(memory, 0, bytes);
}

static struct page *page_behind(const void *memory)
{
    return page_of(virt_to_phys(memory));
}

/* Interrupts off. */
static HELIX_NOINLINE void free_slow(struct magazine *magazine, unsigned size_class, void *object)
{
    if (magazine->most == 0) {
        heap_module_drain(size_class, &object, 1);
        return;
    }
    unsigned half = magazine->most / 2;
    heap_module_drain(size_class, magazine->objects, half);
    magazine->count -= half;
    memmove(magazine->objects, magazine->objects + half, magazine->count * sizeof(void *));
    magazine->objects[magazine->count++] = object;
}

/* A run of frames, or an object of a module that was replaced, which is not handed out again. */
static HELIX_NOINLINE void free_odd(void *memory, struct page *page)
{
    if (page->kind == FRAME_HEAP) {
        struct irq_key key = hal_irq_save();
        heap_module_drain(page->heap_class, &memory, 1);
        hal_irq_restore(key);
        return;
    }
    helix_assert(page->kind == FRAME_KERNEL && is_aligned((uintptr_t)memory, PAGE_SIZE));
    unsigned order = page->order;
    frame_free(page_frame(page), order);
    heap_limit_give(1ull << order);
}

void kfree(void *memory)
{
    if (memory == NULL)
        return;
    struct page *page = page_behind(memory);
    if (unlikely(page->kind != FRAME_HEAP || page->owner != heap_owner)) {
        free_odd(memory, page);
        return;
    }
    unsigned size_class = page->heap_class;
    struct irq_key key = hal_irq_save();
    struct magazine *magazine = &cpu_magazines[hal_cpu_id()]->of[size_class];
    if (likely(magazine->count < magazine->most))
        magazine->objects[magazine->count++] = memory;
    else
        free_slow(magazine, size_class, memory);
    hal_irq_restore(key);
}

size_t kmalloc_size(const void *memory)
{
    const struct page *page = page_behind(memory);
    return page->kind == FRAME_HEAP ? heap_class_sizes[page->heap_class] : PAGE_SIZE << page->order;
}

HELIX_NOINLINE void *krealloc(void *memory, size_t bytes)
{
    if (inject_should_fail((uintptr_t)__builtin_return_address(0)))
        return NULL;
    if (memory == NULL)
        return alloc_any(bytes);
    size_t have = kmalloc_size(memory);
    if (bytes <= have && bytes > have / 2)
        return memory;
    void *moved = alloc_any(bytes);
    if (moved == NULL)
        return NULL;
    memcpy(moved, memory, min(have, bytes));
    kfree(memory);
    return moved;
}

HELIX_NOINLINE char *kstrdup(const char *text)
{
    if (inject_should_fail((uintptr_t)__builtin_return_address(0)))
        return NULL;
    size_t bytes = strlen(text) + 1;
    char *copy = alloc_any(bytes);
    return copy == NULL ? NULL : memcpy(copy, text, bytes);
}

HELIX_NOINLINE void *kmem_alloc(struct kmem_cache *cache)
{
    if (inject_should_fail((uintptr_t)__builtin_return_address(0)))
        return NULL;
    void *object = alloc_any(cache->bytes);
    if (object == NULL)
        return NULL;
    (void)atomic_fetch_add_relaxed(&cache->live, 1ull);
    return memset(object, 0, cache->bytes);
}

void kmem_free(struct kmem_cache *cache, void *object)
{
    if (object == NULL)
        return;
    (void)atomic_fetch_sub_relaxed(&cache->live, 1ull);
    kfree(object);
}

/* Empty this CPU's magazines, then ask the modules for their empty frames. */
static size_t heap_reclaim(size_t wanted)
{
    (void)wanted;
    struct irq_key key = hal_irq_save();
    struct magazines *magazines = cpu_magazines[hal_cpu_id()];
    for (unsigned i = 0; i < HEAP_CLASSES; i++) {
        struct magazine *magazine = &magazines->of[i];
        if (magazine->count == 0)
            continue;
        heap_module_drain(i, magazine->objects, magazine->count);
        magazine->count = 0;
    }
    hal_irq_restore(key);
    return heap_module_reclaim();
}

static void classes_fill(void)
{
    unsigned size_class = 0;
    for (unsigned units = 0; units < array_count(class_of_units); units++) {
        if (units * 16 > heap_class_sizes[size_class])
            size_class++;
        class_of_units[units] = (u8)size_class;
    }
}

helix_status heap_init(void)
{
    classes_fill();
    helix_status st = heap_module_bind();
    if (st == HELIX_OK)
        frame_add_reclaimer(heap_reclaim);
    return st;
}
