/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/lib/compiler.h>

/*
 * Two generators. random_* is cryptographic: ChaCha20 whose key is replaced after every request
 * (what was given out cannot be computed from a later state). prng_* is xoshiro256**: fast and
 * repeatable, for tests and balancing. No locking.
 */
struct random_state {
    u32 key[8];
    u64 counter;
};

/* One 64-byte block of the ChaCha20 stream (RFC 8439 layout with a 64-bit counter and a 64-bit
 * nonce). */
void random_chacha20_block(const u32 key[8], u64 counter, u64 nonce, u8 block_out[64]);

/* Stir @n bytes of @data into the state: never makes it weaker, however poor the data. */
void random_mix(struct random_state *state, const void *data, size_t n);

void random_fill(struct random_state *state, void *to, size_t n);

struct prng {
    u64 s[4];
};

void prng_seed(struct prng *prng, u64 seed);
u64 prng_next(struct prng *prng);

/* Evenly from 0 to @limit - 1; @limit is not 0. */
u64 prng_below(struct prng *prng, u64 limit);
