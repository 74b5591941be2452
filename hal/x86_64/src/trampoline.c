/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Starting other CPUs by INIT and STARTUP. */
#include <helix/hal/time.h>
#include <helix/lib/log.h>
#include <helix/lib/string.h>

#include "cpu_local.h"
#include "features.h"
#include "fpu_internal.h"
#include "lapic.h"
#include "page_table.h"
#include "platform.h"
#include "smp.h"
#include "start_cpus.h"
#include "syscall_setup.h"
#include "trampoline.h"

#define EFER_LME (1u << 8)
#define EFER_NXE (1u << 11)

#define INIT_NANOS      (200 * NANOS_PER_US)
#define STARTUP_NANOS   (10 * NANOS_PER_MS)
#define LIFE_SIGN_NANOS NANOS_PER_SECOND

extern const u8 hal_trampoline_start[], hal_trampoline_end[];
extern u64 hal_boot_root[];

void hal_smp_entry(void);
[[noreturn]] void hal_smp_started(struct hal_cpu *cpu);

static u64 trampoline;

void hal_trampoline_set(u64 page)
{
    trampoline = page;
}

void hal_cpu_prepare(struct hal_cpu *cpu, const uintptr_t stacks[])
{
    cpu->self = cpu;
    hal_gdt_fill(cpu, stacks);
}

void hal_trampoline_add_cpus(void)
{
    for (unsigned i = 0; i < hal_platform.cpu_count && trampoline != 0; i++) {
        if (hal_platform.cpus[i] == hal_cpus[0]->hardware_id)
            continue;
        if (hal_smp_add(hal_platform.cpus[i]) != HELIX_OK) {
            log_warn("hal", "no memory for CPU %u and those after it", hal_cpu_count());
            break;
        }
    }
    if (hal_platform.cpus_left_out > 0)
        log_warn("hal", "%u CPUs left out", hal_platform.cpus_left_out);
}

static void put32(u64 offset, u32 value)
{
    memcpy((u8 *)phys_to_virt(paddr_of(trampoline)) + offset, &value, sizeof(value));
}

static void put64(u64 offset, u64 value)
{
    memcpy((u8 *)phys_to_virt(paddr_of(trampoline)) + offset, &value, sizeof(value));
}

static void fill_trampoline(struct hal_cpu *cpu)
{
    memcpy(phys_to_virt(paddr_of(trampoline)), hal_trampoline_start,
           (size_t)(hal_trampoline_end - hal_trampoline_start));
    put32(TRAMPOLINE_ROOT, (u32)(uintptr_t)hal_boot_root);
    put32(TRAMPOLINE_EFER, EFER_LME | (hal_features.nx ? EFER_NXE : 0));
    put64(TRAMPOLINE_KERNEL_CR3, hal_kernel_space()->root.raw);
    put64(TRAMPOLINE_STACK, cpu->current->kernel_top);
    put64(TRAMPOLINE_ARGUMENT, (u64)cpu);
    put64(TRAMPOLINE_ENTRY, (u64)hal_smp_entry);
}

helix_status hal_cpu_boot(struct hal_cpu *cpu)
{
    const u32 apic_id = (u32)cpu->hardware_id;
    fill_trampoline(cpu);
    hal_lapic_send_init(apic_id);
    hal_smp_wait(NULL, INIT_NANOS);
    // The second start-up is for CPUs that missed the first; one that runs already ignores it.
    for (unsigned i = 0; i < 2; i++) {
        hal_lapic_send_startup(apic_id, (u8)(trampoline >> PAGE_SHIFT));
        if (hal_smp_wait(&cpu->started, i == 0 ? STARTUP_NANOS : LIFE_SIGN_NANOS))
            return HELIX_OK;
    }
    hal_lapic_send_init(apic_id); // parked again, so that it cannot wake into a trampoline that is
                                  // used for the next one
    return HELIX_E_CPU_START;
}

void hal_smp_started(struct hal_cpu *cpu)
{
    hal_gdt_load(cpu);
    hal_idt_load();
    hal_features_enable();
    hal_syscall_enable();
    hal_fpu_init_cpu();
    hal_lapic_init_cpu();
    hal_smp_arrived(cpu);
}
