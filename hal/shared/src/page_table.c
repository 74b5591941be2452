/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "page_table.h"

#include <helix/lib/assert.h>
#include <helix/lib/compiler.h>
#include <helix/lib/string.h>
#include <helix/profile.h>

#include "cpu_local.h"
#include "features.h"
#include "machine.h"
#include "tlb.h"
#include "trap_internal.h"

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
    return size == PAGE_SIZE || size == SIZE_2M || (size == SIZE_1G && hal_features.large_1g);
}

static unsigned level_of_size(size_t size)
{
    return size == PAGE_SIZE ? 1 : size == SIZE_2M ? 2 : 3;
}

u64 hal_page_table_rights(unsigned prot)
{
    u64 bits = prot & (HAL_PROT_READ | HAL_PROT_WRITE | HAL_PROT_EXEC) ? PTE_PRESENT : PTE_NONE;
    if (prot & HAL_PROT_WRITE)
        bits |= PTE_WRITE;
    if (!(prot & HAL_PROT_EXEC) && hal_features.nx)
        bits |= PTE_NX;
    return bits;
}

/* The bits of a leaf but its address. User leaves are born accessed: they are mapped because
 * somebody touches them. */
static HELIX_ALWAYS_INLINE u64 bits_of_prot(unsigned prot, unsigned level)
{
    u64 bits = hal_page_table_rights(prot) | PTE_ACCESSED;
    bits |= prot & HAL_PROT_USER ? PTE_USER : PTE_DIRTY;
    if (prot & HAL_PROT_GLOBAL)
        bits |= PTE_GLOBAL;
    if (prot & HAL_PROT_DEVICE)
        bits |= PTE_PCD | PTE_PWT;
    if (prot & HAL_PROT_WC)
        bits |= level == 1 ? PTE_PAT_4K : PTE_PAT_BIG;
    return level == 1 ? bits : bits | PTE_LARGE;
}

static HELIX_ALWAYS_INLINE unsigned prot_of_entry(u64 entry, unsigned level)
{
    unsigned prot = 0;
    if (entry & PTE_PRESENT)
        prot |= HAL_PROT_READ | (entry & PTE_WRITE ? HAL_PROT_WRITE : 0) |
                (entry & PTE_NX ? 0 : HAL_PROT_EXEC);
    if (entry & PTE_USER)
        prot |= HAL_PROT_USER;
    if (entry & PTE_GLOBAL)
        prot |= HAL_PROT_GLOBAL;
    if (entry & PTE_PCD)
        prot |= HAL_PROT_DEVICE;
    if (entry & (level == 1 ? PTE_PAT_4K : PTE_PAT_BIG))
        prot |= HAL_PROT_WC;
    return prot;
}

static u64 frame_of_entry(u64 entry, unsigned level)
{
    return entry & PTE_ADDRESS & ~(level_bytes(level) - 1);
}

/* The bits of a large leaf as its parts carry them one level down. */
static u64 split_bits(u64 entry, unsigned level)
{
    u64 bits = entry & ~PTE_ADDRESS;
    if (level > 2)
        return bits | (entry & PTE_PAT_BIG);
    return (bits & ~PTE_LARGE) | (entry & PTE_PAT_BIG ? PTE_PAT_4K : 0);
}

/* Turn the large leaf in @slot of a table of @level into a table of smaller ones with the same
 * rights. */
helix_status hal_page_table_split(u64 *slot, unsigned level)
{
    paddr frame;
    helix_status status = source.alloc(&frame);
    if (status != HELIX_OK)
        return status;
    u64 *table = phys_to_virt(frame);
    u64 base = frame_of_entry(*slot, level);
    u64 bits = split_bits(*slot, level);
    for (unsigned i = 0; i < TABLE_ENTRIES; i++)
        table[i] = (base + i * level_bytes(level - 1)) | bits;
    *slot = frame.raw | PTE_PRESENT | PTE_WRITE | PTE_ACCESSED | (*slot & PTE_USER);
    return HELIX_OK;
}

