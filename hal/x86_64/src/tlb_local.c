/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "features.h"
#include "machine.h"
#include "tlb.h"

#define PAGES_ONE_BY_ONE 32
#define CR4_PGE          (1ul << 7)

static void flush_all_user(void)
{
    cr3_write(cr3_read());
}

static void flush_all_kernel(void)
{
    if (!hal_features.global_pages) {
        flush_all_user();
        return;
    }
    u64 cr4 = cr4_read();
    cr4_write(cr4 & ~CR4_PGE);
    cr4_write(cr4);
}

void hal_tlb_drop_local(const struct hal_space *space, uintptr_t from, size_t pages)
{
    if (pages <= PAGES_ONE_BY_ONE) {
        for (size_t i = 0; i < pages; i++)
            tlb_drop_page(from + i * PAGE_SIZE);
    } else if (space == NULL) {
        flush_all_kernel();
    } else {
        flush_all_user();
    }
}

bool hal_tlb_drop_everywhere(struct hal_space *space, uintptr_t from, size_t pages)
{
    (void)space;
    (void)from;
    (void)pages;
    return false;
}

void hal_space_load(struct hal_space *space)
{
    cr3_write(space != NULL ? space->root.raw : hal_kernel_space()->root.raw);
}

void hal_sync_code(vaddr at, size_t bytes)
{
    // x86 keeps instruction fetch coherent with stores.
    (void)at;
    (void)bytes;
}

void hal_sync_fetches(void)
{
    cr0_write(cr0_read()); // one of the instructions that wait for all before
}
