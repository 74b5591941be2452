/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Payloads of described objects (abi/object.h). */
#include <helix/abi/object.h>
#include <helix/lib/atomic.h>
#include <helix/lib/compiler.h>
#include <helix/lib/string.h>

void object_write(struct object_writer *writer, const void *data, size_t bytes)
{
    if (writer->bytes < writer->capacity) {
        size_t room = writer->capacity - writer->bytes;
        memcpy((u8 *)writer->data + writer->bytes, data, min(bytes, room));
    }
    writer->bytes += bytes;
}

helix_status object_read(struct object_reader *reader, void *data, size_t bytes)
{
    if (bytes > reader->bytes - reader->at)
        return HELIX_E_CORRUPT;
    memcpy(data, (const u8 *)reader->data + reader->at, bytes);
    reader->at += bytes;
    return HELIX_OK;
}

u64 object_id_new(void)
{
    static u64 last;
    return atomic_fetch_add_relaxed(&last, 1ull) + 1;
}
