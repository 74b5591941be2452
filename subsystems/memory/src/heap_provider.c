/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/log.h>
#include <helix/profile.h>

#include "boot_provider.h"
#include "frame_private.h"
#include "heap_private.h"

/*
 * The modules behind helix.allocator.heap: one in charge, and those it followed, which take their
 * objects back until the last is gone. An owner number, kept in each frame's descriptor, names one
 * of them. A module that crashed keeps its number but is not called again: what was allocated from
 * it stays usable and is lost when it is freed.
 */
#define OWNERS 8u

struct heap_provider {
    const struct heap_allocator_ops *ops; // NULL: the place is free
    void *self;
    u64 frames; // atomic: held by this module
    bool crashed;
};

static struct heap_provider heap_providers[OWNERS];
u32 heap_owner;

static struct spinlock class_locks[HEAP_CLASSES] = {[0 ... HEAP_CLASSES - 1] =
                                                        SPINLOCK_INIT(LOCK_RANK_SLAB)};

static helix_status transfer_prepare(struct gate_binding *binding, const struct gate_provider *next,
                                     void **plan_out);
static helix_status transfer_carry(struct gate_binding *binding, const struct gate_provider *next,
                                   void *plan);
static void transfer_finish(struct gate_binding *binding, void *plan, bool committed);
static helix_status transfer_retire(struct gate_binding *binding, const struct gate_provider *old);

static const struct gate_transfer heap_transfer = {
    .prepare = transfer_prepare,
    .carry = transfer_carry,
    .finish = transfer_finish,
    .retire = transfer_retire,
};

struct gate_binding heap_gate;

#define HEAP_CALL(call_) GATE_STOP_CALL(&heap_gate, struct heap_allocator_ops, call_)

/* ---- Frames for the modules; a class lock is held ---- */

static u64 limited_frames; // stays 0 without a limit

bool heap_limit_take(u64 frames)
{
    const u64 most = HELIX_MEMORY_HEAP_SIZE_KB / (PAGE_SIZE / 1024);
    if (most == 0 || atomic_fetch_add_relaxed(&limited_frames, frames) + frames <= most)
        return true;
    (void)atomic_fetch_sub_relaxed(&limited_frames, frames);
    return false;
}

void heap_limit_give(u64 frames)
{
    if (HELIX_MEMORY_HEAP_SIZE_KB != 0)
        (void)atomic_fetch_sub_relaxed(&limited_frames, frames);
}

static helix_status module_frame_alloc(u32 owner, unsigned size_class, paddr *frame_out)
{
    paddr frame;
    if (owner >= OWNERS || size_class >= HEAP_CLASSES)
        return HELIX_E_INVAL;
    if (!heap_limit_take(1))
        return HELIX_E_LIMIT;
    helix_status st = frame_alloc_as(FRAME_HEAP, 0, FRAME_NO_RECLAIM, &frame);
    if (st != HELIX_OK) {
        heap_limit_give(1);
        return st;
    }
    struct page *page = page_of(frame);
    page->owner = owner;
    page->heap_class = size_class;
    page->heap_word = 0;
    (void)atomic_fetch_add_relaxed(&heap_providers[owner].frames, 1ull);
    *frame_out = frame;
    return HELIX_OK;
}

static void module_frame_free(paddr frame)
{
    struct page *page = page_of(frame);
    helix_assert(page->kind == FRAME_HEAP);
    (void)atomic_fetch_sub_relaxed(&heap_providers[page->owner].frames, 1ull);
    frame_free(frame, 0);
    heap_limit_give(1);
}

static u64 *module_frame_word(paddr frame)
{
    return &page_of(frame)->heap_word;
}

static const struct heap_frames module_frames = {
    .alloc = module_frame_alloc,
    .free = module_frame_free,
    .word = module_frame_word,
};

/* ---- Calls ---- */

unsigned heap_module_refill(unsigned size_class, void **objects, unsigned want)
{
    unsigned volatile got = 0;
    spin_lock(&class_locks[size_class]);
    helix_status st = HEAP_CALL(got = ops->refill(self, size_class, objects, want));
    spin_unlock(&class_locks[size_class]);
    return st == HELIX_OK ? got : 0;
}

/* A module that is no longer behind the gate takes its objects back. */
static void retired_drain(struct heap_provider *provider, unsigned size_class, void *const *objects,
                          unsigned count)
{
    struct hal_landing landing;
    if (provider->crashed)
        return;
    if (hal_landing_set(&landing)) {
        provider->crashed = true;
        log_error("memory",
                  "a replaced heap allocator crashed; its objects are lost as they are freed");
        return;
    }
    provider->ops->drain(provider->self, size_class, objects, count);
    hal_landing_clear(&landing);
}

static u32 owner_of(const void *object)
{
    return page_of(virt_to_phys(object))->owner;
}

/* Bring the objects of the first one's owner to the front; returns how many they are. */
static unsigned group_by_owner(void **objects, unsigned count)
{
    u32 owner = owner_of(objects[0]);
    unsigned same = 1;
    for (unsigned i = 1; i < count; i++) {
        if (owner_of(objects[i]) != owner)
            continue;
        void *object = objects[i];
        objects[i] = objects[same];
        objects[same++] = object;
    }
    return same;
}

