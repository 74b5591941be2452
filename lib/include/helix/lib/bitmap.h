/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/lib/compiler.h>

/* Bit sets in arrays of u64, bit 0 lowest in word 0. Nothing is atomic. */
#define BITMAP_WORDS(bits) (((bits) + 63) / 64)

/* What the searches return when there is nothing to find. */
#define BITMAP_NONE SIZE_MAX

static inline bool bitmap_test(const u64 *map, size_t bit)
{
    return map[bit / 64] >> (bit % 64) & 1;
}

static inline void bitmap_set(u64 *map, size_t bit)
{
    map[bit / 64] |= (u64)1 << (bit % 64);
}

static inline void bitmap_clear(u64 *map, size_t bit)
{
    map[bit / 64] &= ~((u64)1 << (bit % 64));
}

/* The lowest bit set in one word. @word is not 0. */
static inline unsigned bit_lowest(u64 word)
{
    return (unsigned)__builtin_ctzll(word);
}

static inline unsigned bit_count(u64 word)
{
    unsigned n = 0;
    for (; word != 0; word &= word - 1)
        n++;
    return n;
}

/* Visit the index of each bit set in a word, lowest first. */
#define bit_for_each(bit, word)                                       \
    for (u64 bit##_left_ = (word), bit = 0;                           \
         bit##_left_ != 0 && ((bit = bit_lowest(bit##_left_)), true); \
         bit##_left_ &= bit##_left_ - 1)

void bitmap_set_range(u64 *map, size_t first, size_t n);
void bitmap_clear_range(u64 *map, size_t first, size_t n);

/* The first set or clear bit at or after @from and before @bits. */
size_t bitmap_find_set(const u64 *map, size_t bits, size_t from);
size_t bitmap_find_clear(const u64 *map, size_t bits, size_t from);

/* The first of @n clear bits in a row, at or after @from, the row ending before @bits. */
size_t bitmap_find_clear_run(const u64 *map, size_t bits, size_t from, size_t n);

size_t bitmap_count_set(const u64 *map, size_t bits);
