/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/hal/cpu.h>

/* What hal/shared asks of the architecture beyond the public contract, and the other way round. */

/* Run hal_handlers.preempt() with interrupts off; they were on and come back on. */
void hal_preempt_now(void);

/* A kind of inter-processor interrupt beyond those of the contract: hal_tlb_serve(). */
#define HAL_IPI_TLB   (HAL_IPI_HALT + 1)
#define HAL_IPI_KINDS (HAL_IPI_TLB + 1)

/* The architecture's: interrupt @cpu, which then calls hal_ipi_arrived(@kind). */
struct hal_cpu;
void hal_ipi_raise(const struct hal_cpu *cpu, unsigned kind);
void hal_ipi_arrived(unsigned kind);

/* Around interrupt handlers: what the interrupted code holds does not bound what the handler may
 * take. */
#ifdef HELIX_LOCK_CHECK
unsigned hal_lock_check_enter(void);
void hal_lock_check_leave(unsigned state);
#else
static inline unsigned hal_lock_check_enter(void)
{
    return 0;
}

static inline void hal_lock_check_leave(unsigned state)
{
    (void)state;
}
#endif
