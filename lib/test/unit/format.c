/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <helix/lib/format.h>
#include <helix/lib/test.h>

/* Both printers, same arguments: text and length must agree. */
#define AGREES(t, ...)                                          \
    do {                                                        \
        char ours[128];                                         \
        char theirs[128];                                       \
        size_t n = lib_format(ours, sizeof ours, __VA_ARGS__);  \
        int m = snprintf(theirs, sizeof theirs, __VA_ARGS__);   \
        EXPECT(t, n == (size_t)m && strcmp(ours, theirs) == 0); \
    } while (0)

HELIX_TEST(format, agrees_with_the_c_library)
{
    AGREES(t, "%d %i %u", -5, INT_MIN, UINT_MAX);
    AGREES(t, "%5d|%-5d|%05d|%+d|% d", 42, 42, -42, 42, 42);
    AGREES(t, "%x %X %#x %#X %08x %#010x", 0xbeefu, 0xbeefu, 0xbeefu, 0xbeefu, 0xbeefu, 0xbeefu);
    AGREES(t, "%lu %llu %ld %lld", ULONG_MAX, ULLONG_MAX, LONG_MIN, LLONG_MIN);
    AGREES(t, "%zu %zx %td", (size_t)7, SIZE_MAX, (ptrdiff_t)-3);
    AGREES(t, "%hhu %hu %hd", (unsigned char)200, (unsigned short)60000, (short)-9);
    AGREES(t, "[%s] [%10s] [%-10s] [%.2s] [%*s]", "abc", "abc", "abc", "abc", 6, "abc");
    AGREES(t, "%c%c%%", 'a', 'b');
    AGREES(t, "%.5d %.0d %8.3d %-8.3d|", 42, 0, 7, 7);
    AGREES(t, "%o %#o", 8u, 8u);
    AGREES(t, "%p", (void *)0x1234);
    AGREES(t, "%*d|%-*d|", -6, 1, 6, 1);
}

HELIX_TEST(format, never_overflows_and_reports_the_whole_length)
{
    char to[8];
    memset(to, '#', sizeof to);
    EXPECT(t, lib_format(to, 4, "%s", "abcdef") == 6);
    EXPECT(t, strcmp(to, "abc") == 0 && to[4] == '#');
    EXPECT(t, lib_format(to, 0, "%s", "abcdef") == 6 && to[0] == 'a');
    EXPECT(t, lib_format(NULL, 0, "%100d", 1) == 100);
}

HELIX_TEST(format, bounds_hostile_widths)
{
    char to[4];
    EXPECT(t, lib_format(to, sizeof to, "%*d", INT_MIN, 1) == 65535);
    EXPECT(t, lib_format(to, sizeof to, "%*d", INT_MAX, 1) == 65535);
}

HELIX_TEST(format, appends_until_full)
{
    char to[8];
    size_t used = lib_format_append(to, sizeof to, 0, "%d,", 12);
    used = lib_format_append(to, sizeof to, used, "%d,", 345);
    EXPECT(t, used == 7 && strcmp(to, "12,345,") == 0);
    used = lib_format_append(to, sizeof to, used, "x");
    EXPECT(t, used == 7);
}
