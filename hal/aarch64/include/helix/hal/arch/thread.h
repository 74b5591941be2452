/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

/* Offset in struct hal_cpu, which TPIDR_EL1 points to; hal/aarch64/src/cpu_local.h checks it. */
#define HAL_CPU_ID 8

/*
 * SP_EL0 holds the running thread in kernel mode: one instruction, so that preemption cannot come
 * between finding the CPU and reading what it runs. Constant for the running thread.
 */
static inline struct hal_thread *hal_current(void)
{
    struct hal_thread *thread;
    __asm__("mrs %0, sp_el0" : "=r"(thread));
    return thread;
}
