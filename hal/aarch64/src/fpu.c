/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal/fpu.h>

#include <helix/lib/string.h>

/* Control and status words, padding, 32 registers of 16 bytes; thread_switch.S saves and loads
 * them. */
#define STATE_BYTES (16 + 32 * 16)

size_t hal_fpu_state_size(void)
{
    return STATE_BYTES;
}

void hal_fpu_init_state(void *fpu)
{
    memset(fpu, 0, STATE_BYTES);
}

/* Reserved bits of the control words are ignored, so nothing there can fault. */
bool hal_fpu_validate(void *fpu)
{
    (void)fpu;
    return true;
}
