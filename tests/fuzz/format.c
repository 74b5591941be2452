/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Any text without %s and %n is a format; enough arguments are there for any. The result must fit
 * its buffer, and its length must not depend on the buffer's size.
 */
#include <stdlib.h>
#include <string.h>

#include <helix/lib/format.h>

#include "fuzz.h"

/* The last directive's letter decides; a string argument would need one in the right place. */
static void defuse(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == 's')
            *text = 'd';
    }
}

#pragma clang diagnostic ignored "-Wformat-nonliteral"
#pragma clang diagnostic ignored "-Wformat-security"

static size_t format(char *to, size_t size, const char *text)
{
    return lib_format(to, size, text, 1ul, ~0ul, 3ul, 1ul << 63, 5ul, 6ul, 7ul, 8ul, 9ul, 10ul,
                      11ul, 12ul, 13ul, 14ul, 15ul, 16ul);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t n)
{
    char text[17];
    char small[8];
    static char large[4096];
    // A directive takes at most three arguments and two characters: 16 are enough.
    n = n < 10 ? n : 10;
    memcpy(text, data, n);
    text[n] = '\0';
    defuse(text);
    memset(small, '#', sizeof small);
    size_t a = format(small, sizeof small - 1, text);
    size_t b = format(large, sizeof large, text);
    if (a != b || small[7] != '#' || memchr(small, '\0', 7) == NULL)
        abort();
    return 0;
}
