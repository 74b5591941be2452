/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Modes, translations and what CPUs remember of them. */
#include "mmu.h"

#include <helix/hal/cpu.h>
#include <helix/hal_shared/asid.h>
#include <helix/lib/atomic.h>
#include <helix/lib/string.h>

#include "cpu_local.h"
#include "csr.h"
#include "page_table.h"
#include "sbi.h"

#define PAGES_ONE_BY_ONE 16

#define USER_END_SV39 ((1ul << 38) - PAGE_SIZE)
#define USER_END_SV48 ((1ul << 47) - PAGE_SIZE)

unsigned hal_page_levels;
uintptr_t hal_user_end;
u64 hal_kernel_satp;

static u32 map_changes;
static unsigned asid_bits;

static bool has_word(const char *text, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word))
        if ((at == text || at[-1] == ' ') && (at[length] == '\0' || at[length] == ' '))
            return true;
    return false;
}

static u64 satp_of(u64 root, u64 asid)
{
    u64 mode = hal_page_levels == 4 ? SATP_SV48 : SATP_SV39;
    return mode << SATP_MODE_SHIFT | asid << SATP_ASID_SHIFT | root >> PAGE_SHIFT;
}

void hal_mmu_choose(const char *cmdline)
{
    bool sv48 = csr_read(satp) >> SATP_MODE_SHIFT == SATP_SV48 && !has_word(cmdline, "no4lvl");
    hal_page_levels = sv48 ? 4 : 3;
    hal_user_end = sv48 ? USER_END_SV48 : USER_END_SV39;
}

const char *hal_mmu_name(void)
{
    return hal_page_levels == 4 ? "sv48" : "sv39";
}

/* Bits of a number that satp keeps. */
static void find_asid_bits(void)
{
    csr_set(satp, (u64)SATP_ASID_MASK << SATP_ASID_SHIFT);
    asid_bits = (unsigned)__builtin_popcountll(csr_read(satp) >> SATP_ASID_SHIFT & SATP_ASID_MASK);
    csr_write(satp, hal_kernel_satp);
}

void hal_mmu_load_kernel(void)
{
    hal_kernel_satp = satp_of(hal_kernel_space()->root.raw, 0);
    csr_write(satp, hal_kernel_satp);
    find_asid_bits();
    sfence_vma_all();
}

unsigned hal_asid_bits(void)
{
    return asid_bits;
}

void hal_asid_drop_all_local(void)
{
    sfence_vma_all();
}

/*
 * Numbers are of use where there are more of them than CPUs, and where a flush reaches those CPUs
 * that run with one. A CPU that left a space keeps its translations: they count while its bit in
 * space->resident stands, which a flush by others clears. Both sides change their word, then look
 * at the other's: hal_space_activate() has set this CPU's bit in space->active before.
 */
static bool numbers_are_used(void)
{
    return asid_bits > 6 && hal_sbi.rfence;
}

void hal_space_load(struct hal_space *space)
{
    if (space == NULL) {
        csr_write(satp, hal_kernel_satp);
        return;
    }
    const cpu_mask self = CPU_MASK_OF(hal_cpu_id());
    const bool numbered = numbers_are_used();
    if (numbered)
        hal_asid_take(space);
    const u64 number = numbered ? asid_number(space->asid) : 0;
    csr_write(satp, satp_of(space->root.raw, number));
    if (!numbered || !(__atomic_fetch_or(&space->resident, self, __ATOMIC_SEQ_CST) & self))
        sfence_vma_asid(number);
}

/* The CPUs that must forget translations of @space now; others do so before they use it again. */
static cpu_mask users_of(struct hal_space *space)
{
    if (space == NULL)
        return hal_cpu_online();
    cpu_mask active = atomic_load_seq(&space->active);
    __atomic_fetch_and(&space->resident, active, __ATOMIC_SEQ_CST);
    return active | atomic_load_seq(&space->active);
}

