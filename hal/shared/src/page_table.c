/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "page_table.h"

#include <helix/lib/atomic.h>
#include <helix/lib/compiler.h>
#include <helix/lib/string.h>
#include <helix/profile.h>

#include "tlb.h"

#define PROT_COMBINATIONS (HAL_PROT_WC << 1)

static struct hal_frame_source source = {.alloc = hal_early_frame_alloc};
static struct hal_space kernel_space;
HELIX_ALIGNED(PAGE_SIZE) u64 hal_kernel_root[TABLE_ENTRIES];

void hal_mmu_set_source(const struct hal_frame_source *new_source)
{
    source = *new_source;
}

helix_status hal_page_table_frame(paddr *frame_out)
{
    return source.alloc(frame_out);
}

void hal_page_table_frame_free(paddr frame)
{
    if (source.free != NULL)
        source.free(frame);
}

struct hal_space *hal_kernel_space(void)
{
    kernel_space.root = virt_to_phys(hal_kernel_root);
    return &kernel_space;
}

bool hal_mmu_has_leaf(size_t size)
{
    if (!HELIX_MEMORY_HUGE_PAGES)
        return size == PAGE_SIZE;
    return size == PAGE_SIZE || size == SIZE_2M || (size == SIZE_1G && page_has_1g());
}

static unsigned level_of_size(size_t size)
{
    return size == PAGE_SIZE ? 1 : size == SIZE_2M ? 2 : 3;
}

static struct hal_space *flush_name(struct hal_space *space)
{
    return space == &kernel_space ? NULL : space;
}

static inline void code_coming(u64 frame, size_t size, unsigned prot)
{
    if ((prot & (HAL_PROT_USER | HAL_PROT_EXEC)) == (HAL_PROT_USER | HAL_PROT_EXEC))
        entry_code_coming(frame, size);
}

/* Where the processor must not hold both at once, nothing is mapped in between. */
static void replace(struct hal_space *space, uintptr_t at, u64 *slot, u64 entry, size_t size)
{
    if (entry_change_needs_break(*slot, entry)) {
        WRITE_ONCE(*slot, 0);
        hal_tlb_flush(flush_name(space), vaddr_of(at), size / PAGE_SIZE);
    }
    WRITE_ONCE(*slot, entry);
}

/* Turn the large leaf in @slot of a table of @level into a table of smaller ones with the same
 * rights. */
helix_status hal_page_table_split(struct hal_space *space, uintptr_t at, u64 *slot, unsigned level)
{
    paddr frame;
    helix_status status = source.alloc(&frame);
    if (status != HELIX_OK)
        return status;
    u64 *table = phys_to_virt(frame);
    u64 base = entry_frame(*slot, level);
    u64 bits = entry_split(*slot, level);
    for (unsigned i = 0; i < TABLE_ENTRIES; i++)
        table[i] = entry_of_frame(base + i * level_bytes(level - 1)) | bits;
    entry_made(at); // the table before what leads to it
    replace(space, align_down(at, level_bytes(level)), slot, entry_of_table(frame.raw, at),
            level_bytes(level));
    return HELIX_OK;
}

static helix_status add_table(u64 *slot, uintptr_t at)
{
    paddr frame;
    helix_status status = source.alloc(&frame);
    if (status != HELIX_OK)
        return status;
    // The frame's zeros before what leads to it.
    atomic_store_release(slot, entry_of_table(frame.raw, at));
    return HELIX_OK;
}

/*
 * The slot for the page at @at where its tables are there: the way of every page fault. NULL: a
 * table is missing, or a large leaf lies in the way.
 */
static inline u64 *page_slot(const struct hal_space *space, uintptr_t at)
{
    u64 *table = phys_to_virt(space->root);
    for (unsigned level = PAGE_LEVELS; level > 1; level--) {
        u64 entry = table[level_index(at, level)];
        if (unlikely(!entry_is_table(entry)))
            return NULL;
        table = table_of(entry);
    }
    return &table[level_index(at, 1)];
}

