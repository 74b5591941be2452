/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

/* Set by the test for each of its threads. */
extern _Thread_local unsigned hal_host_cpu;
extern _Thread_local bool hal_host_irq_on;

void hal_host_yield(void);

static inline unsigned hal_cpu_id(void)
{
    return hal_host_cpu;
}

static inline struct irq_key hal_irq_save(void)
{
    struct irq_key key = {hal_host_irq_on};
    hal_host_irq_on = false;
    return key;
}

static inline void hal_irq_restore(struct irq_key key)
{
    hal_host_irq_on = key.raw != 0;
}

static inline bool hal_irq_enabled(void)
{
    return hal_host_irq_on;
}

static inline void hal_irq_enable(void)
{
    hal_host_irq_on = true;
}

static inline void hal_irq_disable(void)
{
    hal_host_irq_on = false;
}

static inline void hal_cpu_relax(void)
{
    hal_host_yield();
}

static inline void hal_barrier_io(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline void hal_cpu_idle(void)
{
    hal_host_yield();
}
