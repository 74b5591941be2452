/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/boot_info.h>
#include <helix/hal/mmu.h>

/*
 * Entries of the four levels of tables. A leaf with rights for nobody is not present and carries
 * PTE_NONE, so that its frame is remembered; the processor ignores the rest of such an entry.
 */
#define PTE_PRESENT  (1ull << 0)
#define PTE_WRITE    (1ull << 1)
#define PTE_USER     (1ull << 2)
#define PTE_PWT      (1ull << 3)
#define PTE_PCD      (1ull << 4)
#define PTE_ACCESSED (1ull << 5)
#define PTE_DIRTY    (1ull << 6)
#define PTE_LARGE    (1ull << 7) // levels 2 and 3
#define PTE_PAT_4K   (1ull << 7) // level 1
#define PTE_GLOBAL   (1ull << 8)
#define PTE_NONE     (1ull << 9)  // ours
#define PTE_PAT_BIG  (1ull << 12) // levels 2 and 3
#define PTE_NX       (1ull << 63)
#define PTE_ADDRESS  0x000ffffffffff000ull
#define PTE_MAPPED   (PTE_PRESENT | PTE_NONE)

#define TABLE_ENTRIES 512
#define USER_ENTRIES  256 // of the top-level table

#define SIZE_2M (1ul << 21)
#define SIZE_1G (1ul << 30)

/* Bytes that one entry of a table of @level (1 to 4) covers. */
static inline u64 level_bytes(unsigned level)
{
    return 1ull << (PAGE_SHIFT + 9 * (level - 1));
}

static inline unsigned level_index(uintptr_t at, unsigned level)
{
    return (unsigned)(at >> (PAGE_SHIFT + 9 * (level - 1))) & (TABLE_ENTRIES - 1);
}

static inline u64 *table_of(u64 entry)
{
    return phys_to_virt(paddr_of(entry & PTE_ADDRESS));
}

static inline bool entry_is_leaf(u64 entry, unsigned level)
{
    return level == 1 || (entry & PTE_LARGE) != 0;
}

void hal_page_table_init(void);                      // once the features are known
helix_status hal_page_table_frame(paddr *frame_out); // a zeroed frame from the source
void hal_page_table_frame_free(paddr frame);

u64 hal_page_table_rights(unsigned prot); // PTE_PRESENT or PTE_NONE, PTE_WRITE, PTE_NX
struct hal_mapping hal_page_table_mapping(u64 entry, unsigned level);
helix_status hal_page_table_split(u64 *slot, unsigned level);
helix_status hal_page_table_descend(struct hal_space *space, uintptr_t at, unsigned leaf_level,
                                    u64 **slot_out);

/* Map [@at, @at + @bytes) of kernel space to @to with the largest leaves that fit. */
helix_status hal_kernel_map_range(uintptr_t at, paddr to, u64 bytes, unsigned prot);

/* Take single pages out of the image's map again: holes below stacks. */
void hal_kernel_unmap(uintptr_t at, size_t bytes);

/* early_map.c: the kernel's own tables, and the frames for them until there is a source. */
void hal_early_frames_take(struct boot_info *info);
u64 hal_early_trampoline_take(
    struct boot_info *info); // a page below 1 MB for starting CPUs; 0: none
helix_status hal_early_frame_alloc(paddr *frame_out);
void hal_kernel_map_build(const struct boot_info *info);
extern u64 hal_kernel_root[TABLE_ENTRIES];
