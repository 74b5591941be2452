/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

/* Offsets in struct hal_cpu, which tp points to in kernel mode. hal/riscv64/src/cpu_local.h checks
 * them. One load each, so a thread that moves to another CPU never sees half of two. */
#define HAL_TP_CURRENT 0
#define HAL_TP_CPU_ID  8

/* Constant for the running thread, so the compiler may keep it in a register. */
static inline struct hal_thread *hal_current(void)
{
    struct hal_thread *thread;
    __asm__("ld %0, %1(tp)" : "=r"(thread) : "i"(HAL_TP_CURRENT));
    return thread;
}
