/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/hal/thread.h>

#define HAL_RFLAGS_IF (1ul << 9)

static inline unsigned hal_cpu_id(void)
{
    unsigned id;
    __asm__ volatile("movl %%gs:%c1, %0" : "=r"(id) : "i"(HAL_GS_CPU_ID));
    return id;
}

static inline struct irq_key hal_irq_save(void)
{
    struct irq_key key;
    __asm__ volatile("pushfq; popq %0; cli" : "=r"(key.raw) : : "memory");
    return key;
}

static inline bool hal_irq_enabled(void)
{
    unsigned long flags;
    __asm__ volatile("pushfq; popq %0" : "=r"(flags) : : "memory");
    return (flags & HAL_RFLAGS_IF) != 0;
}

static inline void hal_irq_enable(void)
{
    __asm__ volatile("sti" : : : "memory");
}

static inline void hal_irq_disable(void)
{
    __asm__ volatile("cli" : : : "memory");
}

static inline void hal_irq_restore(struct irq_key key)
{
    if (key.raw & HAL_RFLAGS_IF)
        hal_irq_enable();
}

static inline void hal_cpu_relax(void)
{
    __asm__ volatile("pause" : : : "memory");
}

static inline void hal_barrier_io(void)
{
    __asm__ volatile("mfence" : : : "memory");
}

/* sti takes effect after the next instruction, so nothing fits between it and hlt. */
static inline void hal_cpu_idle(void)
{
    __asm__ volatile("sti; hlt; cli" : : : "memory");
}
