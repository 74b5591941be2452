/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The CRC of a long message without a table for most of it (the idea: S. Russell, "Chorba: A novel
 * CRC32 implementation", 2024).
 *
 * A CRC is a remainder, so any multiple of the polynomial may be added to the message. With
 * y = x^64, the polynomial of CRC-32 divides y^300 + y^155 + y^117 + y^89 + 1 (the first such sum
 * of five that a search finds). That multiple, times the first word of the message, added to the
 * message, makes the word zero and changes only the words 145, 183, 211 and 300 behind it. So
 * every word can be cancelled in turn but the last 300, whose CRC is that of the whole message.
 * In memory order of bytes and bits, a word is 8 bytes read little-endian, and the CRC so far is
 * added to the first four bytes.
 */
#include <helix/lib/crc32c.h>
#include <helix/lib/little_endian.h>
#include <helix/lib/string.h>

#define REACH CRC32_LONG_REACH

/* Below this the tail, which is done by tables, is too much of it. */
#define WORDS_LEAST (4 * REACH)

/* What the words in front of @at add to it. */
static inline u64 added(const u64 *at)
{
    return at[-145] ^ at[-183] ^ at[-211] ^ at[-300];
}

/* Cancel @n words of @in, a multiple of four; the words before them stand in front of @to. */
static void cancel(u64 *to, const u8 *in, size_t n)
{
    for (const u64 *end = to + n; to < end; to += 4, in += 32) {
        to[0] = load_le64(in) ^ added(to);
        to[1] = load_le64(in + 8) ^ added(to + 1);
        to[2] = load_le64(in + 16) ^ added(to + 2);
        to[3] = load_le64(in + 24) ^ added(to + 3);
    }
}

/* Cancel @n words, a multiple of four, of a message whose first one @first is added to. */
static void cancel_all(struct crc32_long *work, u64 first, const u8 *in, size_t n)
{
    u64 *word = work->words;
    memset(word, 0, REACH * sizeof *word);
    // Nothing is in front of the first word: as if the one 300 before it were what is added.
    word[0] = first;
    while (n > 0) {
        size_t part = min(n, array_count(work->words) - REACH);
        cancel(word + REACH, in, part);
        memmove(word, word + part, REACH * sizeof *word);
        in += part * 8;
        n -= part;
    }
}

/* The CRC of the last words, which the cancelled ones in front of them were added to. */
static u32 finish(const struct crc32_table *table, struct crc32_long *work, const u8 *in)
{
    u64 *word = work->words;
    u64 *tail = word + REACH + REACH;
    memset(word + REACH, 0, REACH * sizeof *word);
    for (size_t i = 0; i < REACH; i++)
        store_le64(tail + i, load_le64(in + i * 8) ^ added(word + REACH + i));
    return crc32_update(table, ~(u32)0, tail, REACH * 8);
}

u32 crc32_update_long(const struct crc32_table *table, struct crc32_long *work, u32 crc,
                      const void *data, size_t n)
{
    const u8 *p = data;
    if (n / 8 < WORDS_LEAST)
        return crc32_update(table, crc, data, n);
    size_t words = (n / 8 - REACH) & ~(size_t)3;
    cancel_all(work, (u32)~crc, p, words);
    p += words * 8;
    n -= (words + REACH) * 8;
    crc = finish(table, work, p);
    return crc32_update(table, crc, p + REACH * 8, n);
}
