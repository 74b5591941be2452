/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/utf8.h>

static size_t length_of(u8 lead)
{
    if (lead < 0x80)
        return 1;
    if (lead >= 0xc2 && lead <= 0xdf)
        return 2;
    if ((lead & 0xf0) == 0xe0)
        return 3;
    return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

size_t utf8_decode(const char *text, size_t n, u32 *character_out)
{
    static const u32 least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = n > 0 ? length_of((u8)text[0]) : 0;
    if (length == 0 || length > n)
        return 0;
    u32 c = length == 1 ? (u8)text[0] : (u8)text[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if (!utf8_is_continuation(text[i]))
            return 0;
        c = c << 6 | ((u8)text[i] & 0x3f);
    }
    if (c < least[length] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *character_out = c;
    return length;
}
