/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The kernel's own memory and string functions against the C library's. The library's keep their
 * names; ours are compiled into this file under others.
 */
#define memcpy  our_memcpy
#define memmove our_memmove
#define memset  our_memset
#define memcmp  our_memcmp
#define memchr  our_memchr
#define bcmp    our_bcmp
#define strlen  our_strlen
#define strnlen our_strnlen
#define strcmp  our_strcmp
#define strncmp our_strncmp
#define strchr  our_strchr
#define strrchr our_strrchr
#define strstr  our_strstr
#include "mem.c"
#include "string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp
#undef strchr
#undef strrchr
#undef strstr
#include <string.h>

#include <helix/lib/test.h>

static int sign(int n)
{
    return (n > 0) - (n < 0);
}

HELIX_TEST(mem, copies_every_size_and_offset)
{
    u8 from[160];
    for (unsigned i = 0; i < sizeof from; i++)
        from[i] = (u8)(i * 7 + 1);
    for (size_t n = 0; n < 100; n++) {
        for (size_t at = 0; at < 9; at++) {
            u8 ours[160] = {0};
            u8 theirs[160] = {0};
            our_memcpy(ours + at, from + 3, n);
            memcpy(theirs + at, from + 3, n);
            EXPECT(t, memcmp(ours, theirs, sizeof ours) == 0);
            our_memset(ours + at, 0xa5, n);
            memset(theirs + at, 0xa5, n);
            EXPECT(t, memcmp(ours, theirs, sizeof ours) == 0);
        }
    }
}

HELIX_TEST(mem, moves_overlapping_both_ways)
{
    for (size_t to = 0; to < 40; to++) {
        for (size_t from = 0; from < 40; from++) {
            u8 ours[128];
            u8 theirs[128];
            for (unsigned i = 0; i < sizeof ours; i++)
                ours[i] = theirs[i] = (u8)i;
            our_memmove(ours + to, ours + from, 77);
            memmove(theirs + to, theirs + from, 77);
            EXPECT(t, memcmp(ours, theirs, sizeof ours) == 0);
        }
    }
}

HELIX_TEST(mem, compares_like_the_c_library)
{
    u8 a[40] = {0};
    u8 b[40] = {0};
    for (unsigned i = 0; i < sizeof a; i++) {
        b[i] = 200;
        EXPECT(t, our_memcmp(a, b, sizeof a) < 0 && our_memcmp(b, a, sizeof a) > 0);
        EXPECT(t, our_memcmp(a, b, i) == 0);
        EXPECT(t, our_memchr(b, 200, sizeof b) == &b[i]);
        b[i] = 0;
    }
    EXPECT(t, our_memchr(b, 200, sizeof b) == NULL);
}

HELIX_TEST(string, agrees_with_the_c_library)
{
    static const char *const words[] = {"", "a", "abc", "abd", "\xff", "abcabc", "b"};
    for (unsigned i = 0; i < 7; i++) {
        for (unsigned j = 0; j < 7; j++) {
            const char *a = words[i];
            const char *b = words[j];
            EXPECT(t, sign(our_strcmp(a, b)) == sign(strcmp(a, b)));
            EXPECT(t, sign(our_strncmp(a, b, 2)) == sign(strncmp(a, b, 2)));
            EXPECT(t, our_strstr(a, b) == strstr(a, b));
            EXPECT(t, our_strchr(a, b[0]) == strchr(a, b[0]));
            EXPECT(t, our_strrchr(a, b[0]) == strrchr(a, b[0]));
        }
        EXPECT(t, our_strlen(words[i]) == strlen(words[i]));
        EXPECT(t, our_strnlen(words[i], 2) == strnlen(words[i], 2));
    }
}

HELIX_TEST(string, strlcpy_truncates_and_tells)
{
    char to[4];
    EXPECT(t, strlcpy(to, "abcdef", sizeof to) == 6 && strcmp(to, "abc") == 0);
    EXPECT(t, strlcpy(to, "ab", sizeof to) == 2 && strcmp(to, "ab") == 0);
    EXPECT(t, lib_starts_with("console=tty", "console=") && !lib_starts_with("con", "console"));
}
