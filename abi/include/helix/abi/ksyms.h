/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/* One entry of marks[] for so many names; tools/ksyms writes the table with the same number. */
#define HELIX_KSYMS_STRIDE 32

/*
 * The functions of the kernel image, sorted by address; made by tools/ksyms after the first link
 * and empty in it. Function i starts at base + addresses[i] and reaches to the next one. Names lie
 * one after the other, each ended by a zero byte; that of function i is found by stepping (i %
 * HELIX_KSYMS_STRIDE) names on from marks[i / STRIDE].
 */
struct helix_ksyms {
    uintptr_t base;
    const u32 *addresses;
    const u32 *marks;
    const char *names;
    u32 count;
    u32 names_bytes;
};

extern const struct helix_ksyms helix_ksyms;
