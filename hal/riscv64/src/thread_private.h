/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include "cpu_local.h"
#include "mmu.h"

/* What hal_switch_stacks() finds on the stack of a thread that has never run. */
struct first_frame {
    uintptr_t ra, s0, s1, s2;
    uintptr_t others[9];
    uintptr_t pad;
};

void hal_thread_start(void);

static inline void thread_first_context(struct hal_thread *thread, uintptr_t top, uintptr_t entry,
                                        uintptr_t argument)
{
    struct first_frame *frame = (struct first_frame *)top - 1;
    *frame = (struct first_frame){.ra = (uintptr_t)hal_thread_start, .s1 = entry, .s2 = argument};
    thread->context.sp = (uintptr_t)frame;
}

/* The program's tp: in the frame that it entered the kernel with. */
static inline struct hal_frame *thread_user_frame(const struct hal_thread *thread)
{
    return (struct hal_frame *)thread->kernel_top - 1;
}

static inline void thread_tls_save(struct hal_thread *thread)
{
    thread->user_tls = thread_user_frame(thread)->tp;
}

static inline void thread_tls_load(const struct hal_thread *thread)
{
    thread_user_frame(thread)->tp = thread->user_tls;
}

static inline void thread_cpu_take(struct hal_cpu *cpu, struct hal_thread *thread)
{
    cpu->current = thread;
    cpu->kernel_top = thread->kernel_top;
    cpu->kernel_low = thread->kernel_stack;
    if (cpu == cpu_local())
        hal_mmu_catch_up();
}
