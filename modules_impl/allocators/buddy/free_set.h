/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/lib/bitmap.h>
#include <helix/lib/compiler.h>

/*
 * A set of indices that finds its next member at or after a place in a few steps: a bitmap, and
 * above it bitmaps that say which words of the one below are not zero. No pointers into free
 * memory, so a stray write to a free frame cannot break it.
 */
#define FREE_SET_LEVELS 5u // 64^5 indices

struct free_set {
    u64 *level[FREE_SET_LEVELS];
    u64 words[FREE_SET_LEVELS];
    unsigned levels;
};

#define FREE_SET_NONE UINT64_MAX

static inline u64 free_set_words(u64 indices)
{
    u64 total = 0;
    u64 words = indices;
    do {
        words = BITMAP_WORDS(words);
        total += words;
    } while (words > 1);
    return total;
}

/* Lay the set over @memory, which holds free_set_words(@indices) zeroed words; returns the first
 * word behind it. */
static inline u64 *free_set_init(struct free_set *set, u64 indices, u64 *memory)
{
    u64 words = indices;
    set->levels = 0;
    do {
        words = BITMAP_WORDS(words);
        set->level[set->levels] = memory;
        set->words[set->levels] = words;
        set->levels++;
        memory += words;
    } while (words > 1);
    return memory;
}

static inline bool free_set_has(const struct free_set *set, u64 index)
{
    return bitmap_test(set->level[0], index);
}

static inline void free_set_add(struct free_set *set, u64 index)
{
    for (unsigned l = 0; l < set->levels; l++) {
        u64 *word = &set->level[l][index / 64];
        u64 before = *word;
        *word = before | (u64)1 << (index % 64);
        if (before != 0)
            return;
        index /= 64;
    }
}

static inline void free_set_remove(struct free_set *set, u64 index)
{
    for (unsigned l = 0; l < set->levels; l++) {
        u64 *word = &set->level[l][index / 64];
        *word &= ~((u64)1 << (index % 64));
        if (*word != 0)
            return;
        index /= 64;
    }
}

/* The first member at or after @from; FREE_SET_NONE: there is none. */
static inline u64 free_set_next(const struct free_set *set, u64 from)
{
    for (unsigned l = 0; l < set->levels; l++) {
        u64 word = from / 64;
        if (word >= set->words[l])
            return FREE_SET_NONE;
        u64 bits = set->level[l][word] & ~(u64)0 << (from % 64);
        if (bits != 0) {
            u64 found = word * 64 + bit_lowest(bits);
            while (l-- > 0)
                found = found * 64 + bit_lowest(set->level[l][found]);
            return found;
        }
        from = word + 1;
    }
    return FREE_SET_NONE;
}