void heap_module_drain(unsigned size_class, void **objects, unsigned count)
{
    while (count > 0) {
        unsigned same = group_by_owner(objects, count);
        u32 owner = owner_of(objects[0]);
        spin_lock(&class_locks[size_class]);
        // A crash here is found by the next allocation; the objects are lost with their module.
        if (owner == heap_owner)
            helix_ignore(HEAP_CALL(ops->drain(self, size_class, objects, same)));
        else
            retired_drain(&heap_providers[owner], size_class, objects, same);
        spin_unlock(&class_locks[size_class]);
        objects += same;
        count -= same;
    }
}

static bool gate_needs_recovery(struct gate_binding *binding)
{
    if (atomic_load_acquire(&binding->state) != GATE_FAILED)
        return false;
    preempt_disable();
    helix_status st = gate_recover(binding);
    preempt_enable();
    return st == HELIX_OK;
}

bool heap_recover(void)
{
    bool frames = gate_needs_recovery(&frame_gate);
    return gate_needs_recovery(&heap_gate) || frames;
}

size_t heap_module_reclaim(void)
{
    size_t freed = 0;
    for (unsigned i = 0; i < HEAP_CLASSES; i++) {
        unsigned volatile given = 0;
        struct irq_key key = spin_lock_irq(&class_locks[i]);
        helix_status st = HEAP_CALL(given = ops->reclaim(self, i));
        spin_unlock_irq(&class_locks[i], key);
        if (st == HELIX_OK)
            freed += given;
    }
    return freed;
}

/* ---- Binding and replacing ---- */

static u32 provider_find(const void *self)
{
    u32 owner = 0;
    while (owner < OWNERS &&
           (heap_providers[owner].ops == NULL || heap_providers[owner].self != self))
        owner++;
    return owner;
}

static u32 provider_add(const struct helix_ops_header *header, void *self)
{
    u32 owner = 0;
    while (owner < OWNERS && heap_providers[owner].ops != NULL)
        owner++;
    if (owner < OWNERS) {
        heap_providers[owner] = (struct heap_provider){
            .ops = (const struct heap_allocator_ops *)(const void *)header, .self = self};
    }
    return owner;
}

helix_status heap_module_bind(void)
{
    struct memory_boot_provider *boot;
    const struct helix_ops_header *header;
    gate_define(&heap_gate, HELIX_HEAP_ALLOCATOR, "", GATE_STOP, &heap_transfer);
    helix_status st = boot_provider_start(&heap_gate, HELIX_ALLOCATOR_HEAP, &boot, &header);
    if (st != HELIX_OK)
        return st;
    heap_owner = provider_add(header, boot->self);
    const struct heap_allocator_ops *ops = heap_providers[heap_owner].ops;
    ops->configure(boot->self, &module_frames, heap_owner, heap_class_sizes);
    gate_bind(&heap_gate, header, boot->self, NULL, 0);
    return HELIX_OK;
}

static helix_status transfer_prepare(struct gate_binding *binding, const struct gate_provider *next,
                                     void **plan_out)
{
    (void)binding;
    *plan_out = NULL;
    if (provider_find(next->self) < OWNERS)
        return HELIX_OK; // it comes back
    u32 owner = provider_add(next->ops, next->self);
    if (owner == OWNERS)
        return HELIX_E_BUSY; // too many that still own objects
    *plan_out = &heap_providers[owner];
    return HELIX_OK;
}

static helix_status transfer_carry(struct gate_binding *binding, const struct gate_provider *next,
                                   void *plan)
{
    (void)binding;
    u32 owner = provider_find(next->self);
    if (owner == OWNERS || heap_providers[owner].crashed)
        return HELIX_E_STATE;
    if (plan != NULL)
        heap_providers[owner].ops->configure(next->self, &module_frames, owner, heap_class_sizes);
    if (heap_gate.state == GATE_FAILED)
        heap_providers[heap_owner].crashed = true;
    heap_owner = owner;
    return HELIX_OK;
}

static void transfer_finish(struct gate_binding *binding, void *plan, bool committed)
{
    (void)binding;
    struct heap_provider *provider = plan;
    heap_owner = provider_find(heap_gate.self);
    if (!committed && provider != NULL)
        *provider = (struct heap_provider){0};
}

/* The module may go when it owns no frame any more. */
static helix_status transfer_retire(struct gate_binding *binding, const struct gate_provider *old)
{
    (void)binding;
    u32 owner = provider_find(old->self);
    if (owner == OWNERS)
        return HELIX_OK;
    if (owner == heap_owner)
        return HELIX_E_BUSY;
    struct heap_provider *provider = &heap_providers[owner];
    for (unsigned i = 0; i < HEAP_CLASSES && !provider->crashed; i++) {
        struct irq_key key = spin_lock_irq(&class_locks[i]);
        (void)provider->ops->reclaim(provider->self, i);
        spin_unlock_irq(&class_locks[i], key);
    }
    if (atomic_load_relaxed(&provider->frames) > 0)
        return HELIX_E_BUSY;
    *provider = (struct heap_provider){0};
    return HELIX_OK;
}
