/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/* open(2)'s flags between programs and the kernel, either way: the same numbers here. */
static inline u32 open_flags_exchange(u32 flags)
{
    return flags;
}
