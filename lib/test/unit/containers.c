/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <stdio.h>
#include <string.h>

#include <helix/lib/bitmap.h>
#include <helix/lib/crc32c.h>
#include <helix/lib/hash.h>
#include <helix/lib/random.h>
#include <helix/lib/ring.h>
#include <helix/lib/sort.h>
#include <helix/lib/test.h>
#include <helix/lib/utf8.h>

HELIX_TEST(hash, siphash_depends_on_key_and_every_byte)
{
    u64 key[2] = {0x0706050403020100ull, 0x0f0e0d0c0b0a0908ull};
    u8 data[15];
    for (unsigned i = 0; i < sizeof data; i++)
        data[i] = (u8)i;
    u64 whole = hash_bytes(key, data, sizeof data);
    for (unsigned i = 0; i < sizeof data; i++) {
        data[i] ^= 1;
        EXPECT(t, hash_bytes(key, data, sizeof data) != whole);
        data[i] ^= 1;
    }
    key[0] ^= 1;
    EXPECT(t, hash_bytes(key, data, sizeof data) != whole);
    EXPECT(t, hash_string("a") != hash_string("b"));
}

struct word {
    struct hash_node node;
    u64 key;
};

static struct word *find(struct hash_table *table, u64 key)
{
    hash_for_each_match(it, table, hash_u64(key))
    {
        struct word *word = container_of(it, struct word, node);
        if (word->key == key)
            return word;
    }
    return NULL;
}

HELIX_TEST(hash, table_finds_after_growing_and_forgets_removed)
{
    static struct word words[100];
    static struct hash_node *small[8];
    static struct hash_node *large[64];
    struct hash_table table;
    hash_table_init(&table, small, 8);
    for (unsigned i = 0; i < 100; i++) {
        words[i].key = i * 31;
        hash_table_insert(&table, &words[i].node, hash_u64(words[i].key));
    }
    EXPECT(t, hash_table_move(&table, large, 64) == small && table.count == 100);
    for (unsigned i = 0; i < 100; i++)
        EXPECT(t, find(&table, i * 31) == &words[i]);
    hash_table_remove(&table, &words[40].node);
    EXPECT(t, find(&table, 40 * 31) == NULL && table.count == 99);
}

HELIX_TEST(bitmap, ranges_and_searches_agree_with_single_bits)
{
    u64 map[BITMAP_WORDS(200)] = {0};
    bitmap_set_range(map, 60, 75);
    for (size_t i = 0; i < 200; i++)
        EXPECT(t, bitmap_test(map, i) == (i >= 60 && i < 135));
    EXPECT(t, bitmap_count_set(map, 200) == 75 && bitmap_count_set(map, 100) == 40);
    EXPECT(t, bitmap_find_set(map, 200, 0) == 60 && bitmap_find_set(map, 200, 135) == BITMAP_NONE);
    EXPECT(t, bitmap_find_clear(map, 200, 60) == 135);
    EXPECT(t, bitmap_find_clear(map, 135, 60) == BITMAP_NONE);
    EXPECT(t, bitmap_find_clear_run(map, 200, 0, 60) == 0);
    EXPECT(t, bitmap_find_clear_run(map, 200, 1, 60) == 135);
    EXPECT(t, bitmap_find_clear_run(map, 200, 1, 66) == BITMAP_NONE);
    bitmap_clear_range(map, 61, 73);
    EXPECT(t, bitmap_count_set(map, 200) == 2 && bitmap_test(map, 60) && bitmap_test(map, 134));
    unsigned n = 0;
    bit_for_each(bit, 0x8000000000000005ull) n += (unsigned)bit;
    EXPECT(t, n == 65);
}

HELIX_TEST(crc, matches_the_published_check_values)
{
    static struct crc32_table table;
    crc32_table_init(&table, CRC32_IEEE);
    EXPECT(t, crc32_update(&table, 0, "123456789", 9) == 0xcbf43926);
    u32 part = crc32_update(&table, 0, "1234", 4);
    EXPECT(t, crc32_update(&table, part, "56789", 5) == 0xcbf43926);
    EXPECT(t, crc32c(0, "123456789", 9) == 0xe3069283);
    crc32_table_init(&table, CRC32_CASTAGNOLI);
    EXPECT(t, crc32_update(&table, 0, "123456789", 9) == 0xe3069283);
}

