/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal/trap.h>

#include "layout.h"

const bool hal_can_step = true;

/* The flag is the program's; it comes back with the frame. */
void hal_step(bool on)
{
    struct hal_frame *frame = hal_current_frame();
    frame->rflags = on ? frame->rflags | RFLAGS_TF : frame->rflags & ~(u64)RFLAGS_TF;
}
