/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/hal/trap.h>

#include "layout.h"

static inline bool frame_irq_on(const struct hal_frame *frame)
{
    return (frame->status & SSTATUS_SPIE) != 0;
}

/* Make a kernel @frame go on at @pc with @argument, interrupts off. */
static inline void frame_divert(struct hal_frame *frame, uintptr_t pc, uintptr_t argument)
{
    frame->pc = pc;
    frame->a0 = argument;
    frame->status &= ~(u64)(SSTATUS_SPIE | SSTATUS_SUM);
}

/* What a function keeps below the address in its frame pointer. */
struct frame_record {
    uintptr_t outer;
    uintptr_t pc;
};

static inline const struct frame_record *frame_record_at(uintptr_t fp)
{
    return (const struct frame_record *)fp - 1;
}
