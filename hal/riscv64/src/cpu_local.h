/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/hal/mmu.h>
#include <helix/hal/thread.h>
#include <helix/hal/trap.h>
#include <helix/lib/compiler.h>

#include "layout.h"
#include "tlb.h"

/* What a CPU keeps for itself. tp points here in kernel mode. */
struct HELIX_ALIGNED(HELIX_CACHE_LINE) hal_cpu {
    struct hal_thread *current;
    u32 id;
    uintptr_t kernel_top;  // where traps from user mode start their stack
    uintptr_t kernel_low;  // the lowest address of the running thread's kernel stack
    uintptr_t fault_stack; // the top of the stack for when that one ran over
    uintptr_t saved_sp, saved_t0, saved_t1; // of the trap entry
    u32 claimed;                            // by this CPU when it starts, or by whoever gave it up
    u64 hardware_id;                        // its hart
    struct hal_space *space;                // whose tables are loaded; NULL: the kernel's
    u32 map_seen;  // how many changes of the kernel's map this CPU knows of
    u32 code_seen; // and of code
    bool started;  // set by the CPU itself when it runs in the kernel

    /* Written by other CPUs. */
    HELIX_ALIGNED(HELIX_CACHE_LINE) cpu_mask tlb_inbox; // who has a request for this CPU
    u32 ipi_pending;                                    // kinds of interrupt that were sent
    struct tlb_request tlb_request;
};

static_assert(offsetof(struct hal_cpu, current) == CPU_CURRENT && CPU_CURRENT == HAL_TP_CURRENT);
static_assert(offsetof(struct hal_cpu, id) == HAL_TP_CPU_ID);
static_assert(offsetof(struct hal_cpu, kernel_top) == CPU_KERNEL_TOP);
static_assert(offsetof(struct hal_cpu, kernel_low) == CPU_KERNEL_LOW);
static_assert(offsetof(struct hal_cpu, fault_stack) == CPU_FAULT_STACK);
static_assert(offsetof(struct hal_cpu, saved_sp) == CPU_SAVED_SP);
static_assert(offsetof(struct hal_cpu, saved_t0) == CPU_SAVED_T0);
static_assert(offsetof(struct hal_cpu, saved_t1) == CPU_SAVED_T1);
static_assert(offsetof(struct hal_cpu, claimed) == CPU_CLAIMED);
static_assert(offsetof(struct hal_thread, preempt) == THREAD_PREEMPT);
static_assert(offsetof(struct hal_thread, context.sp) == THREAD_CONTEXT_SP);
static_assert(offsetof(struct hal_thread, kernel_top) == THREAD_KERNEL_TOP);
static_assert(offsetof(struct hal_thread, landing) == THREAD_LANDING);

/* The running CPU's. Stable only while preemption or interrupts are off. */
static inline struct hal_cpu *cpu_local(void)
{
    struct hal_cpu *cpu;
    __asm__ volatile("mv %0, tp" : "=r"(cpu));
    return cpu;
}

extern struct hal_cpu *hal_cpus[HELIX_MAX_CPUS]; // NULL where there is none
