/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * AF_UNIX sockets as records. Connected ones refer to each other: the one that is made again second
 * connects both. A listener refers to those that wait to be accepted, which are made again before
 * it and belong to it from then on. A socket at which files wait says HELIX_E_BUSY: they are
 * nobody's yet, and are described once they were taken.
 */
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#include "unix.h"

#define NAME_SHOWN 0x80000000u // in name_bytes: it is another's

struct unix_payload {
    u32 state, shut, backlog, name_bytes;
    u64 peer;
    struct socket_ids own_ids, peer_ids;
    u32 messages, waiting; // which follow: the messages, then numbers of sockets
    u8 name[112];
};

#define MESSAGE_URGENT (1u << 31)

struct message_payload {
    u64 sender;
    struct socket_ids ids;
    u32 bytes; // follow, padded to 8; MESSAGE_URGENT besides
};

static void describe_message(const struct unix_message *message, u32 mark,
                             struct object_writer *writer)
{
    static const u8 padding[8];
    const u32 bytes = message->bytes - message->taken;
    const struct message_payload payload = {
        .sender = message->sender->socket.object.id, .ids = message->ids, .bytes = bytes | mark};
    object_write(writer, &payload, sizeof payload);
    object_write(writer, message->data + message->taken, bytes);
    object_write(writer, padding, align_up(bytes, 8u) - bytes);
}

static void fill(const struct unix_socket *own, struct unix_payload *payload_out)
    HELIX_REQUIRES(&unix_lock)
{
    *payload_out = (struct unix_payload){
        .state = own->state,
        .shut = own->shut,
        .backlog = own->backlog,
        .peer = own->peer != NULL ? own->peer->socket.object.id : 0,
        .own_ids = own->own_ids,
        .peer_ids = own->peer_ids,
        .waiting = own->waiting_count,
    };
    if (own->name != NULL) {
        payload_out->name_bytes = own->name->bytes | (own->name->owner == own ? 0 : NAME_SHOWN);
        memcpy(payload_out->name, own->name->data, own->name->bytes);
    }
}

helix_status unix_describe(struct socket *socket, struct object_writer *writer)
{
    struct unix_socket *own = unix_of(socket);
    struct unix_payload payload;
    helix_status st = HELIX_OK;
    spin_lock(&unix_lock);
    fill(own, &payload);
    spin_lock(&own->lock);
    payload.messages = own->received_count;
    object_write(writer, &payload, sizeof payload);
    list_for_each(struct unix_message, message, &own->received, link) {
        if (message->files != NULL)
            st = HELIX_E_BUSY;
        describe_message(message, message == own->urgent ? MESSAGE_URGENT : 0, writer);
    }
    spin_unlock(&own->lock);
    list_for_each(struct unix_socket, embryo, &own->waiting, waiting_link)
        object_write(writer, &embryo->socket.object.id, sizeof(u64));
    spin_unlock(&unix_lock);
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
    const bool urgent = (payload.bytes & MESSAGE_URGENT) != 0;
    payload.bytes &= ~MESSAGE_URGENT;
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
    message->urgent = urgent || payload.bytes == 0; // empty: it was
    if (urgent)
        own->urgent = message;
    own->received_count++;
    own->received_bytes += payload.bytes;
    spin_unlock(&own->lock);
    return HELIX_OK;
}

/* The name leads to @own again, if it did; the file of a pathname is there still. */
static helix_status take_name(struct unix_socket *own, const struct unix_payload *payload)
{
    struct socket_address address = {.bytes = payload->name_bytes & ~NAME_SHOWN};
    struct fs_context *fs;
    if (address.bytes > UNIX_ADDRESS_MOST)
        return HELIX_E_CORRUPT;
    memcpy(address.data, payload->name, address.bytes);
    if (unix_check_address(&address) != HELIX_OK)
        return HELIX_E_CORRUPT;
    if (payload->name_bytes & NAME_SHOWN)
        return unix_name_show(own, &address);
    helix_status st = fs_context_create(&fs);
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

/* The next one that waited at @own; it must not be anybody's yet. */
static helix_status read_waiting(struct object_reader *reader, const struct unix_socket *own,
                                 struct unix_socket **embryo_out)
{
    u64 id;
    const helix_status st = object_read(reader, &id, sizeof id);
    if (st != HELIX_OK)
        return st;
    struct unix_socket *embryo = resolve(reader, id);
    if (embryo == NULL || embryo == own || embryo->socket.file != NULL ||
        !list_is_empty(&embryo->waiting_link))
        return HELIX_E_CORRUPT;
    *embryo_out = embryo;
    return HELIX_OK;
}

static void wait_again(struct unix_socket *own, struct unix_socket *embryo)
{
    spin_lock(&unix_lock);
    if (list_is_empty(&embryo->waiting_link)) {
        list_push_back(&own->waiting, &embryo->waiting_link);
        own->waiting_count++;
    }
    spin_unlock(&unix_lock);
}

/* First all are looked at: once one is @own's, nothing can go wrong any more. */
static helix_status read_all_waiting(struct object_reader *reader, struct unix_socket *own,
                                     u32 count)
{
    const size_t begin = reader->at;
    struct unix_socket *embryo;
    helix_status st = HELIX_OK;
    for (u32 i = 0; i < count && st == HELIX_OK; i++)
        st = read_waiting(reader, own, &embryo);
    if (st != HELIX_OK)
        return st;
    reader->at = begin;
    for (u32 i = 0; i < count && read_waiting(reader, own, &embryo) == HELIX_OK; i++)
        wait_again(own, embryo);
    return HELIX_OK;
}

helix_status unix_recreate(struct object_reader *reader, const struct object_record *record,
                           struct socket *socket)
{
    struct unix_socket *own = unix_of(socket);
    struct unix_payload payload;
    helix_status st = object_read(reader, &payload, sizeof payload);
    if (st != HELIX_OK)
        return st;
    if (payload.state > UNIX_CONNECTED || payload.shut > SOCKET_SHUT_BOTH)
        return HELIX_E_CORRUPT;
    if (payload.name_bytes != 0)
        st = take_name(own, &payload);
    for (u32 i = 0; st == HELIX_OK && i < payload.messages; i++)
        st = read_message(reader, own);
    if (st == HELIX_OK)
        st = read_all_waiting(reader, own, payload.waiting);
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
