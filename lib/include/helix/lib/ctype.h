/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/lib/compiler.h>

/* Characters of ASCII; nothing depends on a locale. */
static inline bool char_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool char_is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static inline bool char_is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static inline bool char_is_alpha(char c)
{
    return char_is_lower(c) || char_is_upper(c);
}

static inline bool char_is_alnum(char c)
{
    return char_is_alpha(c) || char_is_digit(c);
}

/* May stand in a name: a letter, a digit or _. */
static inline bool char_is_word(char c)
{
    return char_is_alnum(c) || c == '_';
}

static inline bool char_is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline bool char_is_print(char c)
{
    return c >= ' ' && c <= '~';
}

static inline char char_to_lower(char c)
{
    return char_is_upper(c) ? (char)(c + ('a' - 'A')) : c;
}

static inline char char_to_upper(char c)
{
    return char_is_lower(c) ? (char)(c - ('a' - 'A')) : c;
}

/* The value of a digit up to base 36; 99 for any other character. */
static inline unsigned char_digit_value(char c)
{
    if (char_is_digit(c))
        return (unsigned)(c - '0');
    if (char_is_alpha(c))
        return (unsigned)(char_to_lower(c) - 'a') + 10;
    return 99;
}
