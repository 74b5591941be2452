/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/hash.h>
#include <helix/lib/string.h>

struct sip {
    u64 v0;
    u64 v1;
    u64 v2;
    u64 v3;
};

static u64 rotate_left(u64 x, unsigned by)
{
    return x << by | x >> (64 - by);
}

static void sip_round(struct sip *s)
{
    s->v0 += s->v1;
    s->v1 = rotate_left(s->v1, 13) ^ s->v0;
    s->v0 = rotate_left(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = rotate_left(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = rotate_left(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = rotate_left(s->v1, 17) ^ s->v2;
    s->v2 = rotate_left(s->v2, 32);
}

static u64 load_le(const u8 *p, size_t n)
{
    u64 word = 0;
    for (size_t i = 0; i < n; i++)
        word |= (u64)p[i] << (8 * i);
    return word;
}

static void sip_absorb(struct sip *s, u64 word)
{
    s->v3 ^= word;
    sip_round(s);
    s->v0 ^= word;
}

u64 hash_bytes(const u64 key[2], const void *data, size_t n)
{
    const u8 *p = data;
    struct sip s = {
        .v0 = key[0] ^ 0x736f6d6570736575ull,
        .v1 = key[1] ^ 0x646f72616e646f6dull,
        .v2 = key[0] ^ 0x6c7967656e657261ull,
        .v3 = key[1] ^ 0x7465646279746573ull,
    };
    size_t left = n;
    for (; left >= 8; left -= 8, p += 8)
        sip_absorb(&s, load_le(p, 8));
    sip_absorb(&s, load_le(p, left) | (u64)n << 56);
    s.v2 ^= 0xff;
    sip_round(&s);
    sip_round(&s);
    sip_round(&s);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

u64 hash_string(const char *s)
{
    u64 hash = 0xcbf29ce484222325ull;
    for (; *s != '\0'; s++)
        hash = (hash ^ (u8)*s) * 0x100000001b3ull;
    // FNV's low bits are weak, and tables take the low bits.
    return hash_u64(hash);
}

void hash_table_init(struct hash_table *table, struct hash_node **buckets, size_t n)
{
    memset(buckets, 0, n * sizeof *buckets);
    table->buckets = buckets;
    table->mask = n - 1;
    table->count = 0;
}

struct hash_node **hash_table_move(struct hash_table *table, struct hash_node **buckets, size_t n)
{
    struct hash_table old = *table;
    hash_table_init(table, buckets, n);
    for (size_t i = 0; i <= old.mask; i++) {
        struct hash_node *node = old.buckets[i];
        while (node != NULL) {
            struct hash_node *next = node->next;
            hash_table_insert(table, node, node->hash);
            node = next;
        }
    }
    return old.buckets;
}

void hash_table_remove(struct hash_table *table, struct hash_node *node)
{
    struct hash_node **link = &table->buckets[node->hash & table->mask];
    while (*link != node)
        link = &(*link)->next;
    *link = node->next;
    table->count--;
}
