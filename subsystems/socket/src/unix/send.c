/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Sending: streams in pieces, datagrams and packets whole. */
#include <helix/abi/linux.h>
#include <helix/memory/heap.h>

#include "unix.h"

#define STREAM_PIECE  32000u // a piece and its record fit a run of 32 KB
#define SIZE_OVERHEAD 32u

/* Who sends: what the caller says of itself, or who it is. */
static void sender_ids(const struct socket_message *message, struct socket_ids *ids_out)
{
    if (message->control != NULL && message->control->has_ids)
        *ids_out = message->control->ids;
    else
        socket_ids_here(ids_out);
}

static bool may_go_on(struct unix_socket *own)
{
    return unix_may_send(own) || (atomic_load_relaxed(&own->shut) & SOCKET_SHUT_SEND) ||
           atomic_load_relaxed(&own->socket.error) != 0;
}

/* Wait for room in @own's account, and see what else there is to say. */
static helix_status await_room(struct unix_socket *own, u32 flags, nanos deadline)
{
    for (;;) {
        helix_status st = socket_take_error(&own->socket);
        if (st != HELIX_OK)
            return st;
        if (atomic_load_relaxed(&own->shut) & SOCKET_SHUT_SEND)
            return HELIX_E_SHUT_DOWN;
        if (likely(unix_may_send(own)))
            return HELIX_OK;
        atomic_store_relaxed(&own->socket.lacked_room, 1u);
        atomic_fence_seq(); // who makes room looks at this afterwards
        if (unix_may_send(own))
            return HELIX_OK;
        if (flags & LINUX_MSG_DONTWAIT)
            return HELIX_E_WOULD_BLOCK;
        st = WAIT_FOR(&own->writable, may_go_on(own), deadline, WAIT_INTERRUPTIBLE, "socket_send");
        if (st != HELIX_OK)
            return socket_wait_status(st, deadline);
    }
}

/* A message filled from the caller's buffer, with its files aboard when @control is not NULL. */
static helix_status prepare(struct unix_socket *own, struct io_buffer *from, size_t bytes,
                            struct socket_control *control, const struct socket_ids *ids,
                            struct unix_message **message_out)
{
    struct unix_message *message;
    helix_status st = unix_message_create(own, bytes, &message);
    if (st != HELIX_OK)
        return st;
    message->ids = *ids;
    st = io_copy_in(from, message->data, bytes);
    if (st == HELIX_OK && control != NULL && control->file_count != 0)
        st = unix_flight_board(message, control);
    if (st != HELIX_OK) {
        unix_message_free(message);
        return st;
    }
    *message_out = message;
    return HELIX_OK;
}

void unix_append_locked(struct unix_socket *other, struct unix_message *message)
{
    list_push_back(&other->received, &message->link);
    atomic_store_relaxed(&other->received_count, other->received_count + 1);
    atomic_store_relaxed(&other->received_bytes, other->received_bytes + message->bytes);
}

/* ---- Streams ---- */

static helix_status stream_append(struct unix_socket *peer, struct unix_message *message)
{
    spin_lock(&peer->lock);
    const bool open = !peer->dead && !(peer->shut & SOCKET_SHUT_RECEIVE);
    if (likely(open))
        unix_append_locked(peer, message);
    spin_unlock(&peer->lock);
    return open ? HELIX_OK : HELIX_E_SHUT_DOWN;
}

static helix_status send_piece(struct unix_socket *own, struct socket_message *message,
                               const struct socket_ids *ids, bool first, size_t *done_out)
{
    struct unix_message *piece;
    const size_t most = min((size_t)STREAM_PIECE, (size_t)own->socket.send_bytes / 2);
    const size_t left = message->data->remaining;
    const bool urgent = (message->flags & LINUX_MSG_OOB) && left == 1;
    const size_t bytes = min(message->flags & LINUX_MSG_OOB && !urgent ? left - 1 : left, most);
    helix_status st =
        prepare(own, message->data, bytes, first && !urgent ? message->control : NULL, ids, &piece);
    if (st != HELIX_OK)
        return st;
    piece->urgent = urgent;
    st = unlikely(urgent) ? unix_send_urgent(own, piece) : stream_append(own->peer, piece);
    if (st != HELIX_OK) {
        unix_message_free(piece);
        return st;
    }
    if (likely(!urgent))
        unix_wake_readers(own->peer, LINUX_POLLIN | LINUX_POLLRDNORM);
    *done_out += bytes;
    return HELIX_OK;
}

helix_status unix_send_stream(struct socket *socket, struct socket_message *message,
                              size_t *done_out)
{
    struct unix_socket *own = unix_of(socket);
    const nanos deadline = socket_deadline(READ_ONCE(socket->send_time));
    const bool connected = atomic_load_acquire(&own->state) == UNIX_CONNECTED;
    struct socket_ids ids;
    size_t done = 0;
    *done_out = 0;
    if ((message->flags & LINUX_MSG_OOB) && message->data->remaining == 0)
        return HELIX_E_NOTSUP;
    if (message->address != NULL)
        return connected ? HELIX_E_CONNECTED : HELIX_E_NOTSUP;
    if (!connected)
        return HELIX_E_NOT_CONNECTED;
    helix_status st = HELIX_OK;
    if (atomic_load_relaxed(&own->shut) & SOCKET_SHUT_SEND)
        st = HELIX_E_SHUT_DOWN;
    sender_ids(message, &ids);
    while (st == HELIX_OK && message->data->remaining > 0) {
        st = await_room(own, message->flags, deadline);
        if (st == HELIX_OK)
            st = send_piece(own, message, &ids, done == 0, &done);
    }
    *done_out = done;
    if (done > 0)
        return HELIX_OK;
    return st == HELIX_E_SHUT_DOWN ? HELIX_E_CLOSED : st; // which also raises SIGPIPE
}