/* Rights are decided in the leaves; tables allow everything. */
static helix_status add_table(u64 *slot, uintptr_t at)
{
    paddr frame;
    helix_status status = source.alloc(&frame);
    if (status == HELIX_OK)
        *slot =
            frame.raw | PTE_PRESENT | PTE_WRITE | PTE_ACCESSED | (at < HAL_USER_END ? PTE_USER : 0);
    return status;
}

/*
 * The slot for the page at @at where its tables are there: the way of every page fault. NULL: a
 * table is missing, or a large leaf lies in the way.
 */
static inline u64 *page_slot(const struct hal_space *space, uintptr_t at)
{
    u64 entry = ((u64 *)phys_to_virt(space->root))[level_index(at, 4)];
    if (unlikely(!(entry & PTE_PRESENT)))
        return NULL;
    entry = table_of(entry)[level_index(at, 3)];
    if (unlikely((entry & (PTE_PRESENT | PTE_LARGE)) != PTE_PRESENT))
        return NULL;
    entry = table_of(entry)[level_index(at, 2)];
    if (unlikely((entry & (PTE_PRESENT | PTE_LARGE)) != PTE_PRESENT))
        return NULL;
    return table_of(entry) + level_index(at, 1);
}

/* The slot for a leaf of @leaf_level at @at, with the tables above it. */
helix_status hal_page_table_descend(struct hal_space *space, uintptr_t at, unsigned leaf_level,
                                    u64 **slot_out)
{
    u64 *slot = (u64 *)phys_to_virt(space->root) + level_index(at, 4);
    for (unsigned level = 4; level > leaf_level; level--) {
        helix_status status = HELIX_OK;
        if (unlikely(!(*slot & PTE_MAPPED)))
            status = add_table(slot, at);
        else if (unlikely(entry_is_leaf(*slot, level)))
            status = hal_page_table_split(slot, level);
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
            if (!(t[n] & PTE_MAPPED) || entry_is_leaf(t[n], level))
                continue;
            free_tables(table_of(t[n]), level - 1, TABLE_ENTRIES);
            source.free(paddr_of(t[n] & PTE_ADDRESS));
        }
    }
}

/* A large leaf takes the place of a table. Only an empty one: then no translation can still lead
 * through it once flushed. */
static helix_status drop_table(struct hal_space *space, u64 *slot, vaddr at, size_t size)
{
    if (!is_empty_table(table_of(*slot)))
        return HELIX_E_BUSY;
    paddr table = paddr_of(*slot & PTE_ADDRESS);
    *slot = 0;
    hal_tlb_flush(space == &kernel_space ? NULL : space, at, size / PAGE_SIZE);
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
    if (level > 1 && (*slot & PTE_PRESENT) && !entry_is_leaf(*slot, level)) {
        status = drop_table(space, slot, at, size);
        if (status != HELIX_OK)
            return status;
    }
    WRITE_ONCE(*slot, to.raw | bits_of_prot(prot, level));
    return HELIX_OK;
}

/* The bits of small leaves for every combination of rights: most mappings are one page, and made in
 * a page fault. */
static u64 small_bits[PROT_COMBINATIONS];

void hal_page_table_init(void)
{
    for (unsigned prot = 0; prot < PROT_COMBINATIONS; prot++)
        small_bits[prot] = bits_of_prot(prot, 1);
}

/* The slot for a small leaf when all tables above it are there, else NULL. */
static inline u64 *small_slot(const struct hal_space *space, uintptr_t at)
{
    u64 *table = phys_to_virt(space->root);
    for (unsigned level = 4; level > 1; level--) {
        u64 entry = table[level_index(at, level)];
        if (unlikely((entry & (PTE_PRESENT | PTE_LARGE)) != PTE_PRESENT))
            return NULL;
        table = table_of(entry);
    }
    return &table[level_index(at, 1)];
}

