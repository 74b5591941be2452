/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal/trap.h>

/* There is no such thing; debuggers put breakpoints behind the instruction. */
const bool hal_can_step = false;

void hal_step(bool on)
{
    (void)on;
}
