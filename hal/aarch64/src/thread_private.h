/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include "cpu_local.h"
#include "machine.h"
#include "step.h"

/* What hal_switch_stacks() finds on the stack of a thread that has never run. */
struct first_frame {
    uintptr_t x19, x20, x21, x22, x23, x24, x25, x26, x27, x28, x29, x30;
};

void hal_thread_start(void);

static inline void thread_first_context(struct hal_thread *thread, uintptr_t top, uintptr_t entry,
                                        uintptr_t argument)
{
    struct first_frame *frame = (struct first_frame *)top - 1;
    *frame = (struct first_frame){
        .x19 = entry,
        .x20 = argument,
        .x30 = (uintptr_t)hal_thread_start,
    };
    thread->context.sp = (uintptr_t)frame;
}

/* Programs change TPIDR_EL0 themselves. */
static inline void thread_tls_save(struct hal_thread *thread)
{
    thread->user_tls = system_read("tpidr_el0");
    if (unlikely(READ_ONCE(thread->work) & HAL_WORK_STEP))
        hal_step_disarm();
}

static inline void thread_tls_load(const struct hal_thread *thread)
{
    system_write("tpidr_el0", thread->user_tls);
}

/* @cpu is the running one, or has not started. */
static inline void thread_cpu_take(struct hal_cpu *cpu, struct hal_thread *thread)
{
    cpu->current = thread;
    if (cpu == cpu_local())
        system_write("sp_el0", thread);
}
