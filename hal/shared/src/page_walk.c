/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "page_table.h"

#include <helix/lib/atomic.h>
#include <helix/lib/compiler.h>

/* What a walk carries down the tables. */
struct walk {
    hal_walk_fn *visit;
    void *context;
    bool stopped;
};

/* Another CPU may set the accessed and dirty bits of the entry meanwhile. */
static void set_rights(u64 *slot, unsigned level, unsigned prot)
{
    u64 old = atomic_load_relaxed(slot);
    const bool was_code = (entry_prot(old, level) & HAL_PROT_EXEC) != 0;
    if ((prot & HAL_PROT_USER) && (prot & HAL_PROT_EXEC) && !was_code)
        entry_code_coming(entry_frame(old, level), level_bytes(level));
    while (!atomic_cas_relaxed(slot, &old, entry_with_prot(old, prot)))
        ;
}

static void change(u64 *slot, u64 (*changed)(u64 entry))
{
    u64 old = atomic_load_relaxed(slot);
    while (!atomic_cas_relaxed(slot, &old, changed(old)))
        ;
}

static void apply(struct walk *walk, u64 *slot, unsigned level, enum hal_walk_action action,
                  unsigned prot)
{
    switch (action) {
    case HAL_WALK_KEEP:
        break;
    case HAL_WALK_REMOVE:
        atomic_store_relaxed(slot, 0);
        break;
    case HAL_WALK_SET_PROT:
        set_rights(slot, level, prot);
        break;
    case HAL_WALK_CLEAR_ACCESSED:
        change(slot, entry_not_accessed);
        break;
    case HAL_WALK_CLEAN:
        change(slot, entry_clean);
        break;
    case HAL_WALK_STOP:
        walk->stopped = true;
        break;
    }
}

static HELIX_ALWAYS_INLINE void visit_leaf(struct walk *walk, uintptr_t at, u64 *slot, u64 entry,
                                           unsigned level)
{
    struct hal_mapping mapping = entry_mapping(entry, level);
    const enum hal_walk_action action = walk->visit(walk->context, vaddr_of(at), &mapping);
    if (action != HAL_WALK_KEEP)
        apply(walk, slot, level, action, mapping.prot);
}

/* The first slot in [@slot, @end) that holds something, or @end. Tables are mostly empty: eight at
 * a time. */
static u64 *next_used(u64 *slot, u64 *end)
{
    while (slot + 8 <= end &&
           !(slot[0] | slot[1] | slot[2] | slot[3] | slot[4] | slot[5] | slot[6] | slot[7]))
        slot += 8;
    while (slot < end && *slot == 0)
        slot++;
    return slot;
}

/* [@from, @last] lies inside one lowest table. Nearly all that a walk does is done here. */
static void walk_leaves(struct walk *walk, u64 *table, uintptr_t from, uintptr_t last)
{
    u64 *const end = &table[level_index(last, 1)] + 1;
    u64 *slot = &table[level_index(from, 1)];
    const uintptr_t base = (from & ~PAGE_MASK) - level_index(from, 1) * PAGE_SIZE;
    for (; slot < end; slot++) {
        u64 entry = *slot;
        if (entry == 0) {
            slot = next_used(slot + 1, end);
            if (slot == end)
                return;
            entry = *slot;
        }
        if (!entry_is_mapped(entry))
            continue;
        visit_leaf(walk, base + (uintptr_t)(slot - table) * PAGE_SIZE, slot, entry, 1);
        if (unlikely(walk->stopped))
            return;
    }
}

/* [@from, @last] lies inside one table of @level. At most four deep. */
static void walk_table(struct walk *walk, u64 *table, unsigned level, uintptr_t from,
                       uintptr_t last)
{
    if (level == 1) {
        walk_leaves(walk, table, from, last);
        return;
    }
    const u64 bytes = level_bytes(level);
    u64 *first = &table[level_index(from, level)];
    u64 *end = &table[level_index(last, level)] + 1;
    for (u64 *slot = next_used(first, end); slot < end && !walk->stopped;
         slot = next_used(slot + 1, end)) {
        uintptr_t start = (from & ~(bytes - 1)) + (uintptr_t)(slot - first) * bytes;
        u64 entry = *slot;
        if (!entry_is_mapped(entry))
            continue;
        if (entry_is_leaf(entry, level))
            visit_leaf(walk, start, slot, entry, level);
        else
            walk_table(walk, table_of(entry), level - 1, max(from, start),
                       min(last, start + bytes - 1));
    }
}

