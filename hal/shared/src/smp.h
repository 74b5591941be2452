/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/hal/cpu.h>

/*
 * The areas of other CPUs: windows of kernel addresses, each with FAULT_STACKS stacks for faults
 * that may not trust the current one, a hole below each, and above them the CPU's struct hal_cpu.
 * The architecture's layout.h has SMP_WINDOW_BASE, FAULT_STACKS and FAULT_STACK_BYTES.
 */
struct hal_cpu;

/* Make an area for the CPU that the machine calls @hardware_id. Errors: HELIX_E_NOMEM;
 * HELIX_E_LIMIT more than HELIX_MAX_CPUS. */
helix_status hal_smp_add(u64 hardware_id);

/* Wait up to @span, or until @started gets set; whether it is. */
bool hal_smp_wait(const bool *started, nanos span);

/* The running CPU is set up: count it online and hand it to the upper layers. */
[[noreturn]] void hal_smp_arrived(struct hal_cpu *cpu);

/* The running CPU stops for good: nobody shall wait for its answers any more. Interrupts off. */
void hal_smp_leave(void);

/*
 * The architecture's. cpu_prepare() fills what is its own of a new area, @stacks being the tops;
 * cpu_boot() makes the CPU run on cpu->current's stack and waits until it has arrived.
 */
void hal_cpu_prepare(struct hal_cpu *cpu, const uintptr_t stacks[]);
helix_status hal_cpu_boot(struct hal_cpu *cpu);
