/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/hal/mmu.h>
#include <helix/hal/thread.h>
#include <helix/hal/trap.h>
#include <helix/lib/compiler.h>

#include "layout.h"
#include "tlb.h"

struct HELIX_PACKED tss {
    u32 reserved0;
    u64 stack[3];
    u64 reserved1;
    u64 ist[7];
    u64 reserved2;
    u16 reserved3;
    u16 io_map;
};

/* What a CPU keeps for itself. GS points here in kernel mode. */
struct HELIX_ALIGNED(HELIX_CACHE_LINE) hal_cpu {
    struct hal_thread *current;
    u32 id;
    uintptr_t kernel_top; // where system calls start their stack
    uintptr_t user_sp;    // scratch of the system-call entry
    struct hal_cpu *self;
    u64 hardware_id;         // of its local APIC
    struct hal_space *space; // whose tables are loaded; NULL: the kernel's
    struct tss tss;
    u64 gdt[SEGMENT_COUNT];
    bool started; // set by the CPU itself when it runs in the kernel

    /* Written by other CPUs. */
    HELIX_ALIGNED(HELIX_CACHE_LINE) cpu_mask tlb_inbox; // who has a request for this CPU
    struct tlb_request tlb_request;
};

static_assert(offsetof(struct hal_cpu, current) == CPU_CURRENT && CPU_CURRENT == HAL_GS_CURRENT);
static_assert(offsetof(struct hal_cpu, id) == HAL_GS_CPU_ID);
static_assert(offsetof(struct hal_cpu, kernel_top) == CPU_KERNEL_TOP);
static_assert(offsetof(struct hal_cpu, user_sp) == CPU_USER_SP);
static_assert(offsetof(struct hal_thread, preempt) == THREAD_PREEMPT);
static_assert(offsetof(struct hal_thread, work) == THREAD_WORK);
static_assert(offsetof(struct hal_thread, context.sp) == THREAD_CONTEXT_SP);
static_assert(offsetof(struct hal_thread, landing) == THREAD_LANDING);

/* The running CPU's. Stable only while preemption or interrupts are off. */
static inline struct hal_cpu *cpu_local(void)
{
    struct hal_cpu *cpu;
    __asm__ volatile("movq %%gs:%c1, %0" : "=r"(cpu) : "i"(offsetof(struct hal_cpu, self)));
    return cpu;
}

extern struct hal_cpu *hal_cpus[HELIX_MAX_CPUS]; // NULL where there is none
extern struct hal_thread hal_boot_thread;

void hal_cpu_local_init_boot(void);

/* Give @cpu its GDT, TSS and stacks for faults, whose tops are @ist. */
void hal_gdt_fill(struct hal_cpu *cpu, const uintptr_t ist[IST_COUNT]);
void hal_gdt_load(struct hal_cpu *cpu);
void hal_idt_fill(void);
void hal_idt_load(void);
