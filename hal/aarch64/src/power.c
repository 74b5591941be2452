/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* PSCI: other CPUs, power off, reset; and semihosting for leaving the emulator with a status. */
#include <helix/hal/power.h>

#include <helix/hal/cpu.h>
#include <helix/hal_shared/asid.h>
#include <helix/lib/log.h>
#include <helix/lib/string.h>

#include "cpu_local.h"
#include "exception.h"
#include "features.h"
#include "gic.h"
#include "host_call.h"
#include "machine.h"
#include "platform.h"
#include "smp.h"

#define PSCI_CPU_ON       0xc4000003u
#define PSCI_SYSTEM_OFF   0x84000008u
#define PSCI_SYSTEM_RESET 0x84000009u

#define LIFE_SIGN_NANOS NANOS_PER_SECOND

#define HOST_WRITE_TEXT    0x04
#define HOST_EXIT_EXTENDED 0x20
#define HOST_STOPPED       0x20026

u64 hal_host_call(u64 operation, const void *argument);
u64 hal_psci_hvc(u64 function, u64 a, u64 b, u64 c);
u64 hal_psci_smc(u64 function, u64 a, u64 b, u64 c);
extern u64 hal_empty_root[];
void hal_secondary_start(void);
[[noreturn]] void hal_secondary_started(struct hal_cpu *cpu);

static bool has_psci, by_smc;
static u64 cpu_on = PSCI_CPU_ON;
static bool has_system; // off and reset, from version 0.2 on

static u64 psci(u64 function, u64 a, u64 b, u64 c)
{
    return by_smc ? hal_psci_smc(function, a, b, c) : hal_psci_hvc(function, a, b, c);
}

void hal_psci_init(void)
{
    static const char *const versions[] = {"arm,psci-1.0", "arm,psci-0.2", "arm,psci"};
    fdt_node node = FDT_NONE;
    const char *method;
    for (unsigned i = 0; i < array_count(versions) && node == FDT_NONE; i++) {
        node = fdt_find_compatible(&hal_tree, FDT_NONE, versions[i]);
        has_system = i < 2;
    }
    if (node == FDT_NONE || fdt_string(&hal_tree, node, "method", &method) != HELIX_OK) {
        log_warn("hal", "no PSCI in the device tree: one CPU, no power off");
        return;
    }
    has_psci = true;
    by_smc = strcmp(method, "smc") == 0;
    if (!has_system && fdt_number(&hal_tree, node, "cpu_on", &cpu_on) != HELIX_OK)
        log_warn("hal", "PSCI 0.1 without cpu_on: one CPU");
}

void hal_cpu_prepare(struct hal_cpu *cpu, const uintptr_t stacks[])
{
    cpu->fault_stack = stacks[0];
}

/* It arrives with its MMU off, so all it needs is passed in registers or found by its own address.
 */
helix_status hal_cpu_boot(struct hal_cpu *cpu)
{
    if (!has_psci)
        return HELIX_E_CPU_START;
    barrier_shareable(); // what it reads first
    u64 error =
        psci(cpu_on, cpu->hardware_id, virt_to_phys((void *)hal_secondary_start).raw, (u64)cpu);
    if (error != 0) {
        log_warn("hal", "PSCI does not start CPU %u: error %ld", cpu->id, (long)error);
        return HELIX_E_CPU_START;
    }
    return hal_smp_wait(&cpu->started, LIFE_SIGN_NANOS) ? HELIX_OK : HELIX_E_CPU_START;
}

void hal_secondary_started(struct hal_cpu *cpu)
{
    system_write("vbar_el1", hal_vectors);
    system_write("ttbr0_el1", virt_to_phys(hal_empty_root).raw);
    barrier_instructions();
    hal_asid_drop_all_local();
    __asm__ volatile("msr daifclr, #4" : : : "memory");
    hal_features_enable();
    hal_gic_init_cpu(cpu);
    hal_smp_arrived(cpu);
}

[[noreturn]] void hal_power_off(void)
{
    hal_irq_disable();
    if (has_psci && has_system)
        psci(PSCI_SYSTEM_OFF, 0, 0, 0);
    hal_debug_exit(0);
    hal_cpu_halt();
}

[[noreturn]] void hal_reboot(void)
{
    hal_irq_disable();
    if (has_psci && has_system)
        psci(PSCI_SYSTEM_RESET, 0, 0, 0);
    hal_cpu_halt();
}

void hal_debug_exit(unsigned code)
{
    const u64 reason[2] = {HOST_STOPPED, code};
    hal_host_call(HOST_EXIT_EXTENDED, reason);
}

void hal_host_call_write(const char *text)
{
    hal_host_call(HOST_WRITE_TEXT, text);
}
