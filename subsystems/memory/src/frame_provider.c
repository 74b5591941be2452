/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/abi/boot_info.h>
#include <helix/memory/heap.h>
#include <helix/profile.h>

#include "boot_provider.h"
#include "frame_private.h"

/*
 * The module behind helix.allocator.frame. Its state block is memory that we give it, and what it
 * knows can be told again from the descriptors at any time: replacing it is configuring the next
 * one and giving it every free run.
 */
static helix_status transfer_prepare(struct gate_binding *binding, const struct gate_provider *next,
                                     void **plan_out);
static helix_status transfer_carry(struct gate_binding *binding, const struct gate_provider *next,
                                   void *plan);
static void transfer_finish(struct gate_binding *binding, void *plan, bool committed);

static helix_status transfer_retire(struct gate_binding *binding, const struct gate_provider *old);

static const struct gate_transfer frame_transfer = {
    .prepare = transfer_prepare,
    .carry = transfer_carry,
    .finish = transfer_finish,
    .retire = transfer_retire,
};

struct gate_binding frame_gate;

#define FRAME_CALL(call_) GATE_STOP_CALL(&frame_gate, struct frame_allocator_ops, call_)

helix_status frame_module_alloc(enum frame_zone zone, unsigned order, paddr *frame_out)
{
    helix_status volatile result = HELIX_E_NOMEM;
    paddr frame = {0};
    helix_status st = FRAME_CALL(result = ops->alloc(self, zone, order, &frame));
    if (st == HELIX_OK && result == HELIX_OK)
        *frame_out = frame;
    return st != HELIX_OK ? st : result;
}

helix_status frame_module_alloc_many(paddr *frames, unsigned want, unsigned *got_out)
{
    unsigned volatile got = 0;
    helix_status st = FRAME_CALL(got = ops->alloc_many(self, FRAME_ZONE_NORMAL, frames, want));
    if (st == HELIX_OK)
        *got_out = got;
    return st;
}

helix_status frame_module_free(paddr frame, unsigned order)
{
    return FRAME_CALL(ops->free(self, frame, order));
}

helix_status frame_module_free_many(const paddr *frames, unsigned count)
{
    return FRAME_CALL(ops->free_many(self, frames, count));
}

void frame_zone_counts(enum frame_zone zone, struct frame_zone_counts *counts_out)
{
    struct frame_zone_counts counts = {0};
    struct irq_key key = spin_lock_irq(&frame_map.lock);
    helix_status st = FRAME_CALL(ops->counts(self, zone, &counts));
    spin_unlock_irq(&frame_map.lock, key);
    *counts_out = st == HELIX_OK ? counts : (struct frame_zone_counts){0};
}

/* The state blocks of the provider in charge and of those before it, which may come back until they
 * are retired. */
struct state_block {
    void *self;
    void *memory;
    size_t bytes;
    bool from_boot; // cut from memory before there was anything to give it back to
};

#define STATE_BLOCKS 4u
static struct state_block state_blocks[STATE_BLOCKS];

static struct state_block *state_of(const void *self)
{
    for (unsigned i = 0; i < STATE_BLOCKS; i++) {
        if (state_blocks[i].memory != NULL && state_blocks[i].self == self)
            return &state_blocks[i];
    }
    return NULL;
}

static helix_status module_configure(const struct frame_allocator_ops *ops, void *self,
                                     const struct state_block *state)
{
    return ops->configure(self, state->memory, state->bytes,
                          paddr_of(frame_map.first << PAGE_SHIFT), frame_map.end - frame_map.first);
}

static size_t module_state_size(const struct frame_allocator_ops *ops)
{
    return align_up(
        ops->state_size(paddr_of(frame_map.first << PAGE_SHIFT), frame_map.end - frame_map.first),
        PAGE_SIZE);
}

