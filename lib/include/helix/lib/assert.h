/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/lib/compiler.h>

/*
 * Stop the kernel (the host process: abort) with a message. For our own bugs and for what cannot be
 * survived, never for input. Defined in core for the kernel, in lib/src/host for the host.
 */
[[noreturn]] void helix_panic_at(const char *file, int line, const char *format, ...)
    HELIX_PRINTF(3, 4) HELIX_COLD;

#define helix_panic(...) helix_panic_at(__FILE__, __LINE__, __VA_ARGS__)

/* A statement about our own code that holds always, checked in every build. */
#define helix_assert(condition)                              \
    do {                                                     \
        if (unlikely(!(condition)))                          \
            helix_panic("assertion failed: %s", #condition); \
    } while (0)

/* The same, too costly for release builds: checked where HELIX_DEBUG is defined. */
#ifdef HELIX_DEBUG
#define helix_debug_assert(condition) helix_assert(condition)
#else
#define helix_debug_assert(condition) ((void)sizeof(!(condition)))
#endif

#define helix_unreachable() helix_panic("unreachable code reached")
