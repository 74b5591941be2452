/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* A context as a record: its ring is the memory's, the polls that wait follow. */
#include <helix/abi/linux.h>
#include <helix/memory/frame.h>
#include <helix/memory/space.h>

#include "aio/aio.h"
#include "files/event_fd.h"
#include "record.h"

struct context_record {
    u64 space, memory; // object ids
    u32 most, tail;
    u64 requests;
};

struct request_record {
    u64 file, event; // object ids; no event: 0
    u64 iocb, data;
    u32 events, spare;
};

static struct aio_context *context_of(const struct object *object)
{
    return container_of(object, struct aio_context, object);
}

static void write_requests(const struct aio_context *context, struct object_writer *writer)
    HELIX_REQUIRES(&context->lock)
{
    list_for_each(const struct aio_request, request, &context->active, link) {
        const struct request_record record = {
            .file = request->file->object.id,
            .event = request->event ? request->event->object.id : 0,
            .iocb = request->iocb,
            .data = request->data,
            .events = request->events,
        };
        object_write(writer, &record, sizeof record);
    }
}

static helix_status describe(const struct object *object, struct object_writer *writer)
{
    struct aio_context *context = context_of(object);
    spin_lock(&context->lock);
    const struct context_record record = {
        .space = vm_space_object(context->space)->id,
        .memory = context->memory->object.id,
        .most = context->most,
        .tail = context->tail,
        .requests = list_length(&context->active),
    };
    record_begin(object, sizeof record + record.requests * sizeof(struct request_record), writer);
    object_write(writer, &record, sizeof record);
    write_requests(context, writer);
    spin_unlock(&context->lock);
    return HELIX_OK;
}

static struct file *file_of(struct object_reader *reader, u64 id)
{
    struct object *object = reader->resolve(reader->context, OBJECT_FILE, id);
    return object ? container_of(object, struct file, object) : NULL;
}

static helix_status read_request(struct object_reader *reader, struct aio_context *context)
{
    struct request_record record;
    helix_status status = object_read(reader, &record, sizeof record);
    if (status != HELIX_OK)
        return status;
    const struct aio_request request = {
        .context = context,
        .file = file_of(reader, record.file),
        .event = record.event ? file_of(reader, record.event) : NULL,
        .iocb = record.iocb,
        .data = record.data,
        .events = record.events,
    };
    if (!request.file || (record.event && (!request.event || !event_fd_is(request.event))) ||
        aio_reserve(context) != HELIX_OK)
        return HELIX_E_CORRUPT;
    status = aio_poll(&request);
    if (status != HELIX_OK)
        aio_unreserve(context);
    return status == HELIX_E_INVAL ? HELIX_E_CORRUPT : status;
}

static helix_status adopt(struct object_reader *reader, const struct context_record *record,
                          struct aio_context **context_out)
{
    struct object *space = reader->resolve(reader->context, OBJECT_ADDRESS_SPACE, record->space);
    struct object *object = reader->resolve(reader->context, OBJECT_MAPPING, record->memory);
    if (!space || !object)
        return HELIX_E_CORRUPT;
    struct vm_object *memory = container_of(object, struct vm_object, object);
    const u64 bytes = memory->ops->size(memory);
    if (bytes < PAGE_SIZE || bytes > AIO_RING_MOST ||
        record->tail >= bytes / sizeof(struct linux_io_event) - 1)
        return HELIX_E_CORRUPT;
    return aio_context_adopt(vm_space_of_object(space), memory, record->most, context_out);
}

static helix_status recreate(struct object_reader *reader, const struct object_record *header,
                             struct object **object_out)
{
    struct context_record record;
    struct aio_context *context;
    if (header->version != 1)
        return HELIX_E_NOTSUP;
    helix_status status = object_read(reader, &record, sizeof record);
    if (status == HELIX_OK)
        status = adopt(reader, &record, &context);
    if (status != HELIX_OK)
        return status;
    spin_lock(&context->lock);
    context->tail = record.tail;
    spin_unlock(&context->lock);
    for (u64 i = 0; status == HELIX_OK && i < record.requests; i++)
        status = read_request(reader, context);
    if (status == HELIX_OK)
        *object_out = &context->object;
    else
        aio_object_type.discard(&context->object);
    return status;
}

static void discard(struct object *object)
{
    (void)aio_context_end(context_of(object)); // its space may have ended it
    aio_context_put(context_of(object));
}

static bool equal(const struct object *left, const struct object *right) HELIX_NO_THREAD_SAFETY
{
    const struct aio_context *l = context_of(left), *r = context_of(right);
    return l->space == r->space && l->memory == r->memory && l->most == r->most &&
           l->tail == r->tail && list_length(&l->active) == list_length(&r->active);
}

const struct object_type aio_object_type = {
    .kind = OBJECT_AIO,
    .version = 1,
    .name = "asynchronous I/O",
    .describe = describe,
    .recreate = recreate,
    .discard = discard,
    .equal = equal,
};
OBJECT_TYPE_ENTRY(aio_object_type);
