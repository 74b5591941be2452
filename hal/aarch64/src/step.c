/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * One instruction at a time. PSTATE.SS says that the next instruction may still run, and the CPU
 * clears it when that has happened; MDSCR_EL1.SS, which is the CPU's and not the thread's, makes
 * the CPU look at it. So MDSCR_EL1.SS is set on the way to the program of a thread that is stepped,
 * and cleared when that thread leaves the CPU.
 */
#include "step.h"

#include <helix/hal/trap.h>
#include <helix/lib/atomic.h>

#define PSTATE_STEP (1ul << 21)

const bool hal_can_step = true;

void hal_step(bool on)
{
    struct hal_frame *frame = hal_current_frame();
    struct hal_thread *thread = hal_current();
    if (on) {
        frame->pstate |= PSTATE_STEP;
        atomic_fetch_or_relaxed(&thread->work, (unsigned)HAL_WORK_STEP);
        return;
    }
    frame->pstate &= ~PSTATE_STEP;
    // Preempted in between, the switch clears the CPU's bit.
    hal_step_disarm();
    atomic_fetch_and_relaxed(&thread->work, ~(unsigned)HAL_WORK_STEP);
}
