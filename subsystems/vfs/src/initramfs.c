/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The archives that the loader brought: newc, plain or gzip, one after the other with zeros
 * between. Whole pages of a plain archive that lie as they would in a page cache become page cache;
 * all other frames of the archive are free afterwards.
 */
#include <helix/abi/boot_info.h>
#include <helix/hal/mmu.h>
#include <helix/lib/inflate.h>
#include <helix/lib/log.h>
#include <helix/memory/frame.h>
#include <helix/memory/heap.h>
#include <helix/vfs/special.h>

#include "initramfs.h"
#include "unpack.h"

static helix_status sink(void *context, const u8 *data, size_t bytes)
{
    struct unpacker *u = context;
    size_t taken = unpacker_feed(u, data, bytes);
    if (taken == bytes)
        return HELIX_OK;
    return u->status != HELIX_OK ? u->status : HELIX_E_CORRUPT;
}

/* Bytes unpacked at a time: each time 32 KB of history are moved, and the CRC ends with a costly
 * tail. */
#define WINDOW (256u << 10)
static_assert(WINDOW >= INFLATE_WINDOW_MIN);

static helix_status inflate_member(struct unpacker *u, const u8 *data, size_t bytes,
                                   size_t *consumed_out)
{
    struct inflate *work = kmalloc(sizeof *work);
    u8 *window = kmalloc(WINDOW);
    helix_status st = HELIX_E_NOMEM;
    if (work != NULL && window != NULL) {
        struct inflate_result result;
        const struct inflate_args args = {.in = data,
                                          .in_size = bytes,
                                          .window = window,
                                          .window_size = WINDOW,
                                          .sink = sink,
                                          .context = u};
        u->in_place = false;
        st = inflate_gzip(work, &args, &result);
        *consumed_out = result.consumed;
    }
    kfree(window);
    kfree(work);
    return st;
}

/* One archive, or one gzip member, at @data, which does not begin with a zero. */
static helix_status unpack_one(struct unpacker *u, const u8 *data, size_t bytes, bool in_place,
                               size_t *consumed_out)
{
    if (u->state == UNPACK_END)
        u->state = UNPACK_HEADER;
    if (inflate_is_gzip(data, bytes))
        return inflate_member(u, data, bytes, consumed_out);
    if (data[0] != '0')
        return HELIX_E_CORRUPT;
    u->in_place = in_place;
    *consumed_out = unpacker_feed(u, data, bytes);
    return u->status;
}

static bool is_between_entries(const struct unpacker *u)
{
    return u->state == UNPACK_END || (u->state == UNPACK_HEADER && u->have == 0) ||
           (u->state == UNPACK_SKIP && u->after_skip == UNPACK_HEADER);
}

static helix_status unpack_all(struct unpacker *u, const u8 *data, size_t bytes, bool in_place)
{
    size_t at = 0;
    for (;;) {
        while (at < bytes && data[at] == 0)
            at++;
        if (at == bytes)
            return is_between_entries(u) ? HELIX_OK : HELIX_E_CORRUPT;
        size_t consumed = 0;
        helix_status st = unpack_one(u, data + at, bytes - at, in_place, &consumed);
        if (st != HELIX_OK)
            return st;
        at += consumed;
    }
}

helix_status initramfs_unpack_memory(const void *data, size_t bytes, bool in_place,
                                     struct unpack_range **ranges_out, size_t *range_count_out)
{
    struct unpacker u;
    helix_status st = unpacker_init(&u);
    if (st != HELIX_OK)
        return st;
    st = unpack_all(&u, data, bytes, in_place);
    unpacker_finish(&u);
    log_info("initramfs", "%llu entries, %zu KB%s", (unsigned long long)u.entries, bytes / 1024,
             u.range_count > 0 ? ", data used in place" : "");
    *ranges_out = u.ranges;
    *range_count_out = u.range_count;
    return st;
}

/* The archive's frames but those that files have now. Ranges are in rising order. */
static void free_rest(const struct boot_module *archive, const struct unpack_range *ranges,
                      size_t count)
{
    u64 at = archive->base.raw;
    u64 end = archive->base.raw + archive->bytes;
    for (size_t i = 0; i < count; i++) {
        frame_give_back(paddr_of(at), ranges[i].first - at);
        at = ranges[i].end;
    }
    frame_give_back(paddr_of(at), end - at);
}

helix_status initramfs_unpack(const struct boot_module *archive)
{
    struct unpack_range *ranges = NULL;
    size_t count = 0;
    helix_status st =
        initramfs_unpack_memory(phys_to_virt(archive->base), archive->bytes, true, &ranges, &count);
    free_rest(archive, ranges, count);
    kfree(ranges);
    return st;
}
