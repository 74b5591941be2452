/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Starting other harts through the firmware (HSM). */
#include "start_cpus.h"

#include <helix/hal/time.h>
#include <helix/lib/atomic.h>
#include <helix/lib/log.h>

#include "cpu_local.h"
#include "features.h"
#include "interrupt.h"
#include "mmu.h"
#include "sbi.h"
#include "smp.h"
#include "tree.h"

#define LIFE_SIGN_NANOS (2 * NANOS_PER_SECOND)

extern const u64 hal_secondary_address, hal_starting_address;
[[noreturn]] void hal_smp_started(struct hal_cpu *cpu);

void hal_cpu_prepare(struct hal_cpu *cpu, const uintptr_t stacks[])
{
    cpu->fault_stack = stacks[0];
}

void hal_start_cpus_add(void)
{
    if (hal_sbi.hsm && hal_sbi.ipi)
        hal_tree_add_cpus(hal_cpus[0]->hardware_id, UINT64_MAX);
    else
        log_warn("hal", "the firmware has no %s extension: one CPU only",
                 hal_sbi.hsm ? "IPI" : "HSM");
}

helix_status hal_cpu_boot(struct hal_cpu *cpu)
{
    *(u64 *)phys_to_virt(paddr_of(hal_starting_address)) = (u64)cpu;
    hal_barrier_io(); // the area and the boot tables, before the hart that reads them untranslated
    if (!hal_sbi_hart_start(cpu->hardware_id, hal_secondary_address, (u64)cpu))
        return HELIX_E_CPU_START;
    if (hal_smp_wait(&cpu->started, LIFE_SIGN_NANOS))
        return HELIX_OK;
    // One that comes at this very moment has the claim, and is waited for after all.
    if (atomic_exchange_acq_rel(&cpu->claimed, 1u) == 0)
        return HELIX_E_CPU_START;
    return hal_smp_wait(&cpu->started, LIFE_SIGN_NANOS) ? HELIX_OK : HELIX_E_CPU_START;
}

void hal_smp_started(struct hal_cpu *cpu)
{
    hal_features_enable();
    hal_interrupt_own();
    hal_smp_arrived(cpu);
}
