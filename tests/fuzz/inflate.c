/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Any bytes are a compressed stream: as raw DEFLATE into a small buffer, as raw DEFLATE through a
 * window, and as gzip. Both ways of output must agree.
 */
#include <stdlib.h>
#include <string.h>

#include <helix/lib/inflate.h>

#include "fuzz.h"

#define OUT_MAX 200000

static struct inflate work;
static u8 direct[OUT_MAX];
static u8 streamed[OUT_MAX];
static u8 window[INFLATE_WINDOW_MIN];
static size_t streamed_n;

static helix_status put(void *context, const u8 *data, size_t n)
{
    (void)context;
    if (n > OUT_MAX - streamed_n)
        return HELIX_E_RANGE;
    memcpy(streamed + streamed_n, data, n);
    streamed_n += n;
    return HELIX_OK;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t n)
{
    struct inflate_args plain = {
        .in = data, .in_size = n, .window = direct, .window_size = OUT_MAX};
    struct inflate_args stream = {
        .in = data, .in_size = n, .window = window, .window_size = sizeof window, .sink = put};
    struct inflate_result a;
    struct inflate_result b;
    streamed_n = 0;
    helix_status one = inflate_raw(&work, &plain, &a);
    helix_status two = inflate_raw(&work, &stream, &b);
    if ((one == HELIX_OK) != (two == HELIX_OK) || a.consumed > n)
        abort();
    if (one == HELIX_OK && (streamed_n != a.produced || memcmp(direct, streamed, streamed_n) != 0))
        abort();
    one = inflate_gzip(&work, &plain, &a);
    return one == HELIX_OK && a.consumed > n ? -1 : 0;
}
