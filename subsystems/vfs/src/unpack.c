/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The reader of archives: a state machine over the bytes. */
#include "unpack.h"

#include <helix/abi/linux.h>
#include <helix/lib/log.h>
#include <helix/lib/parse.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#define NAME_BYTES_MAX LINUX_PATH_MAX

helix_status unpacker_init(struct unpacker *u)
{
    *u = (struct unpacker){.state = UNPACK_HEADER, .wanted = UNPACK_HEADER_BYTES};
    list_init(&u->links);
    list_init(&u->directories);
    u->buffer = kmalloc(NAME_BYTES_MAX + 1);
    u->name = kmalloc(NAME_BYTES_MAX + 1);
    helix_status st = HELIX_E_NOMEM;
    if (u->buffer != NULL && u->name != NULL)
        st = fs_context_create(&u->walk.fs);
    if (st != HELIX_OK) {
        kfree(u->buffer);
        kfree(u->name);
        return st;
    }
    u->walk.fs->umask = 0;
    u->walk.credentials = credentials_root();
    return HELIX_OK;
}

void unpacker_finish(struct unpacker *u)
{
    if (u->file != NULL)
        unpack_end(u);
    unpack_trailer(u);
    unpack_finish_directories(u);
    fs_context_put(u->walk.fs);
    credentials_put(u->walk.credentials);
    kfree(u->buffer);
    kfree(u->name);
}

static void enter(struct unpacker *u, enum unpack_state state, u64 wanted)
{
    u->state = state;
    u->wanted = wanted;
    u->have = 0;
}

static void skip_then(struct unpacker *u, u64 bytes, enum unpack_state then)
{
    u->after_skip = then;
    enter(u, UNPACK_SKIP, bytes);
}

static helix_status parse_header(struct unpacker *u)
{
    u32 fields[13];
    const char *text = u->buffer;
    if (memcmp(text, "070701", 6) != 0 && memcmp(text, "070702", 6) != 0)
        return HELIX_E_CORRUPT;
    for (unsigned i = 0; i < array_count(fields); i++) {
        if (parse_hex_field(text + 6 + 8 * i, 8, &fields[i]) != HELIX_OK)
            return HELIX_E_CORRUPT;
    }
    u->entry = (struct unpack_entry){
        .inode = fields[0],
        .mode = fields[1],
        .uid = fields[2],
        .gid = fields[3],
        .links = fields[4],
        .mtime = fields[5],
        .bytes = fields[6],
        .device_major = fields[7],
        .device_minor = fields[8],
        .node_major = fields[9],
        .node_minor = fields[10],
        .name_bytes = fields[11],
    };
    if (u->entry.name_bytes == 0 || u->entry.name_bytes > NAME_BYTES_MAX)
        return HELIX_E_CORRUPT;
    return HELIX_OK;
}

static u64 padding(u64 bytes)
{
    return align_up(bytes, 4) - bytes;
}

/* What follows the name: the data, or the next header. */
static void after_name(struct unpacker *u)
{
    const struct unpack_entry *e = &u->entry;
    if (strcmp(u->name, "TRAILER!!!") == 0) {
        unpack_trailer(u);
        skip_then(u, padding(UNPACK_HEADER_BYTES + e->name_bytes), UNPACK_HEADER);
        return;
    }
    u->entries++;
    if ((e->mode & LINUX_S_IFMT) == LINUX_S_IFLNK && e->bytes > 0 && e->bytes < LINUX_PATH_MAX) {
        skip_then(u, padding(UNPACK_HEADER_BYTES + e->name_bytes), UNPACK_TARGET);
        return;
    }
    unpack_begin(u);
    u64 gap = padding(UNPACK_HEADER_BYTES + e->name_bytes);
    if (e->bytes == 0 || u->file != NULL)
        skip_then(u, gap, e->bytes == 0 ? UNPACK_HEADER : UNPACK_DATA);
    else
        skip_then(u, gap + align_up(e->bytes, 4), UNPACK_HEADER);
    if (e->bytes == 0 && u->file != NULL)
        unpack_end(u);
}

static void leave_skip(struct unpacker *u)
{
    switch (u->after_skip) {
    case UNPACK_DATA:
        u->at = 0;
        enter(u, UNPACK_DATA, u->entry.bytes);
        break;
    case UNPACK_TARGET:
        enter(u, UNPACK_TARGET, u->entry.bytes);
        break;
    default:
        enter(u, UNPACK_HEADER, UNPACK_HEADER_BYTES);
        break;
    }
}

/* The state has all its bytes. */
static helix_status complete(struct unpacker *u)
{
    helix_status st = HELIX_OK;
    switch (u->state) {
    case UNPACK_HEADER:
        st = parse_header(u);
        if (st == HELIX_OK)
            enter(u, UNPACK_NAME, u->entry.name_bytes);
        break;
    case UNPACK_NAME:
        memcpy(u->name, u->buffer, u->have);
        if (u->name[u->have - 1] != '\0')
            return HELIX_E_CORRUPT;
        after_name(u);
        break;
    case UNPACK_TARGET:
        u->buffer[u->have] = '\0';
        unpack_target(u, u->buffer);
        skip_then(u, padding(u->entry.bytes), UNPACK_HEADER);
        break;
    case UNPACK_DATA:
        unpack_end(u);
        skip_then(u, padding(u->entry.bytes), UNPACK_HEADER);
        break;
    default:
        leave_skip(u);
        break;
    }
    return st;
}

/* Bytes of the current state at @data, at least one and no more than it wants. */
static helix_status take(struct unpacker *u, const u8 *data, size_t bytes)
{
    switch (u->state) {
    case UNPACK_DATA:
        return unpack_data(u, data, bytes);
    case UNPACK_SKIP:
        return HELIX_OK;
    default:
        memcpy(u->buffer + u->have, data, bytes);
        u->have += bytes;
        return HELIX_OK;
    }
}

/* Before a header: zeros are padding, and what begins with no '0' is not ours. */
static size_t pass_padding(struct unpacker *u, const u8 *data, size_t bytes)
{
    size_t at = 0;
    if (u->state != UNPACK_HEADER || u->have > 0)
        return 0;
    while (at < bytes && data[at] == 0)
        at++;
    if (at < bytes && data[at] != '0')
        u->state = UNPACK_END;
    return at;
}

size_t unpacker_feed(struct unpacker *u, const u8 *data, size_t bytes)
{
    size_t at = 0;
    while (u->status == HELIX_OK) {
        while (u->wanted == 0 && u->status == HELIX_OK)
            u->status = complete(u);
        at += pass_padding(u, data + at, bytes - at);
        if (at == bytes || u->state == UNPACK_END || u->status != HELIX_OK)
            break;
        size_t n = (size_t)min(u->wanted, (u64)(bytes - at));
        u->status = take(u, data + at, n);
        if (u->status != HELIX_OK)
            break;
        u->wanted -= n;
        at += n;
    }
    return at;
}
