/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/* Big-endian numbers byte by byte: a tree need not be aligned, and early code may run without an
 * MMU, where some machines refuse unaligned words. */
static inline u32 fdt_big32(const void *from)
{
    const u8 *b = from;
    return (u32)b[0] << 24 | (u32)b[1] << 16 | (u32)b[2] << 8 | b[3];
}

static inline u64 fdt_big64(const void *from)
{
    return (u64)fdt_big32(from) << 32 | fdt_big32((const u8 *)from + 4);
}