/* ---- Datagrams and packets ---- */

static bool takes_more(struct unix_socket *other)
{
    return !unix_queue_is_full(other) || READ_ONCE(other->dead) ||
           (atomic_load_relaxed(&other->shut) & SOCKET_SHUT_RECEIVE);
}

/* May @own send to @other, which may have a peer of its own? */
static bool may_address(struct unix_socket *own, struct unix_socket *other)
{
    const struct unix_socket *peer = READ_ONCE(other->peer);
    return peer == NULL || peer == own;
}

/* AGAIN: its queue is full. A socket may always write to itself and to who writes to it alone. */
static helix_status deliver(struct unix_socket *own, struct unix_socket *other,
                            struct unix_message *message)
{
    helix_status st = HELIX_OK;
    if (!may_address(own, other))
        return HELIX_E_PERM;
    spin_lock(&other->lock);
    if (other->dead)
        st = unix_connects(own) ? HELIX_E_SHUT_DOWN : HELIX_E_CONNECTION_REFUSED;
    else if (other->shut & SOCKET_SHUT_RECEIVE)
        st = HELIX_E_SHUT_DOWN;
    else if (other != own && unix_queue_is_full(other) &&
             (unix_connects(own) || READ_ONCE(other->peer) != own))
        st = HELIX_E_AGAIN;
    else
        unix_append_locked(other, message);
    spin_unlock(&other->lock);
    if (st == HELIX_OK)
        unix_wake_readers(other, LINUX_POLLIN | LINUX_POLLRDNORM);
    return st;
}

static helix_status deliver_waiting(struct unix_socket *own, struct unix_socket *other,
                                    struct unix_message *message, u32 flags, nanos deadline)
{
    for (;;) {
        helix_status st = deliver(own, other, message);
        if (st != HELIX_E_AGAIN)
            return st;
        if (flags & LINUX_MSG_DONTWAIT)
            return HELIX_E_WOULD_BLOCK;
        st = WAIT_FOR(&other->room, takes_more(other), deadline, WAIT_INTERRUPTIBLE, "socket_send");
        if (st != HELIX_OK)
            return socket_wait_status(st, deadline);
    }
}

/* The socket that @message is for, with a reference. */
static helix_status receiver_of(struct unix_socket *own, const struct socket_message *message,
                                struct unix_socket **other_out)
{
    if (message->address != NULL && !unix_connects(own))
        return unix_find(message->address, own->socket.type, message->walk, other_out);
    *other_out = unix_peer_get(own);
    return *other_out != NULL ? HELIX_OK : HELIX_E_NOT_CONNECTED;
}

/* What can be said before anything is looked up. */
static helix_status check_datagram(struct unix_socket *own, const struct socket_message *message)
{
    if (message->flags & LINUX_MSG_OOB)
        return HELIX_E_NOTSUP;
    if (unix_connects(own)) {
        helix_status st = socket_take_error(&own->socket);
        if (st == HELIX_OK && atomic_load_acquire(&own->state) != UNIX_CONNECTED)
            st = HELIX_E_NOT_CONNECTED;
        if (st != HELIX_OK)
            return st;
    } else if (message->address != NULL) {
        helix_status st = unix_check_address(message->address);
        if (st != HELIX_OK)
            return st;
    } else if (READ_ONCE(own->peer) == NULL) {
        return HELIX_E_NOT_CONNECTED;
    }
    if ((own->socket.flags & SOCKET_PASS_IDS) && own->name == NULL && !unix_connects(own)) {
        helix_status st = unix_autobind(own);
        if (st != HELIX_OK)
            return st;
    }
    if (message->data->remaining + SIZE_OVERHEAD > READ_ONCE(own->socket.send_bytes))
        return HELIX_E_MESSAGE_SIZE;
    return HELIX_OK;
}

/* The peer of a datagram socket is gone: it has none from now on. */
static void forget_peer(struct unix_socket *own, struct unix_socket *gone)
{
    spin_lock(&unix_lock);
    const bool was = own->peer == gone;
    if (was)
        own->peer = NULL;
    spin_unlock(&unix_lock);
    if (was)
        unix_put(gone);
}

helix_status unix_send_datagram(struct socket *socket, struct socket_message *message,
                                size_t *done_out)
{
    struct unix_socket *own = unix_of(socket), *other;
    const nanos deadline = socket_deadline(READ_ONCE(socket->send_time));
    const size_t bytes = message->data->remaining;
    struct unix_message *packet;
    struct socket_ids ids;
    *done_out = 0;
    helix_status st = check_datagram(own, message);
    if (st == HELIX_OK)
        st = await_room(own, message->flags, deadline);
    if (st != HELIX_OK)
        return st;
    sender_ids(message, &ids);
    st = prepare(own, message->data, bytes, message->control, &ids, &packet);
    if (st != HELIX_OK)
        return st;
    st = receiver_of(own, message, &other);
    if (st == HELIX_OK) {
        st = deliver_waiting(own, other, packet, message->flags, deadline);
        if (st == HELIX_E_CONNECTION_REFUSED)
            forget_peer(own, other);
        unix_put(other);
    }
    if (st != HELIX_OK) {
        unix_message_free(packet);
        return st;
    }
    *done_out = bytes;
    return HELIX_OK;
}
