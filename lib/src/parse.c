/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/ctype.h>
#include <helix/lib/parse.h>
#include <helix/lib/string.h>

static helix_status parse_digits(const char *text, unsigned base, u64 *value_out)
{
    u64 value = 0;
    if (*text == '\0')
        return HELIX_E_INVAL;
    for (; *text != '\0'; text++) {
        unsigned digit = char_digit_value(*text);
        if (digit >= base)
            return HELIX_E_INVAL;
        if (mul_overflows(value, (u64)base, &value) || add_overflows(value, (u64)digit, &value))
            return HELIX_E_RANGE;
    }
    *value_out = value;
    return HELIX_OK;
}

static unsigned base_of(const char *text)
{
    if (text[0] != '0')
        return 10;
    switch (text[1]) {
    case 'x':
    case 'X':
        return 16;
    case 'o':
        return 8;
    case 'b':
        return 2;
    default:
        return 10;
    }
}

helix_status parse_u64(const char *text, u64 *value_out)
{
    unsigned base = base_of(text);
    return parse_digits(base == 10 ? text : text + 2, base, value_out);
}

helix_status parse_i64(const char *text, i64 *value_out)
{
    bool negative = *text == '-';
    if (*text == '-' || *text == '+')
        text++;
    u64 magnitude;
    helix_status status = parse_u64(text, &magnitude);
    if (status != HELIX_OK)
        return status;
    u64 limit = (u64)INT64_MAX + (negative ? 1 : 0);
    if (magnitude > limit)
        return HELIX_E_RANGE;
    *value_out = (i64)(negative ? 0 - magnitude : magnitude);
    return HELIX_OK;
}

static unsigned unit_shift(char unit)
{
    switch (char_to_lower(unit)) {
    case 'k':
        return 10;
    case 'm':
        return 20;
    case 'g':
        return 30;
    case 't':
        return 40;
    default:
        return 0;
    }
}

helix_status parse_size(const char *text, u64 *bytes_out)
{
    char number[32];
    size_t n = strnlen(text, sizeof number);
    if (n == 0 || n >= sizeof number)
        return HELIX_E_INVAL;
    memcpy(number, text, n + 1);
    unsigned shift = unit_shift(number[n - 1]);
    if (shift != 0)
        number[n - 1] = '\0';
    u64 value;
    helix_status status = parse_u64(number, &value);
    if (status != HELIX_OK)
        return status;
    if (value > UINT64_MAX >> shift)
        return HELIX_E_RANGE;
    *bytes_out = value << shift;
    return HELIX_OK;
}

helix_status parse_hex_field(const char *text, size_t digits, u32 *value_out)
{
    u32 value = 0;
    for (size_t i = 0; i < digits; i++) {
        unsigned digit = char_digit_value(text[i]);
        if (digit >= 16)
            return HELIX_E_INVAL;
        if (value >> 28 != 0)
            return HELIX_E_RANGE;
        value = value << 4 | digit;
    }
    *value_out = value;
    return HELIX_OK;
}

helix_status parse_bool(const char *text, bool *value_out)
{
    static const char *const words[] = {"no", "yes", "off", "on", "false", "true", "0", "1"};
    for (unsigned i = 0; i < array_count(words); i++) {
        if (strcmp(text, words[i]) == 0) {
            *value_out = i % 2 != 0;
            return HELIX_OK;
        }
    }
    return HELIX_E_INVAL;
}

helix_status parse_word_next(const char **cursor, char *to, size_t size, char **value_out)
{
    const char *at = *cursor;
    while (char_is_space(*at))
        at++;
    if (*at == '\0') {
        *cursor = at;
        return HELIX_E_NO_DATA;
    }
    bool quoted = false;
    size_t used = 0;
    char *value = NULL;
    for (; *at != '\0' && (quoted || !char_is_space(*at)); at++) {
        if (*at == '"') {
            quoted = !quoted;
            continue;
        }
        bool cut = *at == '=' && value == NULL;
        if (used < size)
            to[used] = cut ? '\0' : *at;
        used++;
        if (cut)
            value = to + used;
    }
    *cursor = at;
    if (quoted)
        return HELIX_E_INVAL;
    if (used >= size)
        return HELIX_E_TOO_BIG;
    to[used] = '\0';
    *value_out = value;
    return HELIX_OK;
}

/* The length of @word when quotes are dropped and it is @key, alone or before '='; the rest is left
 * to parse_word_next(). */
static bool word_is(const char *at, const char *key)
{
    size_t n = strlen(key);
    while (*at == '"')
        at++;
    return strncmp(at, key, n) == 0 &&
           (at[n] == '=' || at[n] == '"' || at[n] == '\0' || char_is_space(at[n]));
}

static const char *skip_word(const char *at)
{
    bool quoted = false;
    for (; *at != '\0' && (quoted || !char_is_space(*at)); at++)
        quoted ^= *at == '"';
    return at;
}

/* Copy the word at @at, without quotes, from its first '=' on. */
static helix_status copy_value(const char *at, char *to, size_t size)
{
    const char *end = skip_word(at);
    size_t used = 0;
    bool in_value = false;
    for (; at != end; at++) {
        if (*at == '"')
            continue;
        if (!in_value) {
            in_value = *at == '=';
            continue;
        }
        if (used + 1 >= size)
            return HELIX_E_TOO_BIG;
        to[used++] = *at;
    }
    if (used >= size)
        return HELIX_E_TOO_BIG;
    to[used] = '\0';
    return HELIX_OK;
}

helix_status parse_word_find(const char *line, const char *key, char *to, size_t size)
{
    const char *found = NULL;
    for (const char *at = line; *at != '\0';) {
        if (char_is_space(*at)) {
            at++;
            continue;
        }
        if (word_is(at, key))
            found = at;
        at = skip_word(at);
    }
    return found != NULL ? copy_value(found, to, size) : HELIX_E_NOENT;
}
