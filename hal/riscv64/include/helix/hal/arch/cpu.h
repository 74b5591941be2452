/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/hal/thread.h>

#define HAL_SSTATUS_SIE 0x2ul

static inline unsigned hal_cpu_id(void)
{
    unsigned id;
    __asm__ volatile("lw %0, %1(tp)" : "=r"(id) : "i"(HAL_TP_CPU_ID));
    return id;
}

static inline struct irq_key hal_irq_save(void)
{
    struct irq_key key;
    __asm__ volatile("csrrci %0, sstatus, %1" : "=r"(key.raw) : "i"(HAL_SSTATUS_SIE) : "memory");
    return key;
}

static inline bool hal_irq_enabled(void)
{
    unsigned long status;
    __asm__ volatile("csrr %0, sstatus" : "=r"(status) : : "memory");
    return (status & HAL_SSTATUS_SIE) != 0;
}

static inline void hal_irq_enable(void)
{
    __asm__ volatile("csrsi sstatus, %0" : : "i"(HAL_SSTATUS_SIE) : "memory");
}

static inline void hal_irq_disable(void)
{
    __asm__ volatile("csrci sstatus, %0" : : "i"(HAL_SSTATUS_SIE) : "memory");
}

static inline void hal_irq_restore(struct irq_key key)
{
    if (key.raw & HAL_SSTATUS_SIE)
        hal_irq_enable();
}

/* `pause` by its number: a hint that CPUs without it ignore. */
static inline void hal_cpu_relax(void)
{
    __asm__ volatile(".insn i 0x0f, 0, x0, x0, 0x010" : : : "memory");
}

static inline void hal_barrier_io(void)
{
    __asm__ volatile("fence iorw, iorw" : : : "memory");
}

/* wfi ends when an interrupt is pending, also while interrupts are off. */
static inline void hal_cpu_idle(void)
{
    __asm__ volatile("wfi; csrsi sstatus, %0; csrci sstatus, %0"
                     :
                     : "i"(HAL_SSTATUS_SIE)
                     : "memory");
}
