/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/hal/mmu.h>
#include <helix/hal/trap.h>
#include <helix/lib/compiler.h>

#include "csr.h"
#include "layout.h"
#include "mmu.h"

/*
 * Entries of Sv39 and Sv48, which differ in the number of levels only; hal/shared/src/page_table.h
 * says what is asked of them. A leaf with rights for nobody is not valid and carries PTE_NONE, so
 * that its frame is remembered; the processor ignores the rest of such an entry.
 */
#define PTE_VALID    (1ull << 0)
#define PTE_READ     (1ull << 1)
#define PTE_WRITE    (1ull << 2)
#define PTE_EXEC     (1ull << 3)
#define PTE_USER     (1ull << 4)
#define PTE_GLOBAL   (1ull << 5)
#define PTE_ACCESSED (1ull << 6)
#define PTE_DIRTY    (1ull << 7)
#define PTE_NONE     (1ull << 8) // ours
#define PTE_DEVICE   (1ull << 9) // ours: the machine knows by itself what is a device
#define PTE_MAPPED   (PTE_VALID | PTE_NONE)
#define PTE_RIGHTS   (PTE_READ | PTE_WRITE | PTE_EXEC)
#define PTE_FRAME    0x003ffffffffffc00ull
#define PTE_SHIFT    2 // an entry has the address's bits so much further right

#define PAGE_LEVELS  hal_page_levels
#define USER_ENTRIES 256 // of the top-level table; the rest is the kernel's

/* The direct map covers RAM rounded outward; what that takes in besides, nobody touches. */
#define RAM_MAP_ROUNDING (1ul << 21)

static inline bool page_has_1g(void)
{
    return true;
}

static inline u64 *page_root_loaded(void)
{
    return phys_to_virt(paddr_of((csr_read(satp) << PAGE_SHIFT) & 0x00fffffffffff000ull));
}

static inline bool entry_is_mapped(u64 entry)
{
    return (entry & PTE_MAPPED) != 0;
}

static inline bool entry_is_leaf(u64 entry, unsigned level)
{
    return level == 1 || (entry & (PTE_RIGHTS | PTE_NONE)) != 0;
}

static inline bool entry_is_table(u64 entry)
{
    return (entry & (PTE_VALID | PTE_RIGHTS)) == PTE_VALID;
}

static inline u64 entry_frame(u64 entry, unsigned level)
{
    return (entry & PTE_FRAME) << PTE_SHIFT & ~((1ull << (PAGE_SHIFT + 9 * (level - 1))) - 1);
}

static inline u64 entry_of_frame(u64 frame)
{
    return frame >> PTE_SHIFT;
}

static inline u64 *table_of(u64 entry)
{
    return phys_to_virt(paddr_of(entry_frame(entry, 1)));
}

/* Every other bit of such an entry must be zero. */
static inline u64 entry_of_table(u64 frame, uintptr_t at)
{
    (void)at;
    return entry_of_frame(frame) | PTE_VALID;
}

/* Whatever may be written or executed may be read: the one would be reserved, the other surprises
 * programs. */
static inline u64 entry_rights(unsigned prot)
{
    if (!(prot & (HAL_PROT_READ | HAL_PROT_WRITE | HAL_PROT_EXEC)))
        return PTE_NONE;
    return PTE_VALID | PTE_READ | (prot & HAL_PROT_WRITE ? PTE_WRITE : 0) |
           (prot & HAL_PROT_EXEC ? PTE_EXEC : 0);
}

/* User leaves are born accessed: they are mapped because somebody touches them. */
static HELIX_ALWAYS_INLINE u64 entry_bits(unsigned prot, unsigned level)
{
    (void)level;
    return entry_rights(prot) | PTE_ACCESSED | (prot & HAL_PROT_USER ? PTE_USER : PTE_DIRTY) |
           (prot & HAL_PROT_GLOBAL ? PTE_GLOBAL : 0) | (prot & HAL_PROT_DEVICE ? PTE_DEVICE : 0);
}

static HELIX_ALWAYS_INLINE unsigned entry_prot(u64 entry, unsigned level)
{
    (void)level;
    unsigned prot = 0;
    if (entry & PTE_VALID)
        prot |= HAL_PROT_READ | (entry & PTE_WRITE ? HAL_PROT_WRITE : 0) |
                (entry & PTE_EXEC ? HAL_PROT_EXEC : 0);
    if (entry & PTE_USER)
        prot |= HAL_PROT_USER;
    if (entry & PTE_GLOBAL)
        prot |= HAL_PROT_GLOBAL;
    if (entry & PTE_DEVICE)
        prot |= HAL_PROT_DEVICE;
    return prot;
}

static inline u64 entry_with_prot(u64 entry, unsigned prot)
{
    return (entry & ~(PTE_VALID | PTE_NONE | PTE_RIGHTS)) | entry_rights(prot);
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

static inline u64 entry_split(u64 entry, unsigned level)
{
    (void)level;
    return entry & ~PTE_FRAME;
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
    hal_mmu_code_changed();
}

/* A CPU may remember that an entry mapped nothing. In the user half the fault that this gives is
 * found to be none; what the kernel itself stands on must be there: mmu.c. */
static inline void entry_made(uintptr_t at)
{
    if (unlikely(at >= HAL_DIRECT_BASE))
        hal_mmu_kernel_changed();
}

bool hal_page_table_sync_kernel(uintptr_t at);

/* What the entries themselves say, the trap code has looked at before: mmu.c. */
static inline bool page_fault_is_ours(const struct hal_fault *fault)
{
    return fault->address.raw >= HAL_DIRECT_BASE && !(fault->access & HAL_ACCESS_PRESENT) &&
           hal_page_table_sync_kernel(fault->address.raw);
}
