/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/bitmap.h>

/* The bits of one word that lie in [first, first + n), where both ends are relative to the word. */
static u64 mask_of(size_t first, size_t n)
{
    u64 low = n >= 64 ? ~(u64)0 : ((u64)1 << n) - 1;
    return low << first;
}

void bitmap_set_range(u64 *map, size_t first, size_t n)
{
    while (n > 0) {
        size_t part = min(n, 64 - first % 64);
        map[first / 64] |= mask_of(first % 64, part);
        first += part;
        n -= part;
    }
}

void bitmap_clear_range(u64 *map, size_t first, size_t n)
{
    while (n > 0) {
        size_t part = min(n, 64 - first % 64);
        map[first / 64] &= ~mask_of(first % 64, part);
        first += part;
        n -= part;
    }
}

/* @flip is all ones to look for clear bits. */
static size_t find(const u64 *map, size_t bits, size_t from, u64 flip)
{
    if (from >= bits)
        return BITMAP_NONE;
    size_t i = from / 64;
    u64 word = (map[i] ^ flip) & ~(u64)0 << (from % 64);
    while (word == 0) {
        if (++i >= BITMAP_WORDS(bits))
            return BITMAP_NONE;
        word = map[i] ^ flip;
    }
    size_t bit = i * 64 + bit_lowest(word);
    return bit < bits ? bit : BITMAP_NONE;
}

size_t bitmap_find_set(const u64 *map, size_t bits, size_t from)
{
    return find(map, bits, from, 0);
}

size_t bitmap_find_clear(const u64 *map, size_t bits, size_t from)
{
    return find(map, bits, from, ~(u64)0);
}

size_t bitmap_find_clear_run(const u64 *map, size_t bits, size_t from, size_t n)
{
    for (;;) {
        size_t start = bitmap_find_clear(map, bits, from);
        if (start == BITMAP_NONE || n > bits - start)
            return BITMAP_NONE;
        size_t end = bitmap_find_set(map, start + n, start);
        if (end == BITMAP_NONE)
            return start;
        from = end + 1;
    }
}

size_t bitmap_count_set(const u64 *map, size_t bits)
{
    size_t n = 0;
    for (size_t i = 0; i < bits / 64; i++)
        n += bit_count(map[i]);
    if (bits % 64 != 0)
        n += bit_count(map[bits / 64] & mask_of(0, bits % 64));
    return n;
}
