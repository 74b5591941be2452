/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/hal/mmu.h>
#include <helix/hal/trap.h>
#include <helix/lib/compiler.h>

#include "features.h"
#include "machine.h"

/*
 * Entries of the four levels of tables; hal/shared/src/page_table.h says what is asked of them.
 *
 * A leaf that may be written has PTE_WRITE. One that is clean has PTE_READ_ONLY besides: where the
 * processor keeps dirty state it takes that bit away at the first write, elsewhere the fault
 * handler does. So dirty is: writable and not read-only, or PTE_DIRTY, which remembers it when the
 * right to write goes. A leaf with rights for nobody is not valid and carries PTE_NONE.
 */
#define PTE_VALID     (1ull << 0)
#define PTE_TABLE     (1ull << 1) // also a leaf of the lowest level
#define PTE_KIND(n)   ((u64)(n) << 2)
#define PTE_USER      (1ull << 6)
#define PTE_READ_ONLY (1ull << 7)
#define PTE_SHARED    (3ull << 8)
#define PTE_ACCESSED  (1ull << 10)
#define PTE_NO_GLOBAL (1ull << 11)
#define PTE_WRITE     (1ull << 51)
#define PTE_PXN       (1ull << 53)
#define PTE_UXN       (1ull << 54)
#define PTE_DIRTY     (1ull << 55) // ours
#define PTE_NONE      (1ull << 56) // ours
#define PTE_ADDRESS   0x0000fffffffff000ull

#define KIND_NORMAL  0
#define KIND_DEVICE  1
#define KIND_NOCACHE 2

#define PAGE_LEVELS  4
#define USER_ENTRIES 512 // the kernel has a table of its own

/* Nothing but RAM is mapped as such: the processor may look ahead anywhere in it. */
#define RAM_MAP_ROUNDING PAGE_SIZE

static inline bool page_has_1g(void)
{
    return true;
}

static inline u64 *page_root_loaded(void)
{
    return phys_to_virt(paddr_of(system_read("ttbr0_el1") & PTE_ADDRESS));
}

static inline bool entry_is_mapped(u64 entry)
{
    return (entry & (PTE_VALID | PTE_NONE)) != 0;
}

static inline bool entry_is_leaf(u64 entry, unsigned level)
{
    return level == 1 || !(entry & PTE_TABLE);
}

static inline bool entry_is_table(u64 entry)
{
    return (entry & (PTE_VALID | PTE_TABLE)) == (PTE_VALID | PTE_TABLE);
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
    (void)at;
    return frame | PTE_VALID | PTE_TABLE;
}

static inline bool entry_is_dirty(u64 entry)
{
    return (entry & PTE_DIRTY) != 0 || (entry & (PTE_WRITE | PTE_READ_ONLY)) == PTE_WRITE;
}

/* The kernel never executes what programs may touch, nor programs the kernel's. */
static HELIX_ALWAYS_INLINE u64 entry_rights(unsigned prot, bool dirty, bool user)
{
    const bool write = (prot & HAL_PROT_WRITE) != 0;
    u64 bits = prot & (HAL_PROT_READ | HAL_PROT_WRITE | HAL_PROT_EXEC) ? PTE_VALID : PTE_NONE;
    bits |= write ? PTE_WRITE | (dirty ? 0 : PTE_READ_ONLY) : PTE_READ_ONLY;
    if (dirty && !write)
        bits |= PTE_DIRTY;
    if (!(prot & HAL_PROT_EXEC))
        return bits | PTE_PXN | PTE_UXN;
    return bits | (user ? PTE_PXN : PTE_UXN);
}

/* User leaves are born accessed: they are mapped because somebody touches them. */
static HELIX_ALWAYS_INLINE u64 entry_bits(unsigned prot, unsigned level)
{
    const bool user = (prot & HAL_PROT_USER) != 0;
    u64 bits = entry_rights(prot, !user, user) | PTE_ACCESSED | PTE_SHARED;
    if (user)
        bits |= PTE_USER;
    if (!(prot & HAL_PROT_GLOBAL))
        bits |= PTE_NO_GLOBAL;
    if (prot & HAL_PROT_DEVICE)
        bits |= PTE_KIND(KIND_DEVICE);
    else if (prot & HAL_PROT_WC)
        bits |= PTE_KIND(KIND_NOCACHE);
    return level == 1 ? bits | PTE_TABLE : bits;
}

