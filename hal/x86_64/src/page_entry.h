/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/hal/mmu.h>
#include <helix/hal/trap.h>
#include <helix/lib/compiler.h>

#include "features.h"
#include "machine.h"

/*
 * Entries of the four levels of tables; hal/shared/src/page_table.h says what is asked of them. A
 * leaf with rights for nobody is not present and carries PTE_NONE, so that its frame is remembered;
 * the processor ignores the rest of such an entry.
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
#define PTE_TABLE    (PTE_PRESENT | PTE_WRITE | PTE_ACCESSED)

#define PAGE_LEVELS  4
#define USER_ENTRIES 256 // of the top-level table; the rest is the kernel's

/* The direct map covers RAM rounded outward; what that takes in besides, the MTRRs keep uncached.
 */
#define RAM_MAP_ROUNDING (1ul << 21)

static inline bool page_has_1g(void)
{
    return hal_features.large_1g;
}

static inline u64 *page_root_loaded(void)
{
    return phys_to_virt(paddr_of(cr3_read() & PTE_ADDRESS));
}

static inline bool entry_is_mapped(u64 entry)
{
    return (entry & PTE_MAPPED) != 0;
}

static inline bool entry_is_leaf(u64 entry, unsigned level)
{
    return level == 1 || (entry & PTE_LARGE) != 0;
}

static inline bool entry_is_table(u64 entry)
{
    return (entry & (PTE_PRESENT | PTE_LARGE)) == PTE_PRESENT;
}

static inline u64 entry_frame(u64 entry, unsigned level)
{
    return entry & PTE_ADDRESS & ~((1ull << (PAGE_SHIFT + 9 * (level - 1))) - 1);
}

static inline u64 entry_of_frame(u64 frame)
{
    return frame;
}

static inline u64 *table_of(u64 entry)
{
    return phys_to_virt(paddr_of(entry & PTE_ADDRESS));
}

/* Rights are decided in the leaves; tables allow everything. */
static inline u64 entry_of_table(u64 frame, uintptr_t at)
{
    return frame | PTE_TABLE | (at < HAL_USER_END ? PTE_USER : 0);
}

static inline u64 entry_rights(unsigned prot)
{
    u64 bits = prot & (HAL_PROT_READ | HAL_PROT_WRITE | HAL_PROT_EXEC) ? PTE_PRESENT : PTE_NONE;
    if (prot & HAL_PROT_WRITE)
        bits |= PTE_WRITE;
    if (!(prot & HAL_PROT_EXEC) && hal_features.nx)
        bits |= PTE_NX;
    return bits;
}

/* User leaves are born accessed: they are mapped because somebody touches them. */
static HELIX_ALWAYS_INLINE u64 entry_bits(unsigned prot, unsigned level)
{
    u64 bits = entry_rights(prot) | PTE_ACCESSED;
    bits |= prot & HAL_PROT_USER ? PTE_USER : PTE_DIRTY;
    if (prot & HAL_PROT_GLOBAL)
        bits |= PTE_GLOBAL;
    if (prot & HAL_PROT_DEVICE)
        bits |= PTE_PCD | PTE_PWT;
    if (prot & HAL_PROT_WC)
        bits |= level == 1 ? PTE_PAT_4K : PTE_PAT_BIG;
    return level == 1 ? bits : bits | PTE_LARGE;
}

static HELIX_ALWAYS_INLINE unsigned entry_prot(u64 entry, unsigned level)
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

static inline u64 entry_with_prot(u64 entry, unsigned prot)
{
    return (entry & ~(PTE_PRESENT | PTE_NONE | PTE_WRITE | PTE_NX)) | entry_rights(prot);
}

static inline bool entry_is_writable(u64 entry)
{
    return (entry & PTE_WRITE) != 0;
}

static inline u64 entry_without_write(u64 entry)
{
    return entry & ~PTE_WRITE;
}

static inline bool entry_is_accessed(u64 entry)
{
    return (entry & PTE_ACCESSED) != 0;
}

static inline u64 entry_not_accessed(u64 entry)
{
    return entry & ~PTE_ACCESSED;
}

static inline bool entry_is_dirty(u64 entry)
{
    return (entry & PTE_DIRTY) != 0;
}

static inline u64 entry_clean(u64 entry)
{
    return entry & ~PTE_DIRTY;
}

/* The bits of a large leaf as its parts carry them one level down. */
static inline u64 entry_split(u64 entry, unsigned level)
{
    u64 bits = entry & ~PTE_ADDRESS;
    if (level > 2)
        return bits | (entry & PTE_PAT_BIG);
    return (bits & ~PTE_LARGE) | (entry & PTE_PAT_BIG ? PTE_PAT_4K : 0);
}

/* A changed entry may be read with its old value until it is flushed, in whole and never in parts.
 */
static inline bool entry_change_needs_break(u64 old, u64 new)
{
    (void)old;
    (void)new;
    return false;
}

static inline void entry_code_coming(u64 frame, size_t bytes)
{
    (void)frame;
    (void)bytes;
}

/* Table walks see stores in order, and remember nothing about entries that map nothing. */
static inline void entry_made(uintptr_t at)
{
    (void)at;
}

bool hal_page_table_sync_kernel(uintptr_t at);

static inline bool page_fault_is_ours(const struct hal_fault *fault)
{
    return fault->address.raw >= HAL_USER_END && !(fault->access & HAL_ACCESS_PRESENT) &&
           hal_page_table_sync_kernel(fault->address.raw);
}
