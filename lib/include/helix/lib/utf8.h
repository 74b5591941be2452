/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/lib/compiler.h>

/* True for the bytes of UTF-8 that continue a character. */
static inline bool utf8_is_continuation(char c)
{
    return ((u8)c & 0xc0) == 0x80;
}

/*
 * Read one character at @text, which has @n bytes.
 *
 * Returns: how many bytes it takes; 0 when they are no complete, shortest-form character
 * (surrogates are refused).
 */
size_t utf8_decode(const char *text, size_t n, u32 *character_out);