static helix_status map_slowly(struct hal_space *space, vaddr at, paddr to, size_t size,
                               unsigned prot)
{
    if (unlikely(size != PAGE_SIZE || ((at.raw | to.raw) & PAGE_MASK) != 0))
        return map_slow(space, at, to, size, prot);
    u64 *slot = page_slot(space, at.raw);
    if (unlikely(slot == NULL))
        return map_slow(space, at, to, size, prot);
    WRITE_ONCE(*slot, to.raw | bits_of_prot(prot, 1));
    return HELIX_OK;
}

helix_status hal_space_fill(struct hal_space *space, vaddr at, const paddr *frames, unsigned count,
                            unsigned prot, u64 *mapped_out)
{
    u64 *slot = page_slot(space, at.raw);
    u64 mapped = 0;
    helix_status status =
        likely(slot != NULL) ? HELIX_OK : hal_page_table_descend(space, at.raw, 1, &slot);
    const u64 bits = bits_of_prot(prot, 1);
    for (unsigned i = 0; likely(status == HELIX_OK) && i < count; i++) {
        if (frames[i].raw == HAL_FILL_SKIP || (slot[i] & PTE_MAPPED))
            continue;
        WRITE_ONCE(slot[i], frames[i].raw | bits);
        mapped |= 1ull << i;
    }
    *mapped_out = mapped;
    return status;
}

helix_status hal_space_map(struct hal_space *space, vaddr at, paddr to, size_t size, unsigned prot)
{
    if (likely(size == PAGE_SIZE && ((at.raw | to.raw) & PAGE_MASK) == 0 &&
               prot < PROT_COMBINATIONS)) {
        u64 *slot = small_slot(space, at.raw);
        if (likely(slot != NULL)) {
            WRITE_ONCE(*slot, to.raw | small_bits[prot]);
            return HELIX_OK;
        }
    }
    return map_slowly(space, at, to, size, prot);
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

/* The entry that maps @at, and the level of its table; NULL: nothing there. */
static u64 *find(const struct hal_space *space, uintptr_t at, unsigned *level_out)
{
    u64 *slot = (u64 *)phys_to_virt(space->root) + level_index(at, 4);
    unsigned level = 4;
    while ((*slot & PTE_MAPPED) && (level == 4 || !entry_is_leaf(*slot, level))) {
        level--;
        slot = table_of(*slot) + level_index(at, level);
    }
    *level_out = level;
    return *slot & PTE_MAPPED ? slot : NULL;
}

static HELIX_ALWAYS_INLINE struct hal_mapping mapping_of(u64 entry, unsigned level)
{
    return (struct hal_mapping){
        .frame = paddr_of(frame_of_entry(entry, level)),
        .size = level_bytes(level),
        .prot = prot_of_entry(entry, level),
        .accessed = (entry & PTE_ACCESSED) != 0,
        .dirty = (entry & PTE_DIRTY) != 0,
    };
}

struct hal_mapping hal_page_table_mapping(u64 entry, unsigned level)
{
    return likely(level == 1) ? mapping_of(entry, 1) : mapping_of(entry, level);
}

bool hal_space_query(struct hal_space *space, vaddr at, struct hal_mapping *mapping_out)
{
    unsigned level = 1;
    const u64 *slot = page_slot(space, at.raw);
    if (unlikely(slot == NULL))
        slot = find(space, at.raw, &level);
    if (slot == NULL || !(*slot & PTE_MAPPED))
        return false;
    *mapping_out = likely(level == 1) ? mapping_of(*slot, 1) : mapping_of(*slot, level);
    return true;
}

bool hal_page_table_sync_kernel(uintptr_t at)
{
    unsigned index = level_index(at, 4);
    u64 *own = (u64 *)phys_to_virt(paddr_of(cr3_read() & PTE_ADDRESS)) + index;
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
    free_tables(phys_to_virt(space->root), 4, USER_ENTRIES);
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

void hal_sync_code(vaddr at, size_t bytes)
{
    // x86 keeps instruction fetch coherent with stores.
    (void)at;
    (void)bytes;
}