/* The slot for a leaf of @leaf_level at @at, with the tables above it. */
helix_status hal_page_table_descend(struct hal_space *space, uintptr_t at, unsigned leaf_level,
                                    u64 **slot_out)
{
    u64 *slot = (u64 *)phys_to_virt(space->root) + level_index(at, PAGE_LEVELS);
    for (unsigned level = PAGE_LEVELS; level > leaf_level; level--) {
        helix_status status = HELIX_OK;
        if (unlikely(!entry_is_mapped(*slot)))
            status = add_table(slot, at);
        else if (unlikely(entry_is_leaf(*slot, level)))
            status = hal_page_table_split(space, at, slot, level);
        if (unlikely(status != HELIX_OK))
            return status;
        slot = table_of(*slot) + level_index(at, level - 1);
    }
    *slot_out = slot;
    return HELIX_OK;
}

static bool is_empty_table(const u64 *table)
{
    for (unsigned i = 0; i < TABLE_ENTRIES; i += 8) {
        const u64 *t = table + i;
        if (t[0] | t[1] | t[2] | t[3] | t[4] | t[5] | t[6] | t[7])
            return false;
    }
    return true;
}

/* Free the tables below a table of @level, not the frames that leaves name. Groups of eight: most
 * are empty. */
static void free_tables(u64 *table, unsigned level, unsigned entries)
{
    for (unsigned i = 0; level > 1 && i < entries; i += 8) {
        u64 *t = table + i;
        if (likely(!(t[0] | t[1] | t[2] | t[3] | t[4] | t[5] | t[6] | t[7])))
            continue;
        for (unsigned n = 0; n < 8; n++) {
            if (!entry_is_mapped(t[n]) || entry_is_leaf(t[n], level))
                continue;
            free_tables(table_of(t[n]), level - 1, TABLE_ENTRIES);
            source.free(paddr_of(entry_frame(t[n], 1)));
        }
    }
}

/* A large leaf takes the place of a table. Only an empty one: then no translation can still lead
 * through it once flushed. */
static helix_status drop_table(struct hal_space *space, u64 *slot, vaddr at, size_t size)
{
    if (!is_empty_table(table_of(*slot)))
        return HELIX_E_BUSY;
    paddr table = paddr_of(entry_frame(*slot, 1));
    *slot = 0;
    hal_tlb_flush(flush_name(space), at, size / PAGE_SIZE);
    hal_page_table_frame_free(table);
    return HELIX_OK;
}

static HELIX_NOINLINE helix_status map_slow(struct hal_space *space, vaddr at, paddr to,
                                            size_t size, unsigned prot)
{
    if (unlikely(!is_power_of_two(size) || ((at.raw | to.raw) & (size - 1)) != 0 ||
                 !hal_mmu_has_leaf(size)))
        return HELIX_E_INVAL;
    unsigned level = level_of_size(size);
    u64 *slot;
    helix_status status = hal_page_table_descend(space, at.raw, level, &slot);
    if (unlikely(status != HELIX_OK))
        return status;
    if (level > 1 && entry_is_mapped(*slot) && !entry_is_leaf(*slot, level)) {
        status = drop_table(space, slot, at, size);
        if (status != HELIX_OK)
            return status;
    }
    code_coming(to.raw, size, prot);
    replace(space, at.raw, slot, entry_of_frame(to.raw) | entry_bits(prot, level), size);
    entry_made(at.raw);
    return HELIX_OK;
}

/* The bits of small leaves for every combination of rights: most mappings are one page, and made in
 * a page fault. */
static u64 small_bits[PROT_COMBINATIONS];

void hal_page_table_init(void)
{
    for (unsigned prot = 0; prot < PROT_COMBINATIONS; prot++)
        small_bits[prot] = entry_bits(prot, 1);
}

helix_status hal_space_fill(struct hal_space *space, vaddr at, const paddr *frames, unsigned count,
                            unsigned prot, u64 *mapped_out)
{
    u64 *slot = page_slot(space, at.raw);
    u64 mapped = 0;
    helix_status status =
        likely(slot != NULL) ? HELIX_OK : hal_page_table_descend(space, at.raw, 1, &slot);
    const u64 bits = entry_bits(prot, 1);
    for (unsigned i = 0; likely(status == HELIX_OK) && i < count; i++) {
        if (frames[i].raw == HAL_FILL_SKIP || entry_is_mapped(slot[i]))
            continue;
        code_coming(frames[i].raw, PAGE_SIZE, prot);
        WRITE_ONCE(slot[i], entry_of_frame(frames[i].raw) | bits);
        mapped |= 1ull << i;
    }
    entry_made(at.raw);
    *mapped_out = mapped;
    return status;
}

