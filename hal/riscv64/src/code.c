/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Instructions that were written as data. A hart's fence.i makes its own fetches see what it has
 * seen as data so far. For the kernel's own code all harts do that at once, through the firmware.
 * For programs each hart does it before it goes to user mode, when code has changed since it last
 * did.
 */
#include <helix/hal/cpu.h>
#include <helix/lib/atomic.h>

#include "cpu_local.h"
#include "csr.h"
#include "mmu.h"
#include "sbi.h"

void hal_sync_code(vaddr at, size_t bytes)
{
    (void)at;
    (void)bytes;
    struct irq_key key = hal_irq_save();
    hal_barrier_io();
    fence_i();
    cpu_mask others = hal_cpu_online() & ~CPU_MASK_OF(hal_cpu_id());
    if (others != 0 && hal_sbi.rfence)
        hal_sbi_remote_fence_i(others);
    hal_irq_restore(key);
}

void hal_sync_fetches(void)
{
    fence_i();
}

static u32 changes;

/* CPUs that run the same program now do not pass their catch-up before they could fetch; who enters
 * the space later does, because it says so in space->active first. */
void hal_mmu_code_changed(void)
{
    struct irq_key key = hal_irq_save();
    struct hal_cpu *cpu = cpu_local();
    __atomic_fetch_add(&changes, 1u, __ATOMIC_SEQ_CST);
    cpu_mask others = cpu->space != NULL ? atomic_load_seq(&cpu->space->active) : 0;
    others &= ~CPU_MASK_OF(cpu->id);
    if (others != 0 && hal_sbi.rfence)
        hal_sbi_remote_fence_i(others);
    hal_irq_restore(key);
}

void hal_mmu_code_catch_up(void)
{
    struct hal_cpu *cpu = cpu_local();
    u32 seen = atomic_load_acquire(&changes);
    if (likely(cpu->code_seen == seen))
        return;
    cpu->code_seen = seen;
    fence_i();
}
