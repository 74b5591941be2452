/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * AF_UNIX sockets as records. Connected ones refer to each other: the one that is made again second
 * connects both. A socket at which connections or files wait says HELIX_E_BUSY: they are nobody's
 * yet, and are described once they were taken.
 */
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#include "unix.h"

struct unix_payload {
    u32 state, shut, backlog, name_bytes;
    u64 peer;
    struct socket_ids own_ids, peer_ids;
    u32 messages, spare;
    u8 name[112];
};

struct message_payload {
    u64 sender;
    struct socket_ids ids;
    u32 bytes; // follow, padded to 8
};

static void describe_message(const struct unix_message *message, struct object_writer *writer)
{
    static const u8 padding[8];
    const u32 bytes = message->bytes - message->taken;
    const struct message_payload payload = {
        .sender = message->sender->socket.object.id, .ids = message->ids, .bytes = bytes};
    object_write(writer, &payload, sizeof payload);
    object_write(writer, message->data + message->taken, bytes);
    object_write(writer, padding, align_up(bytes, 8u) - bytes);
}

helix_status unix_describe(struct socket *socket, struct object_writer *writer)
{
    struct unix_socket *own = unix_of(socket);
    struct unix_payload payload = {.state = own->state, .shut = own->shut};
    helix_status st = HELIX_OK;
    spin_lock(&unix_lock);
    payload.backlog = own->backlog;
    payload.peer = own->peer != NULL ? own->peer->socket.object.id : 0;
    payload.own_ids = own->own_ids;
    payload.peer_ids = own->peer_ids;
    if (own->name != NULL && own->name->owner == own) {
        payload.name_bytes = own->name->bytes;
        memcpy(payload.name, own->name->data, own->name->bytes);
    }
    if (own->waiting_count != 0)
        st = HELIX_E_BUSY;
    spin_unlock(&unix_lock);
    if (st != HELIX_OK)
        return st;
    spin_lock(&own->lock);
    payload.messages = own->received_count;
    object_write(writer, &payload, sizeof payload);
    list_for_each(struct unix_message, message, &own->received, link) {
        if (message->files != NULL)
            st = HELIX_E_BUSY;
        describe_message(message, writer);
    }
    spin_unlock(&own->lock);
    return st;
}

/* ---- Again ---- */

static struct unix_socket *resolve(struct object_reader *reader, u64 id)
{
    struct object *object = id != 0 ? reader->resolve(reader->context, OBJECT_SOCKET, id) : NULL;
    return object != NULL ? unix_of(container_of(object, struct socket, object)) : NULL;
}

static helix_status read_message(struct object_reader *reader, struct unix_socket *own)
{
    struct message_payload payload;
    struct unix_message *message;
    u8 padding[8];
    helix_status st = object_read(reader, &payload, sizeof payload);
    if (st != HELIX_OK)
        return st;
    if (payload.bytes > reader->bytes - reader->at)
        return HELIX_E_CORRUPT;
    struct unix_socket *sender = resolve(reader, payload.sender);
    st = unix_message_create(sender != NULL ? sender : own, payload.bytes, &message);
    if (st != HELIX_OK)
        return st;
    message->ids = payload.ids;
    st = object_read(reader, message->data, payload.bytes);
    if (st == HELIX_OK)
        st = object_read(reader, padding, align_up(payload.bytes, 8u) - payload.bytes);
    if (st != HELIX_OK) {
        unix_message_free(message);
        return st;
    }
    spin_lock(&own->lock);
    list_push_back(&own->received, &message->link);
    own->received_count++;
    own->received_bytes += payload.bytes;
    spin_unlock(&own->lock);
    return HELIX_OK;
}

/* The name leads to @own again; the file of a pathname is there still. */
static helix_status take_name(struct unix_socket *own, const struct unix_payload *payload)
{
    struct socket_address address = {.bytes = payload->name_bytes};
    struct fs_context *fs;
    memcpy(address.data, payload->name, payload->name_bytes);
    helix_status st = unix_check_address(&address);
    if (st != HELIX_OK)
        return HELIX_E_CORRUPT;
    st = fs_context_create(&fs);
    if (st != HELIX_OK)
        return st;
    const struct walk_context walk = {.fs = fs, .credentials = credentials_root()};
    st = unix_rebind(own, &address, &walk);
    credentials_put(walk.credentials);
    fs_context_put(fs);
    return st;
}

/* @peer may have been made before @own, whose old number is @id, and wait for it. */
static void connect_again(struct unix_socket *own, struct unix_socket *peer, u64 id)
{
    spin_lock(&unix_lock);
    own->peer = peer;
    unix_get(peer);
    if (peer->wanted_peer == id && peer->peer == NULL) {
        peer->peer = own;
        unix_get(own);
    }
    spin_unlock(&unix_lock);
}

helix_status unix_recreate(struct object_reader *reader, const struct object_record *record,
                           struct socket *socket)
{
    struct unix_socket *own = unix_of(socket);
    struct unix_payload payload;
    helix_status st = object_read(reader, &payload, sizeof payload);
    if (st != HELIX_OK)
        return st;
    if (payload.state > UNIX_CONNECTED || payload.shut > SOCKET_SHUT_BOTH ||
        payload.name_bytes > UNIX_ADDRESS_MOST)
        return HELIX_E_CORRUPT;
    if (payload.name_bytes != 0)
        st = take_name(own, &payload);
    for (u32 i = 0; st == HELIX_OK && i < payload.messages; i++)
        st = read_message(reader, own);
    if (st != HELIX_OK)
        return st;
    own->shut = payload.shut;
    own->backlog = payload.backlog;
    own->own_ids = payload.own_ids;
    own->peer_ids = payload.peer_ids;
    struct unix_socket *peer = resolve(reader, payload.peer);
    if (peer != NULL)
        connect_again(own, peer, record->id);
    else
        own->wanted_peer = payload.peer;
    atomic_store_release(&own->state, payload.state);
    return HELIX_OK;
}
