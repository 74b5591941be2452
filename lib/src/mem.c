/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Portable memory functions: 32 bytes a turn through a word type that may alias anything and be
 * unaligned. They are weak, so that a HAL can bring its own. -ffreestanding keeps the compiler from
 * turning the loops into calls of themselves.
 */
#define LIB_STRING_PLAIN
#include <helix/lib/compiler.h>
#include <helix/lib/string.h>

typedef u64 __attribute__((may_alias, aligned(1))) word;

HELIX_WEAK void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
    u8 *d = to;
    const u8 *s = from;
    for (; n >= 4 * sizeof(word); n -= 4 * sizeof(word)) {
        word a = ((const word *)s)[0];
        word b = ((const word *)s)[1];
        word c = ((const word *)s)[2];
        word e = ((const word *)s)[3];
        ((word *)d)[0] = a;
        ((word *)d)[1] = b;
        ((word *)d)[2] = c;
        ((word *)d)[3] = e;
        d += 4 * sizeof(word);
        s += 4 * sizeof(word);
    }
    for (; n >= sizeof(word); n -= sizeof(word)) {
        *(word *)d = *(const word *)s;
        d += sizeof(word);
        s += sizeof(word);
    }
    while (n-- > 0)
        *d++ = *s++;
    return to;
}

static void copy_backwards(u8 *d, const u8 *s, size_t n)
{
    for (; n >= sizeof(word); n -= sizeof(word))
        *(word *)(d + n - sizeof(word)) = *(const word *)(s + n - sizeof(word));
    while (n-- > 0)
        d[n] = s[n];
}

HELIX_WEAK void *memmove(void *to, const void *from, size_t n)
{
    u8 *d = to;
    const u8 *s = from;
    if ((uintptr_t)d - (uintptr_t)s < n) {
        copy_backwards(d, s, n);
        return to;
    }
    // One word at a time, each read before it is written: right for a destination below the source.
    for (; n >= sizeof(word); n -= sizeof(word)) {
        *(word *)d = *(const word *)s;
        d += sizeof(word);
        s += sizeof(word);
    }
    while (n-- > 0)
        *d++ = *s++;
    return to;
}

HELIX_WEAK void *memset(void *to, int byte, size_t n)
{
    u8 *d = to;
    word pattern = 0x0101010101010101ull * (u8)byte;
    for (; n >= 4 * sizeof(word); n -= 4 * sizeof(word)) {
        ((word *)d)[0] = pattern;
        ((word *)d)[1] = pattern;
        ((word *)d)[2] = pattern;
        ((word *)d)[3] = pattern;
        d += 4 * sizeof(word);
    }
    for (; n >= sizeof(word); n -= sizeof(word)) {
        *(word *)d = pattern;
        d += sizeof(word);
    }
    while (n-- > 0)
        *d++ = (u8)byte;
    return to;
}

HELIX_WEAK int memcmp(const void *a, const void *b, size_t n)
{
    const u8 *x = a;
    const u8 *y = b;
    for (; n >= sizeof(word) && *(const word *)x == *(const word *)y; n -= sizeof(word)) {
        x += sizeof(word);
        y += sizeof(word);
    }
    for (; n > 0; n--, x++, y++) {
        if (*x != *y)
            return *x < *y ? -1 : 1;
    }
    return 0;
}

/* Compilers emit calls of it for comparisons with zero. */
int bcmp(const void *a, const void *b, size_t n);
HELIX_WEAK int bcmp(const void *a, const void *b, size_t n)
{
    return memcmp(a, b, n);
}
