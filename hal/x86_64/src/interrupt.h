/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

#include "layout.h"

/* Device lines take the vectors from VECTOR_DEVICE_FIRST to VECTOR_DEVICE_END but the one of int
 * 0x80. */
#define INTERRUPT_LINES (VECTOR_DEVICE_END - VECTOR_DEVICE_FIRST - 1)

static inline u8 interrupt_vector_of_line(unsigned line)
{
    unsigned vector = VECTOR_DEVICE_FIRST + line;
    return (u8)(vector < VECTOR_SYSCALL ? vector : vector + 1);
}

/* Everything on vectors that are not exceptions. */
void hal_interrupt_dispatch(unsigned vector);