helix_status hal_space_map(struct hal_space *space, vaddr at, paddr to, size_t size, unsigned prot)
{
    if (likely(size == PAGE_SIZE && ((at.raw | to.raw) & PAGE_MASK) == 0 &&
               prot < PROT_COMBINATIONS)) {
        u64 *slot = page_slot(space, at.raw);
        if (likely(slot != NULL)) {
            code_coming(to.raw, PAGE_SIZE, prot);
            replace(space, at.raw, slot, entry_of_frame(to.raw) | small_bits[prot], PAGE_SIZE);
            entry_made(at.raw);
            return HELIX_OK;
        }
    }
    return map_slow(space, at, to, size, prot);
}

helix_status hal_kernel_map_range(uintptr_t at, paddr to, u64 bytes, unsigned prot)
{
    static const size_t sizes[] = {SIZE_1G, SIZE_2M, PAGE_SIZE};
    while (bytes > 0) {
        size_t size = PAGE_SIZE;
        for (size_t i = 0; i < array_count(sizes); i++) {
            size = sizes[i];
            if (size <= bytes && ((at | to.raw) & (size - 1)) == 0 && hal_mmu_has_leaf(size))
                break;
        }
        helix_status status = hal_space_map(hal_kernel_space(), vaddr_of(at), to, size, prot);
        if (status != HELIX_OK)
            return status;
        at += size;
        to.raw += size;
        bytes -= min(bytes, size);
    }
    return HELIX_OK;
}

u64 *hal_page_table_find(const struct hal_space *space, uintptr_t at, unsigned *level_out)
{
    unsigned level = PAGE_LEVELS;
    u64 *slot = (u64 *)phys_to_virt(space->root) + level_index(at, level);
    while (entry_is_mapped(*slot) && !entry_is_leaf(*slot, level)) {
        level--;
        slot = table_of(*slot) + level_index(at, level);
    }
    *level_out = level;
    return entry_is_mapped(*slot) ? slot : NULL;
}

bool hal_space_query(struct hal_space *space, vaddr at, struct hal_mapping *mapping_out)
{
    unsigned level = 1;
    const u64 *slot = page_slot(space, at.raw);
    if (unlikely(slot == NULL))
        slot = hal_page_table_find(space, at.raw, &level);
    if (slot == NULL || !entry_is_mapped(*slot))
        return false;
    *mapping_out = likely(level == 1) ? entry_mapping(*slot, 1) : entry_mapping(*slot, level);
    return true;
}

bool hal_page_table_sync_kernel(uintptr_t at)
{
    unsigned index = level_index(at, PAGE_LEVELS);
    u64 *own = page_root_loaded() + index;
    if (index < USER_ENTRIES || *own != 0 || hal_kernel_root[index] == 0)
        return false;
    *own = hal_kernel_root[index];
    return true;
}

helix_status hal_space_init(struct hal_space *space)
{
    paddr root;
    helix_status status = source.alloc(&root);
    if (status != HELIX_OK)
        return status;
    memcpy((u64 *)phys_to_virt(root) + USER_ENTRIES, hal_kernel_root + USER_ENTRIES,
           (TABLE_ENTRIES - USER_ENTRIES) * sizeof(u64));
    *space = (struct hal_space){.root = root};
    return HELIX_OK;
}

void hal_space_destroy(struct hal_space *space)
{
    hal_tlb_leave_space(space);
    free_tables(phys_to_virt(space->root), PAGE_LEVELS, USER_ENTRIES);
    source.free(space->root);
    space->root = paddr_of(0);
}

void *hal_map_device(paddr base, size_t bytes)
{
    u64 from = align_down(base.raw, PAGE_SIZE);
    u64 to = align_up(base.raw + bytes, PAGE_SIZE);
    if (hal_kernel_map_range(HAL_DIRECT_BASE + from, paddr_of(from), to - from,
                             HAL_PROT_READ | HAL_PROT_WRITE | HAL_PROT_DEVICE | HAL_PROT_GLOBAL) !=
        HELIX_OK)
        return NULL;
    hal_tlb_flush(NULL, vaddr_of(HAL_DIRECT_BASE + from), (to - from) / PAGE_SIZE);
    return phys_to_virt(base);
}
