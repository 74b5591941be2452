/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/vfs/file.h>

/* The most that one call moves, as Linux: INT_MAX rounded down to a page. */
#define IO_MOST 0x7ffff000ul

/* An iovec array of user memory, checked and copied. */
struct user_spans {
    struct io_buffer buffer;
    struct io_span *heap; // NULL: in `few`
    struct io_span few[8];
};
helix_status user_spans_get(struct user_spans *spans, u64 user_vector, u64 count);
void user_spans_put(struct user_spans *spans);
