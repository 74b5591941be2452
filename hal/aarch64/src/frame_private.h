/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/hal/trap.h>

#include "layout.h"

static inline bool frame_irq_on(const struct hal_frame *frame)
{
    return (frame->pstate & PSTATE_IRQ_OFF) == 0;
}

/* Make a kernel @frame go on at @pc with @argument, interrupts off. */
static inline void frame_divert(struct hal_frame *frame, uintptr_t pc, uintptr_t argument)
{
    frame->pc = pc;
    frame->x[0] = argument;
    frame->pstate = PSTATE_KERNEL_OFF | (frame->pstate & PSTATE_PAN);
}

/* What a function keeps where its frame pointer points. */
struct frame_record {
    uintptr_t outer;
    uintptr_t pc;
};

static inline const struct frame_record *frame_record_at(uintptr_t fp)
{
    return (const struct frame_record *)fp;
}
