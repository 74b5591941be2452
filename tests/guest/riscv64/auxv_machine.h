/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define MACHINE_PLATFORM NULL
#define LETTER(letter)   (1ul << ((letter) - 'a'))

/* Of the extensions with a letter those that every general-purpose program counts on. */
static inline bool machine_is(unsigned long capabilities, unsigned long more)
{
    const unsigned long general =
        LETTER('i') | LETTER('m') | LETTER('a') | LETTER('f') | LETTER('d') | LETTER('c');
    (void)more;
    return (capabilities & general) == general && capabilities < 2 * LETTER('z');
}
