/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/boot_info.h>
#include <helix/hal/mmu.h>

/*
 * The architecture's entries. page_entry.h defines PAGE_LEVELS (may be a variable), USER_ENTRIES of
 * the top-level table, whose other entries belong to the kernel and are in all spaces,
 * RAM_MAP_ROUNDING of the direct map, and as static inlines:
 *
 *   page_has_1g         leaves of level 3
 *   page_root_loaded    the table that this CPU walks for user addresses
 *   entry_is_mapped     leads to a table or a frame, also one that nobody may use
 *   entry_is_leaf       of a mapped entry
 *   entry_is_table      mapped and no leaf, in a table above the lowest
 *   entry_frame, entry_of_frame, table_of, entry_of_table
 *   entry_bits, entry_prot, entry_with_prot          of a leaf, from and to enum hal_prot
 *   entry_is_writable, entry_without_write           keeps what is known about dirt
 *   entry_is_accessed, entry_not_accessed, entry_is_dirty, entry_clean
 *   entry_split         bits that the parts of a large leaf carry
 *   entry_change_needs_break   true: nothing may be mapped and cached while the one takes the
 *                              other's place
 *   page_fault_is_ours  resolves what upper layers need not know of: an entry copied late, accessed
 *                       and dirty bits kept by software
 *   entry_code_coming   called before programs may execute @bytes at a frame: what makes fetches
 * see what was stored there entry_made          called after an entry got something to map: what
 * makes it count from here on
 */
#include "page_entry.h"

#define TABLE_ENTRIES 512

#define SIZE_2M (1ul << 21)
#define SIZE_1G (1ul << 30)

/* Bytes that one entry of a table of @level (1: the lowest) covers. */
static inline u64 level_bytes(unsigned level)
{
    return 1ull << (PAGE_SHIFT + 9 * (level - 1));
}

static inline unsigned level_index(uintptr_t at, unsigned level)
{
    return (unsigned)(at >> (PAGE_SHIFT + 9 * (level - 1))) & (TABLE_ENTRIES - 1);
}

void hal_page_table_init(void);                      // once the features are known
helix_status hal_page_table_frame(paddr *frame_out); // a zeroed frame from the source
void hal_page_table_frame_free(paddr frame);

/* What a leaf says. */
static HELIX_ALWAYS_INLINE struct hal_mapping entry_mapping(u64 entry, unsigned level)
{
    return (struct hal_mapping){
        .frame = paddr_of(entry_frame(entry, level)),
        .size = level_bytes(level),
        .prot = entry_prot(entry, level),
        .accessed = entry_is_accessed(entry),
        .dirty = entry_is_dirty(entry),
    };
}

helix_status hal_page_table_split(struct hal_space *space, uintptr_t at, u64 *slot, unsigned level);
helix_status hal_page_table_descend(struct hal_space *space, uintptr_t at, unsigned leaf_level,
                                    u64 **slot_out);

/* The entry that maps @at, and the level of its table; NULL: nothing there. */
u64 *hal_page_table_find(const struct hal_space *space, uintptr_t at, unsigned *level_out);

/* A kernel address whose top-level entry the loaded tables have not seen yet: now they have. */
bool hal_page_table_sync_kernel(uintptr_t at);

/* Map [@at, @at + @bytes) of kernel space to @to with the largest leaves that fit. */
helix_status hal_kernel_map_range(uintptr_t at, paddr to, u64 bytes, unsigned prot);

/* Take single pages out of the image's map again: holes below stacks. */
void hal_kernel_unmap(uintptr_t at, size_t bytes);

/*
 * early_map.c: the kernel's own tables, and the frames for them until there is a source. They are
 * taken between @least and @most, which must be mapped already. hal_kernel_map_build() fills
 * hal_kernel_root and loads nothing.
 */
void hal_early_frames_take(struct boot_info *info, u64 least, u64 most);
bool hal_early_reserve(struct boot_info *info, u64 least, u64 most, u64 bytes, u64 *base_out);
helix_status hal_early_frame_alloc(paddr *frame_out);
void hal_kernel_map_build(const struct boot_info *info);
extern u64 hal_kernel_root[TABLE_ENTRIES];
