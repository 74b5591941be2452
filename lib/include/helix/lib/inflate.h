/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/lib/compiler.h>
#include <helix/lib/crc32c.h>

/*
 * Decompress DEFLATE (RFC 1951) and gzip (RFC 1952) from memory. Every read and write is checked; a
 * damaged stream is an error.
 */

#define INFLATE_FAST_BITS 10
#define INFLATE_TABLE     1408 // with what subtables of sound codes need

/* A canonical Huffman code: a table with subtables, counts and sorted symbols. */
struct inflate_code {
    u32 fast[INFLATE_TABLE]; // see src/inflate.c; 0: not in the table
    u16 count[16];
    u16 symbol[288];
};

/* Work space, about 31 KB; the caller provides it and owes it nothing afterwards. */
struct inflate {
    struct inflate_code literal;
    struct inflate_code distance;
    u8 lengths[320];
    struct crc32_table crc_table;
    struct crc32_long crc_long;
};

/* Takes decompressed bytes in order; an error ends the decompression and is returned. */
typedef helix_status (*inflate_sink)(void *context, const u8 *data, size_t n);

/*
 * What is decompressed and where to. Without a sink, @window is the output buffer. With one,
 * @window is a buffer of at least INFLATE_WINDOW_MIN bytes that is handed to the sink each time it
 * is full, and at the end.
 */
#define INFLATE_WINDOW_MIN 65536

struct inflate_args {
    const u8 *in;
    size_t in_size;
    u8 *window;
    size_t window_size;
    inflate_sink sink;
    void *context;
};

struct inflate_result {
    size_t consumed; // bytes of the input; on an error, how far it got
    u64 produced;
};

/*
 * Decompress one DEFLATE stream, or one gzip member with its CRC-32 and length checked. More
 * members may follow at in + consumed.
 *
 * Errors:  HELIX_E_CORRUPT damaged or truncated; HELIX_E_NOTSUP (gzip) not gzip at all;
 * HELIX_E_RANGE the output does not fit; HELIX_E_INVAL a sink with too small a window; what the
 * sink returned. @result_out is written always.
 */
helix_status inflate_raw(struct inflate *work, const struct inflate_args *args,
                         struct inflate_result *result_out);
helix_status inflate_gzip(struct inflate *work, const struct inflate_args *args,
                          struct inflate_result *result_out);

/* True when @in begins like a gzip member. */
bool inflate_is_gzip(const u8 *in, size_t in_size);
