/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/object.h>

/* Every record begins with its header; describe() calls this first. */
static inline void record_begin(const struct object *object, u64 payload_bytes,
                                struct object_writer *writer)
{
    const struct object_record record = {
        .kind = (u32)object->type->kind,
        .version = object->type->version,
        .id = object->id,
        .bytes = payload_bytes,
    };
    object_write(writer, &record, sizeof record);
}
