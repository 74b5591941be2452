/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/lib/compiler.h>

/*
 * Hashing and an intrusive chained hash table whose bucket array the caller provides. No locking,
 * no allocation.
 */

/* SipHash-1-3 of @n bytes under a 128-bit key: for tables whose keys come from programs. */
u64 hash_bytes(const u64 key[2], const void *data, size_t n);

/* FNV-1a of a string: for tables whose keys are our own. */
u64 hash_string(const char *s);

/* A full mix of one word: for ids and addresses. */
static inline u64 hash_u64(u64 x)
{
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9ull;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebull;
    return x ^ (x >> 31);
}

struct hash_node {
    struct hash_node *next;
    u64 hash;
};

struct hash_table {
    struct hash_node **buckets;
    size_t mask;
    size_t count;
};

/* @buckets holds @n pointers; @n is a power of two. */
void hash_table_init(struct hash_table *table, struct hash_node **buckets, size_t n);

/* Move all to another array, to grow or shrink. The old array, which is returned, is the caller's
 * again. */
struct hash_node **hash_table_move(struct hash_table *table, struct hash_node **buckets, size_t n);

static inline void hash_table_insert(struct hash_table *table, struct hash_node *node, u64 hash)
{
    struct hash_node **bucket = &table->buckets[hash & table->mask];
    node->hash = hash;
    node->next = *bucket;
    *bucket = node;
    table->count++;
}

/* Take out @node, which is in the table. */
void hash_table_remove(struct hash_table *table, struct hash_node *node);

static inline struct hash_node *hash_chain_match(struct hash_node *node, u64 hash)
{
    while (node != NULL && node->hash != hash)
        node = node->next;
    return node;
}

/* Visit the nodes whose hash is @hash_value; the body compares the keys. */
#define hash_for_each_match(it, table, hash_value)                                           \
    for (struct hash_node *it =                                                              \
             hash_chain_match((table)->buckets[(hash_value) & (table)->mask], (hash_value)); \
         it != NULL; it = hash_chain_match(it->next, (hash_value)))
