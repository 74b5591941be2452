/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "files/spans.h"

#include <helix/abi/linux.h>
#include <helix/memory/heap.h>
#include <helix/memory/user_copy.h>

_Static_assert(sizeof(struct io_span) == sizeof(struct linux_iovec), "copied as they are");

static helix_status check_spans(struct io_span *spans, u64 count, size_t *bytes_out)
{
    size_t bytes = 0;
    for (u64 i = 0; i < count; i++) {
        if ((i64)spans[i].bytes < 0)
            return HELIX_E_INVAL;
        if (spans[i].bytes > IO_MOST - bytes)
            spans[i].bytes = IO_MOST - bytes;
        // Where nothing is to be moved the address does not matter.
        if (spans[i].bytes != 0 && !user_range_ok(spans[i].base, spans[i].bytes))
            return HELIX_E_FAULT;
        bytes += spans[i].bytes;
    }
    *bytes_out = bytes;
    return HELIX_OK;
}

helix_status user_spans_get(struct user_spans *spans, u64 user_vector, u64 count)
{
    spans->heap = NULL;
    struct io_span *list = spans->few;
    if (count > LINUX_IOV_MAX)
        return HELIX_E_INVAL;
    if (count > sizeof spans->few / sizeof spans->few[0]) {
        list = spans->heap = kmalloc(count * sizeof *list);
        if (!list)
            return HELIX_E_NOMEM;
    }
    size_t bytes = 0;
    helix_status status = user_copy_in(list, vaddr_of(user_vector), count * sizeof *list);
    if (status == HELIX_OK)
        status = check_spans(list, count, &bytes);
    if (status != HELIX_OK) {
        user_spans_put(spans);
        return status;
    }
    spans->buffer = (struct io_buffer){.spans = list, .count = (unsigned)count, .remaining = bytes};
    return HELIX_OK;
}

void user_spans_put(struct user_spans *spans)
{
    kfree(spans->heap);
    spans->heap = NULL;
}
