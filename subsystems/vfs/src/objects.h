/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/object.h>

/* Every record begins with its header. */
static inline void objects_write_header(const struct object *object, u64 payload_bytes,
                                        struct object_writer *writer)
{
    const struct object_record record = {.kind = (u32)object->type->kind,
                                         .version = object->type->version,
                                         .id = object->id,
                                         .bytes = payload_bytes};
    object_write(writer, &record, sizeof record);
}

/* How the VFS's objects are described and made again. */
extern const struct object_type file_object_type;
extern const struct object_type pipe_object_type;
extern const struct object_type mount_object_type;
extern const struct object_type tty_object_type;
