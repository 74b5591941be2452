/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/random.h>
#include <helix/lib/string.h>

static u32 rotate_left32(u32 x, unsigned by)
{
    return x << by | x >> (32 - by);
}

static void quarter_round(u32 s[16], unsigned a, unsigned b, unsigned c, unsigned d)
{
    s[a] += s[b];
    s[d] = rotate_left32(s[d] ^ s[a], 16);
    s[c] += s[d];
    s[b] = rotate_left32(s[b] ^ s[c], 12);
    s[a] += s[b];
    s[d] = rotate_left32(s[d] ^ s[a], 8);
    s[c] += s[d];
    s[b] = rotate_left32(s[b] ^ s[c], 7);
}

void random_chacha20_block(const u32 key[8], u64 counter, u64 nonce, u8 block_out[64])
{
    u32 input[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    memcpy(input + 4, key, 32);
    input[12] = (u32)counter;
    input[13] = (u32)(counter >> 32);
    input[14] = (u32)nonce;
    input[15] = (u32)(nonce >> 32);
    u32 s[16];
    memcpy(s, input, sizeof s);
    for (unsigned i = 0; i < 10; i++) {
        quarter_round(s, 0, 4, 8, 12);
        quarter_round(s, 1, 5, 9, 13);
        quarter_round(s, 2, 6, 10, 14);
        quarter_round(s, 3, 7, 11, 15);
        quarter_round(s, 0, 5, 10, 15);
        quarter_round(s, 1, 6, 11, 12);
        quarter_round(s, 2, 7, 8, 13);
        quarter_round(s, 3, 4, 9, 14);
    }
    for (unsigned i = 0; i < 16; i++) {
        u32 word = s[i] + input[i];
        for (unsigned k = 0; k < 4; k++)
            block_out[4 * i + k] = (u8)(word >> (8 * k));
    }
}

/* Replace the key by stream output, so that the past cannot be recovered. */
static void rekey(struct random_state *state)
{
    u8 block[64];
    random_chacha20_block(state->key, state->counter++, 0, block);
    memcpy(state->key, block, sizeof state->key);
    memset(block, 0, sizeof block);
    // The compiler must not drop the wipe of a buffer that dies here.
    __asm__ volatile("" ::"r"(block) : "memory");
}

void random_mix(struct random_state *state, const void *data, size_t n)
{
    const u8 *p = data;
    while (n > 0) {
        size_t part = min(n, sizeof state->key);
        u8 *key = (u8 *)state->key;
        for (size_t i = 0; i < part; i++)
            key[i] ^= p[i];
        rekey(state);
        p += part;
        n -= part;
    }
}

/*
 * One block holds the next key and the first bytes of output: mostly all that is asked
 * for. Further blocks come from the old key, which is gone at the end.
 */
void random_fill(struct random_state *state, void *to, size_t n)
{
    u8 *p = to;
    u8 first[64], block[64];
    random_chacha20_block(state->key, state->counter++, 0, first);
    size_t part = min(n, sizeof first - sizeof state->key);
    memcpy(p, first + sizeof state->key, part);
    for (p += part, n -= part; n > 0; p += part, n -= part) {
        part = min(n, sizeof block);
        random_chacha20_block(state->key, state->counter++, 1, block);
        memcpy(p, block, part);
    }
    memcpy(state->key, first, sizeof state->key);
    memset(first, 0, sizeof first);
    memset(block, 0, sizeof block);
    // The compiler must not drop the wipe of buffers that die here.
    __asm__ volatile("" ::"r"(first), "r"(block) : "memory");
}

void prng_seed(struct prng *prng, u64 seed)
{
    // splitmix64: every seed, zero too, gives a good state.
    for (unsigned i = 0; i < 4; i++) {
        seed += 0x9e3779b97f4a7c15ull;
        u64 x = seed;
        x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
        x = (x ^ x >> 27) * 0x94d049bb133111ebull;
        prng->s[i] = x ^ x >> 31;
    }
}

static u64 rotate_left64(u64 x, unsigned by)
{
    return x << by | x >> (64 - by);
}

u64 prng_next(struct prng *prng)
{
    u64 *s = prng->s;
    u64 result = rotate_left64(s[1] * 5, 7) * 9;
    u64 shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate_left64(s[3], 45);
    return result;
}

u64 prng_below(struct prng *prng, u64 limit)
{
    // Refuse the uneven rest at the bottom of the range.
    u64 rest = (0 - limit) % limit;
    u64 value;
    do {
        value = prng_next(prng);
    } while (value < rest);
    return value % limit;
}
