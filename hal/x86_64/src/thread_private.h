/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include "cpu_local.h"
#include "features.h"
#include "machine.h"

/* What hal_switch_stacks() finds on the stack of a thread that has never run. */
struct first_frame {
    uintptr_t r15, r14, r13, r12, rbx, rbp;
    uintptr_t pc;
    uintptr_t end; // a zero return address ends backtraces
};

void hal_thread_start(void);

static inline void thread_first_context(struct hal_thread *thread, uintptr_t top, uintptr_t entry,
                                        uintptr_t argument)
{
    struct first_frame *frame = (struct first_frame *)top - 1;
    *frame = (struct first_frame){
        .r12 = entry,
        .r13 = argument,
        .pc = (uintptr_t)hal_thread_start,
    };
    thread->context.sp = (uintptr_t)frame;
}

static inline uintptr_t fs_base_read(void)
{
    uintptr_t base;
    __asm__ volatile("rdfsbase %0" : "=r"(base));
    return base;
}

static inline void fs_base_write(uintptr_t base)
{
    __asm__ volatile("wrfsbase %0" : : "r"(base));
}

/* With FSGSBASE the program changes its bases itself; without it only hal_thread_set_tls() does. */
static inline void thread_tls_save(struct hal_thread *thread)
{
    if (!hal_features.fsgsbase)
        return;
    thread->user_tls = fs_base_read();
    thread->user_tls2 = msr_read(MSR_KERNEL_GS_BASE);
}

static inline void thread_tls_load(const struct hal_thread *thread)
{
    if (hal_features.fsgsbase)
        fs_base_write(thread->user_tls);
    else
        msr_write(MSR_FS_BASE, thread->user_tls);
    msr_write(MSR_KERNEL_GS_BASE, thread->user_tls2);
}

static inline void thread_cpu_take(struct hal_cpu *cpu, struct hal_thread *thread)
{
    cpu->current = thread;
    cpu->kernel_top = thread->kernel_top;
    cpu->tss.stack[0] = thread->kernel_top;
}
