/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/linux.h>

/* open(2)'s flags between programs and the kernel, either way: here O_DIRECTORY and O_NOFOLLOW have
 * the numbers that O_DIRECT and O_LARGEFILE have elsewhere, and the other way round. */
static inline u32 open_flags_exchange(u32 flags)
{
    const u32 low = LINUX_O_DIRECT | LINUX_O_LARGEFILE, high = LINUX_O_DIRECTORY | LINUX_O_NOFOLLOW;
    return (flags & ~(low | high)) | (flags & low) << 2 | (flags & high) >> 2;
}
