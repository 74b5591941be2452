/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal_shared/asid.h>
#include <helix/lib/atomic.h>

#include "cpu_local.h"
#include "page_table.h"
#include "tlb.h"

/* More pages than this: everything of the space goes. */
#define PAGES_ONE_BY_ONE 64

#define ASID_SHIFT 48

extern u64 hal_empty_root[];

/* One page of one space, or of all (a kernel address), on every CPU. */
static void drop_page(const struct hal_space *space, uintptr_t at)
{
    u64 page = at >> PAGE_SHIFT & ((1ull << 44) - 1);
    if (space != NULL)
        __asm__ volatile("tlbi vae1is, %0"
                         :
                         : "r"(page | (u64)asid_number(space->asid) << ASID_SHIFT)
                         : "memory");
    else
        __asm__ volatile("tlbi vaae1is, %0" : : "r"(page) : "memory");
}

static void drop_all(const struct hal_space *space)
{
    if (space != NULL)
        __asm__ volatile("tlbi aside1is, %0"
                         :
                         : "r"((u64)asid_number(space->asid) << ASID_SHIFT)
                         : "memory");
    else
        __asm__ volatile("tlbi vmalle1is" : : : "memory");
}

/*
 * The changed entries are written before anything is dropped, and the drop is complete on every CPU
 * before the caller frees a frame.
 */
static void drop(const struct hal_space *space, uintptr_t from, size_t pages)
{
    barrier_tables();
    if (pages > PAGES_ONE_BY_ONE)
        drop_all(space);
    else
        for (size_t i = 0; i < pages; i++)
            drop_page(space, from + i * PAGE_SIZE);
    barrier_shareable();
    barrier_instructions();
}

void hal_sync_fetches(void)
{
    barrier_instructions();
}

bool hal_tlb_drop_everywhere(struct hal_space *space, uintptr_t from, size_t pages)
{
    drop(space, from, pages);
    return true;
}

/* Never asked for: drops reach every CPU. */
void hal_tlb_drop_local(const struct hal_space *space, uintptr_t from, size_t pages)
{
    drop(space, from, pages);
}

void hal_asid_drop_all_local(void)
{
    __asm__ volatile("tlbi vmalle1; dsb nsh; isb" : : : "memory");
}

unsigned hal_asid_bits(void)
{
    return hal_features.asid_bits;
}

/* Tables and address-space number change in one write. Number 0 is the empty space's. */
void hal_space_load(struct hal_space *space)
{
    u64 value = virt_to_phys(hal_empty_root).raw;
    if (space != NULL) {
        hal_asid_take(space);
        value = space->root.raw | (u64)asid_number(space->asid) << ASID_SHIFT;
    }
    system_write("ttbr0_el1", value);
    barrier_instructions();
}

/* What the processor would have written into @entry for this access; the same when it is no matter
 * of accessed and dirty bits. */
static u64 after_access(u64 entry, bool write)
{
    u64 after = entry | PTE_ACCESSED;
    if (write && (entry & PTE_WRITE))
        after &= ~PTE_READ_ONLY;
    return after;
}

bool hal_page_fault_accessed_dirty(const struct hal_fault *fault)
{
    struct hal_space *space =
        fault->address.raw < HAL_USER_END ? cpu_local()->space : hal_kernel_space();
    unsigned level;
    if (space == NULL || hal_features.keeps_dirty)
        return false;
    u64 *slot = hal_page_table_find(space, fault->address.raw, &level);
    if (slot == NULL)
        return false;
    u64 old = atomic_load_relaxed(slot);
    for (;;) {
        u64 new = after_access(old, (fault->access & HAL_ACCESS_WRITE) != 0);
        if (new == old || !(old & PTE_VALID))
            return false;
        if (atomic_cas_relaxed(slot, &old, new))
            break;
    }
    hal_tlb_drop_everywhere(space == hal_kernel_space() ? NULL : space, fault->address.raw, 1);
    return true;
}

/* Stores to the point where fetches look, then the fetched copies away, on every CPU. */
void hal_sync_code(vaddr at, size_t bytes)
{
    const uintptr_t end = at.raw + bytes;
    if (!hal_features.stores_reach_fetch)
        for (uintptr_t p = align_down(at.raw, hal_features.data_line); p < end;
             p += hal_features.data_line)
            __asm__ volatile("dc cvau, %0" : : "r"(p) : "memory");
    barrier_shareable();
    if (!hal_features.fetch_sees_stores)
        for (uintptr_t p = align_down(at.raw, hal_features.instruction_line); p < end;
             p += hal_features.instruction_line)
            __asm__ volatile("ic ivau, %0" : : "r"(p) : "memory");
    barrier_shareable();
    barrier_instructions();
}
