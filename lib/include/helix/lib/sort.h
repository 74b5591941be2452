/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/lib/compiler.h>

/* Negative, zero or positive as @a comes before, at or after @b. */
typedef int (*lib_compare)(const void *a, const void *b, void *context);

/* Sort @n elements of @size bytes in place: a heap sort, so bounded time, no recursion, no memory;
 * equal ones may change order. */
void lib_sort(void *base, size_t n, size_t size, lib_compare compare, void *context);
