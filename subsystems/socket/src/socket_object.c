/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Sockets as records: what all have in common, then what their family adds. */
#include <helix/lib/string.h>

#include "socket_private.h"

struct socket_payload {
    u32 family, type, protocol, flags;
    u32 send_bytes, receive_bytes, low_water, error;
    u64 send_time, receive_time;
    i64 peek_offset;
};

static struct socket *socket_of_object(const struct object *object)
{
    return container_of(object, struct socket, object);
}

static void fill_payload(const struct socket *socket, struct socket_payload *payload_out)
{
    *payload_out = (struct socket_payload){
        .family = socket->family,
        .type = socket->type,
        .protocol = socket->protocol,
        .flags = socket->flags,
        .send_bytes = socket->send_bytes,
        .receive_bytes = socket->receive_bytes,
        .low_water = socket->low_water,
        .error = socket->error,
        .send_time = socket->send_time,
        .receive_time = socket->receive_time,
        .peek_offset = socket->peek_offset,
    };
}

static helix_status socket_describe(const struct object *object, struct object_writer *writer)
{
    struct socket *socket = socket_of_object(object);
    struct socket_payload payload;
    struct object_writer measure = {0};
    helix_status st = socket->ops->describe(socket, &measure);
    if (st != HELIX_OK)
        return st;
    const struct object_record record = {.kind = OBJECT_SOCKET,
                                         .version = socket_object_type.version,
                                         .id = object->id,
                                         .bytes = sizeof payload + measure.bytes};
    fill_payload(socket, &payload);
    const size_t begin = writer->bytes;
    object_write(writer, &record, sizeof record);
    object_write(writer, &payload, sizeof payload);
    st = socket->ops->describe(socket, writer);
    // A message came or went between the two looks.
    if (st == HELIX_OK && writer->bytes - begin != sizeof record + record.bytes)
        return HELIX_E_AGAIN;
    return st;
}

static helix_status socket_recreate(struct object_reader *reader,
                                    const struct object_record *record, struct object **object_out)
{
    struct socket_payload payload;
    struct socket *socket;
    if (record->version != 1)
        return HELIX_E_NOTSUP;
    helix_status st = object_read(reader, &payload, sizeof payload);
    if (st != HELIX_OK)
        return st;
    struct socket_family *family = socket_family_of(payload.family);
    if (family == NULL)
        return HELIX_E_NOTSUP;
    st = family->create(payload.type, payload.protocol, &socket);
    if (st != HELIX_OK)
        return st;
    socket->flags = payload.flags;
    socket->send_bytes = payload.send_bytes;
    socket->receive_bytes = payload.receive_bytes;
    socket->low_water = payload.low_water;
    socket->error = payload.error;
    socket->send_time = payload.send_time;
    socket->receive_time = payload.receive_time;
    socket->peek_offset = (i32)payload.peek_offset;
    st = family->recreate(reader, record, socket);
    if (st != HELIX_OK) {
        socket->ops->release(socket);
        return st;
    }
    *object_out = &socket->object;
    return HELIX_OK;
}

static void socket_discard(struct object *object)
{
    struct socket *socket = socket_of_object(object);
    socket->ops->release(socket);
}

static bool socket_equal(const struct object *left, const struct object *right)
{
    struct socket_payload l, r;
    struct socket_address left_name, right_name;
    struct socket *left_socket = socket_of_object(left), *right_socket = socket_of_object(right);
    fill_payload(left_socket, &l);
    fill_payload(right_socket, &r);
    if (left_socket->ops->own_name(left_socket, &left_name) != HELIX_OK ||
        right_socket->ops->own_name(right_socket, &right_name) != HELIX_OK)
        return false;
    return memcmp(&l, &r, sizeof l) == 0 && left_name.bytes == right_name.bytes &&
           memcmp(left_name.data, right_name.data, left_name.bytes) == 0;
}

const struct object_type socket_object_type = {
    .kind = OBJECT_SOCKET,
    .version = 1,
    .name = "socket",
    .describe = socket_describe,
    .recreate = socket_recreate,
    .discard = socket_discard,
    .equal = socket_equal,
};
OBJECT_TYPE_ENTRY(socket_object_type);