static HELIX_ALWAYS_INLINE unsigned entry_prot(u64 entry, unsigned level)
{
    (void)level;
    const u64 no_exec = entry & PTE_USER ? PTE_UXN : PTE_PXN;
    unsigned prot = 0;
    if (entry & PTE_VALID)
        prot |= HAL_PROT_READ | (entry & PTE_WRITE ? HAL_PROT_WRITE : 0) |
                (entry & no_exec ? 0 : HAL_PROT_EXEC);
    if (entry & PTE_USER)
        prot |= HAL_PROT_USER;
    if (!(entry & PTE_NO_GLOBAL))
        prot |= HAL_PROT_GLOBAL;
    if ((entry & PTE_KIND(3)) == PTE_KIND(KIND_DEVICE))
        prot |= HAL_PROT_DEVICE;
    if ((entry & PTE_KIND(3)) == PTE_KIND(KIND_NOCACHE))
        prot |= HAL_PROT_WC;
    return prot;
}

static inline u64 entry_with_prot(u64 entry, unsigned prot)
{
    const u64 rights =
        PTE_VALID | PTE_NONE | PTE_WRITE | PTE_READ_ONLY | PTE_DIRTY | PTE_PXN | PTE_UXN;
    return (entry & ~rights) | entry_rights(prot, entry_is_dirty(entry), (entry & PTE_USER) != 0);
}

static inline bool entry_is_writable(u64 entry)
{
    return (entry & PTE_WRITE) != 0;
}

static inline u64 entry_without_write(u64 entry)
{
    return (entry & ~PTE_WRITE) | PTE_READ_ONLY | (entry_is_dirty(entry) ? PTE_DIRTY : 0);
}

static inline bool entry_is_accessed(u64 entry)
{
    return (entry & PTE_ACCESSED) != 0;
}

static inline u64 entry_not_accessed(u64 entry)
{
    return entry & ~PTE_ACCESSED;
}

static inline u64 entry_clean(u64 entry)
{
    return (entry & ~PTE_DIRTY) | PTE_READ_ONLY;
}

/* The bits of a large leaf as its parts carry them one level down. */
static inline u64 entry_split(u64 entry, unsigned level)
{
    u64 bits = entry & ~PTE_ADDRESS;
    return level == 2 ? bits | PTE_TABLE : bits;
}

/* Another frame, kind of memory or size: the processor must not see both. Rights alone may change.
 */
static inline bool entry_change_needs_break(u64 old, u64 new)
{
    const u64 same = PTE_ADDRESS | PTE_KIND(7) | PTE_SHARED | PTE_TABLE;
    return (old & PTE_VALID) != 0 && ((old ^ new) & same) != 0;
}

/* Caches are looked up by physical address, so that the direct map's does for all others. */
static inline void entry_code_coming(u64 frame, size_t bytes)
{
    if (!hal_features.fetch_sees_stores || !hal_features.stores_reach_fetch)
        hal_sync_code(vaddr_of(phys_to_virt(paddr_of(frame))), bytes);
}

/*
 * Nothing is remembered of entries that are not valid, but a walk may come before the store.
 * Programs then fault once more, and nothing happens; the kernel must not.
 */
static inline void entry_made(uintptr_t at)
{
    if (at < HAL_USER_END)
        return;
    barrier_tables();
    barrier_instructions();
}

/* Accessed and dirty bits where the processor keeps none; tlb_local.c. */
bool hal_page_fault_accessed_dirty(const struct hal_fault *fault);

static inline bool page_fault_is_ours(const struct hal_fault *fault)
{
    return (fault->access & HAL_ACCESS_PRESENT) != 0 && hal_page_fault_accessed_dirty(fault);
}