void hal_space_walk(struct hal_space *space, vaddr from, vaddr to, hal_walk_fn *visit,
                    void *context)
{
    struct walk walk = {.visit = visit, .context = context};
    if (from.raw < to.raw)
        walk_table(&walk, phys_to_virt(space->root), PAGE_LEVELS, from.raw, to.raw - 1);
}

/* References are taken for so many frames at a time; the list lies on the kernel stack. */
#define COPY_BATCH 32

struct copy {
    struct hal_space *target, *source;
    bool write_protect;
    void (*on_leaves)(void *context, const paddr *frames, size_t n);
    void *context;
    paddr frames[COPY_BATCH];
    size_t count;
};

static void copy_flush(struct copy *copy)
{
    if (copy->count > 0)
        copy->on_leaves(copy->context, copy->frames, copy->count);
    copy->count = 0;
}

/* Copy the leaves in [@first, @end) of one table into the same places of another. */
static void copy_leaves(struct copy *copy, u64 *to, u64 *first, u64 *end)
{
    for (u64 *from = next_used(first, end); from < end; from = next_used(from + 1, end)) {
        u64 entry = atomic_load_relaxed(from);
        if (!entry_is_mapped(entry))
            continue;
        if (copy->count == COPY_BATCH)
            copy_flush(copy);
        copy->frames[copy->count++] = paddr_of(entry_frame(entry, 1));
        if (copy->write_protect && entry_is_writable(entry)) {
            while (!atomic_cas_relaxed(from, &entry, entry_without_write(entry)))
                ;
            entry = entry_without_write(entry);
        }
        to[from - first] = entry;
    }
}

static helix_status copy_table(struct copy *copy, u64 *table, unsigned level, uintptr_t from,
                               uintptr_t last);

static helix_status copy_entry(struct copy *copy, u64 *slot, unsigned level, uintptr_t from,
                               uintptr_t last)
{
    if (entry_is_leaf(*slot, level)) {
        helix_status status = hal_page_table_split(copy->source, from, slot, level);
        if (status != HELIX_OK)
            return status;
    }
    return copy_table(copy, table_of(*slot), level - 1, from, last);
}

static helix_status copy_table(struct copy *copy, u64 *table, unsigned level, uintptr_t from,
                               uintptr_t last)
{
    u64 *first = &table[level_index(from, level)];
    u64 *end = &table[level_index(last, level)] + 1;
    if (level == 1) {
        u64 *to;
        helix_status status = hal_page_table_descend(copy->target, from, 1, &to);
        if (status == HELIX_OK)
            copy_leaves(copy, to, first, end);
        return status;
    }
    const u64 bytes = level_bytes(level);
    for (u64 *slot = next_used(first, end); slot < end; slot = next_used(slot + 1, end)) {
        uintptr_t start = (from & ~(bytes - 1)) + (uintptr_t)(slot - first) * bytes;
        if (!entry_is_mapped(*slot))
            continue;
        helix_status status =
            copy_entry(copy, slot, level, max(from, start), min(last, start + bytes - 1));
        if (status != HELIX_OK)
            return status;
    }
    return HELIX_OK;
}

/* Leaves already written when a table frame is missing have their references, so the caller can
 * undo @target by walking it. */
helix_status hal_space_copy(struct hal_space *target, struct hal_space *source, vaddr from,
                            vaddr to, bool write_protect,
                            void (*on_leaves)(void *context, const paddr *frames, size_t n),
                            void *context)
{
    struct copy copy = {.target = target,
                        .source = source,
                        .write_protect = write_protect,
                        .on_leaves = on_leaves,
                        .context = context};
    if (from.raw >= to.raw)
        return HELIX_OK;
    helix_status status =
        copy_table(&copy, phys_to_virt(source->root), PAGE_LEVELS, from.raw, to.raw - 1);
    copy_flush(&copy);
    return status;
}
