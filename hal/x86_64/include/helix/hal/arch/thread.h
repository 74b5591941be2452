/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

/* Offsets in struct hal_cpu, which GS points to in kernel mode. hal/x86_64/src/cpu_local.h checks
 * them. */
#define HAL_GS_CURRENT 0
#define HAL_GS_CPU_ID  8

/* Constant for the running thread, so the compiler may keep it in a register. */
static inline struct hal_thread *hal_current(void)
{
    struct hal_thread *thread;
    __asm__("movq %%gs:%c1, %0" : "=r"(thread) : "i"(HAL_GS_CURRENT));
    return thread;
}
