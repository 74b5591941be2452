/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "trip.h"

#include <helix/memory/heap.h>

struct object *trip_known[TRIP_KNOWN];

static struct object *resolve(void *context, u32 kind, u64 id)
{
    (void)context;
    for (unsigned i = 0; i < TRIP_KNOWN; i++)
        if (trip_known[i] && trip_known[i]->type->kind == kind && trip_known[i]->id == id)
            return trip_known[i];
    return NULL;
}

helix_status trip_object(const struct object *object, size_t cut, struct object **again_out)
{
    struct object_writer measure = {0};
    helix_status status = object->type->describe(object, &measure);
    if (status != HELIX_OK)
        return status;
    void *data = kmalloc(measure.bytes);
    if (!data)
        return HELIX_E_NOMEM;
    struct object_writer writer = {.data = data, .capacity = measure.bytes};
    status = object->type->describe(object, &writer);
    struct object_reader reader = {.data = data, .bytes = writer.bytes - cut, .resolve = resolve};
    struct object_record record = {0};
    if (status == HELIX_OK)
        status = object_read(&reader, &record, sizeof record);
    if (status == HELIX_OK && record.bytes != writer.bytes - sizeof record)
        status = HELIX_E_INVAL;
    if (status == HELIX_OK)
        status = object->type->recreate(&reader, &record, again_out);
    kfree(data);
    return status;
}