HELIX_TEST(crc, long_messages_have_the_same_by_both_ways)
{
    static struct crc32_table table;
    static struct crc32_long work;
    static u8 message[70000];
    u32 seed = 1;
    for (size_t i = 0; i < sizeof message; i++)
        message[i] = (u8)((seed = seed * 1664525 + 1013904223) >> 24);
    crc32_table_init(&table, CRC32_IEEE);
    for (size_t n = 0; n + 8 < sizeof message; n = n * 5 / 4 + 1) {
        const u8 *from = message + n % 8;
        u32 before = (u32)n * 2654435761u;
        EXPECT(t, crc32_update_long(&table, &work, before, from, n) ==
                      crc32_update(&table, before, from, n));
    }
}

HELIX_TEST(random, chacha20_matches_the_published_block)
{
    // RFC 7539 appendix A.1, vector 1: all zero.
    static const u8 want[16] = {0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90,
                                0x40, 0x5d, 0x6a, 0xe5, 0x53, 0x86, 0xbd, 0x28};
    u32 key[8] = {0};
    u8 block[64];
    random_chacha20_block(key, 0, 0, block);
    EXPECT(t, memcmp(block, want, sizeof want) == 0);
}

HELIX_TEST(random, never_gives_the_same_twice)
{
    struct random_state state = {0};
    u8 a[100];
    u8 b[100];
    random_mix(&state, "seed", 4);
    random_fill(&state, a, sizeof a);
    random_fill(&state, b, sizeof b);
    EXPECT(t, memcmp(a, b, sizeof a) != 0);
    struct prng prng;
    prng_seed(&prng, 0);
    unsigned seen = 0;
    for (unsigned i = 0; i < 1000; i++)
        seen |= 1u << prng_below(&prng, 7);
    EXPECT(t, seen == 0x7f);
}

HELIX_TEST(ring, wraps_and_keeps_order)
{
    u8 bytes[8];
    u8 out[8];
    struct ring ring;
    ring_init(&ring, bytes, sizeof bytes);
    EXPECT(t, ring_write(&ring, "abcdef", 6) == 6 && ring_read(&ring, out, 4) == 4);
    EXPECT(t, ring_write(&ring, "ghijklmn", 8) == 6 && ring_space(&ring) == 0);
    EXPECT(t, ring_peek(&ring, out, 8) == 8 && memcmp(out, "efghijkl", 8) == 0);
    EXPECT(t, ring_read(&ring, out, 8) == 8 && ring_count(&ring) == 0);
    EXPECT(t, ring_read(&ring, out, 1) == 0);
}

static int compare_ints(const void *a, const void *b, void *context)
{
    (*(unsigned *)context)++;
    return *(const int *)a - *(const int *)b;
}

HELIX_TEST(sort, orders_any_input)
{
    struct prng prng;
    prng_seed(&prng, 3);
    for (size_t n = 0; n < 50; n++) {
        int values[50];
        unsigned calls = 0;
        for (size_t i = 0; i < n; i++)
            values[i] = (int)prng_below(&prng, 20);
        lib_sort(values, n, sizeof values[0], compare_ints, &calls);
        for (size_t i = 1; i < n; i++)
            EXPECT(t, values[i - 1] <= values[i]);
    }
}

HELIX_TEST(utf8, refuses_what_is_not_shortest_form)
{
    u32 c;
    EXPECT(t, utf8_decode("A", 1, &c) == 1 && c == 'A');
    EXPECT(t, utf8_decode("\xc3\xa4", 2, &c) == 2 && c == 0xe4);
    EXPECT(t, utf8_decode("\xe2\x82\xac", 3, &c) == 3 && c == 0x20ac);
    EXPECT(t, utf8_decode("\xf0\x9f\x98\x80", 4, &c) == 4 && c == 0x1f600);
    EXPECT(t, utf8_decode("\xc3", 1, &c) == 0 && utf8_decode("\xc0\x80", 2, &c) == 0);
    EXPECT(t, utf8_decode("\xed\xa0\x80", 3, &c) == 0 && utf8_decode("\x80", 1, &c) == 0);
    EXPECT(t, utf8_decode("\xf4\x90\x80\x80", 4, &c) == 0 && utf8_decode("", 0, &c) == 0);
}
