/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

/* What hal/shared asks of the architecture beyond the public contract, and the other way round. */

/* Run hal_handlers.preempt() with interrupts off; they were on and come back on. */
void hal_preempt_now(void);

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