/* 0 as well before the space's first use, when there is nothing to forget. */
static u64 number_of(const struct hal_space *space)
{
    return asid_number(atomic_load_relaxed(&space->asid));
}

void hal_tlb_drop_local(const struct hal_space *space, uintptr_t from, size_t pages)
{
    if (space == NULL && pages > PAGES_ONE_BY_ONE)
        sfence_vma_all();
    else if (space == NULL)
        for (size_t i = 0; i < pages; i++)
            sfence_vma_page(from + i * PAGE_SIZE);
    else if (pages > PAGES_ONE_BY_ONE)
        sfence_vma_asid(number_of(space));
    else
        for (size_t i = 0; i < pages; i++)
            sfence_vma_page_asid(from + i * PAGE_SIZE, number_of(space));
}

/* The firmware reaches other CPUs whatever they are doing, and comes back when they have done it.
 */
bool hal_tlb_drop_everywhere(struct hal_space *space, uintptr_t from, size_t pages)
{
    if (!hal_sbi.rfence)
        return false;
    struct irq_key key = hal_irq_save();
    struct hal_cpu *cpu = cpu_local();
    if (space == NULL || space == cpu->space)
        hal_tlb_drop_local(space, from, pages);
    atomic_fence_seq(); // the changed entries before the look at who uses them
    cpu_mask targets = users_of(space) & ~CPU_MASK_OF(cpu->id);
    if (targets != 0 && space == NULL)
        hal_sbi_remote_sfence(targets, from, pages * PAGE_SIZE);
    else if (targets != 0)
        hal_sbi_remote_sfence_asid(targets, from, pages * PAGE_SIZE, number_of(space));
    hal_irq_restore(key);
    return true;
}

static u64 wanted_bits(unsigned access)
{
    u64 bits = access & HAL_ACCESS_EXEC    ? PTE_EXEC
               : access & HAL_ACCESS_WRITE ? PTE_WRITE
                                           : PTE_READ;
    return bits | (access & HAL_ACCESS_USER ? PTE_USER : 0);
}

/* @open: user mode, or a user-copy function. */
static bool allows(u64 entry, unsigned access, bool open)
{
    u64 wanted = wanted_bits(access);
    bool from_user = (access & HAL_ACCESS_USER) != 0;
    if (!(entry & PTE_VALID) || (entry & wanted) != wanted)
        return false;
    return entry & PTE_USER ? open && (from_user || !(access & HAL_ACCESS_EXEC)) : !from_user;
}

bool hal_mmu_resolve(struct hal_fault *fault, bool open)
{
    const u64 touched = PTE_ACCESSED | (fault->access & HAL_ACCESS_WRITE ? PTE_DIRTY : 0);
    const uintptr_t at = fault->address.raw;
    if (at >= hal_user_end && at < HAL_DIRECT_BASE)
        return false;
    const struct hal_space loaded = {.root = virt_to_phys(page_root_loaded())};
    unsigned level;
    u64 *slot = hal_page_table_find(&loaded, at, &level);
    if (slot == NULL)
        return false;
    u64 entry = atomic_load_relaxed(slot);
    if (entry & PTE_VALID)
        fault->access |= HAL_ACCESS_PRESENT;
    if (!allows(entry, fault->access, open))
        return false;
    // Only where the entry is still as seen: the memory subsystem may be taking it away.
    if ((entry & touched) != touched && !atomic_cas_relaxed(slot, &entry, entry | touched))
        return true;
    sfence_vma_page(at);
    return true;
}

void hal_mmu_kernel_changed(void)
{
    atomic_fetch_add_release(&map_changes, 1u);
}

void hal_mmu_catch_up(void)
{
    struct hal_cpu *cpu = cpu_local();
    u32 changes = atomic_load_acquire(&map_changes);
    if (likely(cpu->map_seen == changes))
        return;
    cpu->map_seen = changes;
    sfence_vma_all();
}