helix_status frame_module_bind(const struct frame_run *runs, unsigned count)
{
    struct memory_boot_provider *boot;
    const struct helix_ops_header *header;
    gate_define(&frame_gate, HELIX_FRAME_ALLOCATOR, "", GATE_STOP, &frame_transfer);
    helix_status st = boot_provider_start(&frame_gate, HELIX_ALLOCATOR_PHYSICAL, &boot, &header);
    if (st != HELIX_OK)
        return st;
    const struct frame_allocator_ops *ops =
        (const struct frame_allocator_ops *)(const void *)header;
    size_t bytes = module_state_size(ops);
    state_blocks[0] = (struct state_block){
        .self = boot->self, .memory = frame_map_take(bytes), .bytes = bytes, .from_boot = true};
    if (state_blocks[0].memory == NULL)
        return HELIX_E_NOMEM;
    st = module_configure(ops, boot->self, &state_blocks[0]);
    if (st != HELIX_OK)
        return st;
    for (unsigned i = 0; i < count; i++) {
        if (runs[i].first < runs[i].end) {
            ops->add_free(boot->self, paddr_of(runs[i].first << PAGE_SHIFT),
                          runs[i].end - runs[i].first);
            frame_map.module_free += runs[i].end - runs[i].first;
        }
    }
    gate_bind(&frame_gate, header, boot->self, NULL, 0);
    return HELIX_OK;
}

/* ---- Replacing it ---- */

static void state_block_drop(struct state_block *state)
{
    if (!state->from_boot)
        kvm_free(state->memory);
    *state = (struct state_block){0};
}

static struct state_block *state_place(void)
{
    for (unsigned i = 0; i < STATE_BLOCKS; i++) {
        if (state_blocks[i].memory == NULL)
            return &state_blocks[i];
    }
    return NULL;
}

static helix_status transfer_prepare(struct gate_binding *binding, const struct gate_provider *next,
                                     void **plan_out)
{
    (void)binding;
    *plan_out = NULL;
    if (state_of(next->self) != NULL)
        return HELIX_OK;
    size_t bytes = module_state_size((const struct frame_allocator_ops *)(const void *)next->ops);
    struct state_block *place = state_place();
    if (place == NULL)
        return HELIX_E_BUSY;
    void *memory;
    helix_status st = kvm_alloc(bytes, KVM_DATA, &memory);
    if (st != HELIX_OK)
        return st;
    *place = (struct state_block){.self = next->self, .memory = memory, .bytes = bytes};
    *plan_out = place;
    return HELIX_OK;
}

#define MARK_KEPT 0x6b65707400000000ull // "kept"

static void carry_run(void *context, u64 first, u64 frames)
{
    const struct gate_provider *next = context;
    const struct frame_allocator_ops *ops =
        (const struct frame_allocator_ops *)(const void *)next->ops;
    ops->add_free(next->self, paddr_of(first << PAGE_SHIFT), frames);
    frame_map.module_free += frames;
}

static helix_status transfer_carry(struct gate_binding *binding, const struct gate_provider *next,
                                   void *plan)
{
    (void)binding;
    (void)plan;
    const struct state_block *state = state_of(next->self);
    if (state == NULL)
        return HELIX_E_STATE;
    helix_status st = module_configure((const struct frame_allocator_ops *)(const void *)next->ops,
                                       next->self, state);
    if (st != HELIX_OK)
        return st;
    // What the CPUs keep stays with them, whether the change is committed or not.
    frame_map.module_free = 0;
    struct gate_provider provider = *next;
    // A mark of its own each time: a walk that ended in a crash leaves its marks behind.
    static u64 walks;
    u64 mark = MARK_KEPT + ++walks;
    frame_caches_mark(mark);
    frame_map_for_each_free(mark, carry_run, &provider);
    return HELIX_OK;
}

static void transfer_finish(struct gate_binding *binding, void *plan, bool committed)
{
    (void)binding;
    struct state_block *state = plan;
    if (!committed && state != NULL)
        state_block_drop(state);
}

static helix_status transfer_retire(struct gate_binding *binding, const struct gate_provider *old)
{
    struct state_block *state = state_of(old->self);
    if (old->self == binding->self)
        return HELIX_E_BUSY;
    if (state != NULL)
        state_block_drop(state);
    return HELIX_OK;
}
