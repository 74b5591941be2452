/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/hal/thread.h>

#define HAL_DAIF_IRQ (1ul << 7)

static inline unsigned hal_cpu_id(void)
{
    uintptr_t cpu;
    __asm__ volatile("mrs %0, tpidr_el1" : "=r"(cpu));
    return *(const volatile unsigned *)(cpu + HAL_CPU_ID);
}

static inline struct irq_key hal_irq_save(void)
{
    struct irq_key key;
    __asm__ volatile("mrs %0, daif; msr daifset, #3" : "=r"(key.raw) : : "memory");
    return key;
}

static inline bool hal_irq_enabled(void)
{
    unsigned long daif;
    __asm__ volatile("mrs %0, daif" : "=r"(daif) : : "memory");
    return (daif & HAL_DAIF_IRQ) == 0;
}

static inline void hal_irq_enable(void)
{
    __asm__ volatile("msr daifclr, #3" : : : "memory");
}

static inline void hal_irq_disable(void)
{
    __asm__ volatile("msr daifset, #3" : : : "memory");
}

static inline void hal_irq_restore(struct irq_key key)
{
    if (!(key.raw & HAL_DAIF_IRQ))
        hal_irq_enable();
}

static inline void hal_cpu_relax(void)
{
    __asm__ volatile("yield" : : : "memory");
}

static inline void hal_barrier_io(void)
{
    __asm__ volatile("dsb sy" : : : "memory");
}

/* wfi also ends for an interrupt that is masked; unmasked for a moment, it is taken. */
static inline void hal_cpu_idle(void)
{
    __asm__ volatile("dsb sy; wfi; msr daifclr, #3; isb; msr daifset, #3" : : : "memory");
}
