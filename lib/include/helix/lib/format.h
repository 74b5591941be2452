/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <stdarg.h>

#include <helix/lib/compiler.h>

/*
 * Format into @to, at most @size bytes with the NUL, which is written whenever @size > 0.
 *
 * Knows:   %d %i %u %x %X %o %p %s %c %% with flags - 0 + space #, width and precision (also *),
 * and the lengths hh h l ll z t j. No floating point: such a directive is copied as it stands.
 * Returns: the length the whole text has; a result >= @size means truncated.
 */
size_t lib_format(char *to, size_t size, const char *format, ...) HELIX_PRINTF(3, 4);
size_t lib_format_args(char *to, size_t size, const char *format, va_list args) HELIX_PRINTF(3, 0);

/* The same, into a growing text: appends after @used, never past @size; returns the new length, at
 * most @size - 1. */
size_t lib_format_append(char *to, size_t size, size_t used, const char *format, ...)
    HELIX_PRINTF(4, 5);

/* The same, one span at a time to @put, which may be called many times. */
typedef void (*lib_format_put)(void *context, const char *text, size_t length);
size_t lib_format_to(lib_format_put put, void *context, const char *format, va_list args)
    HELIX_PRINTF(3, 0);
