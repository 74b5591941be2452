/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/hal/mmu.h>
#include <helix/hal/thread.h>
#include <helix/hal/trap.h>
#include <helix/lib/compiler.h>

#include "layout.h"
#include "tlb.h"

/* What a CPU keeps for itself. TPIDR_EL1 points here. */
struct HELIX_ALIGNED(HELIX_CACHE_LINE) hal_cpu {
    struct hal_thread *current;
    u32 id;
    uintptr_t fault_stack;   // top of the stack for kernel stacks that ran over
    struct hal_space *space; // whose tables are loaded; NULL: the kernel's
    u64 hardware_id;         // affinity, as MPIDR_EL1 has it
    volatile u8 *gic_frame;  // its redistributor, GICv3
    bool started;            // set by the CPU itself when it runs in the kernel

    /* Written by other CPUs. */
    HELIX_ALIGNED(HELIX_CACHE_LINE) cpu_mask tlb_inbox; // who has a request for this CPU
    struct tlb_request tlb_request;
};

static_assert(offsetof(struct hal_cpu, current) == CPU_CURRENT);
static_assert(offsetof(struct hal_cpu, id) == HAL_CPU_ID);
static_assert(offsetof(struct hal_cpu, fault_stack) == CPU_FAULT_STACK);
static_assert(offsetof(struct hal_thread, preempt) == THREAD_PREEMPT);
static_assert(offsetof(struct hal_thread, work) == THREAD_WORK);
static_assert(offsetof(struct hal_thread, context.sp) == THREAD_CONTEXT_SP);
static_assert(offsetof(struct hal_thread, kernel_stack) == THREAD_KERNEL_STACK);
static_assert(offsetof(struct hal_thread, kernel_top) == THREAD_KERNEL_TOP);
static_assert(offsetof(struct hal_thread, landing) == THREAD_LANDING);

/* The running CPU's. Stable only while preemption or interrupts are off. */
static inline struct hal_cpu *cpu_local(void)
{
    struct hal_cpu *cpu;
    __asm__ volatile("mrs %0, tpidr_el1" : "=r"(cpu));
    return cpu;
}

extern struct hal_cpu *hal_cpus[HELIX_MAX_CPUS]; // NULL where there is none
extern struct hal_thread hal_boot_thread;
