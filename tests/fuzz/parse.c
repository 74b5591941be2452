/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Any text is a command line and a number; what is found is found both ways. */
#include <stdlib.h>
#include <string.h>

#include <helix/lib/parse.h>

#include "fuzz.h"

static void parse_line(const char *line)
{
    const char *at = line;
    char word[64];
    char value_again[64];
    char *value;
    helix_status status;
    while ((status = parse_word_next(&at, word, sizeof word, &value)) != HELIX_E_NO_DATA) {
        if (status != HELIX_OK || word[0] == '\0' || strpbrk(word, " \t\n\v\f\r") != NULL)
            continue;
        if (parse_word_find(line, word, value_again, sizeof value_again) == HELIX_E_NOENT &&
            value == NULL && strchr(line, '"') == NULL)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t n)
{
    char *text = malloc(n + 1);
    if (text == NULL)
        return 0;
    memcpy(text, data, n);
    text[n] = '\0';
    u64 u;
    i64 i;
    bool b;
    helix_ignore(parse_u64(text, &u));
    helix_ignore(parse_i64(text, &i));
    helix_ignore(parse_size(text, &u));
    helix_ignore(parse_bool(text, &b));
    parse_line(text);
    free(text);
    return 0;
}
