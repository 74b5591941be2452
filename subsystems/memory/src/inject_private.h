/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>
#include <helix/lib/compiler.h>

#pragma GCC visibility push(hidden) // names of memory's own

extern u32 inject_armed; // 0 in normal running: nothing below is looked at

bool inject_hit(uintptr_t site);

/* Is this allocation to fail on purpose? */
static inline bool inject_should_fail(uintptr_t site)
{
    return unlikely(inject_armed != 0) && inject_hit(site);
}

#pragma GCC visibility pop
