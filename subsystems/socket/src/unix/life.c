/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* How AF_UNIX sockets begin and end, and what they answer to names and counts. */
#include <helix/abi/linux.h>
#include <helix/memory/heap.h>

#include "socket_private.h"
#include "unix.h"

struct spinlock unix_lock = SPINLOCK_INIT(LOCK_RANK_SOCKETS);
struct list unix_sockets = LIST_INIT(unix_sockets);
static struct kmem_cache unix_cache = KMEM_CACHE(unix_socket);

static void enter(struct unix_socket *own)
{
    spin_lock(&unix_lock);
    list_push_back(&unix_sockets, &own->all_link);
    spin_unlock(&unix_lock);
}

helix_status unix_create(u32 type, u32 protocol, struct socket **socket_out)
{
    if (protocol != 0 && protocol != LINUX_AF_UNIX)
        return HELIX_E_PROTOCOL_SUPPORT;
    if (type == LINUX_SOCK_RAW)
        type = LINUX_SOCK_DGRAM; // as BSD 4.x, and Linux
    if (type != LINUX_SOCK_STREAM && type != LINUX_SOCK_DGRAM && type != LINUX_SOCK_SEQPACKET)
        return HELIX_E_SOCKET_TYPE;
    struct unix_socket *own = kmem_alloc(&unix_cache);
    if (own == NULL)
        return HELIX_E_NOMEM;
    socket_init(&own->socket, type == LINUX_SOCK_STREAM ? &unix_stream_ops : &unix_datagram_ops,
                LINUX_AF_UNIX, type, 0);
    ref_init(&own->references);
    spinlock_init(&own->lock, LOCK_RANK_SOCKET);
    list_init(&own->received);
    list_init(&own->waiting);
    list_init(&own->waiting_link);
    list_init(&own->flight_link);
    wait_queue_init(&own->readable);
    wait_queue_init(&own->writable);
    wait_queue_init(&own->room);
    own->peer_ids = (struct socket_ids){0, UINT32_MAX, UINT32_MAX};
    enter(own);
    *socket_out = &own->socket;
    return HELIX_OK;
}

void unix_free(struct unix_socket *own)
{
    if (own->name != NULL)
        unix_name_put(own->name);
    kmem_free(&unix_cache, own);
}

bool unix_is_unix(const struct file *file, struct unix_socket **own_out)
{
    struct socket *socket;
    if (socket_of_file((struct file *)(uintptr_t)file, &socket) != HELIX_OK || socket == NULL ||
        socket->family != LINUX_AF_UNIX)
        return false;
    *own_out = unix_of(socket);
    return true;
}

void unix_wake_all(struct unix_socket *own)
{
    unix_wake(&own->readable);
    unix_wake(&own->writable);
    unix_wake(&own->room);
}

void unix_shut(struct unix_socket *own, u32 how)
{
    spin_lock(&own->lock);
    atomic_store_relaxed(&own->shut, own->shut | how);
    spin_unlock(&own->lock);
    const u32 ended = LINUX_POLLRDHUP | LINUX_POLLIN | LINUX_POLLRDNORM;
    if (how & SOCKET_SHUT_RECEIVE)
        unix_wake_readers(own, how == SOCKET_SHUT_BOTH ? ended | LINUX_POLLHUP : ended);
    unix_wake_all(own);
}

struct unix_socket *unix_peer_get(struct unix_socket *own)
{
    spin_lock(&unix_lock);
    struct unix_socket *peer = own->peer;
    if (peer != NULL)
        unix_get(peer);
    spin_unlock(&unix_lock);
    return peer;
}

/* ---- The end ---- */

/* Out of all tables; the peer, with its reference, or NULL. */
static struct unix_socket *leave(struct unix_socket *own, struct list *waiting)
{
    spin_lock(&unix_lock);
    struct unix_socket *peer = own->peer;
    own->peer = NULL;
    list_remove(&own->all_link);
    while (!list_is_empty(&own->waiting)) {
        struct list *node = own->waiting.next;
        list_remove(node);
        list_push_back(waiting, node);
    }
    own->waiting_count = 0;
    if (own->state == UNIX_LISTENING)
        own->state = UNIX_FRESH; // who was about to connect is refused
    spin_unlock(&unix_lock);
    return peer;
}

/* True: there was something that nobody has read. */
static bool drop_received(struct unix_socket *own, struct list *messages)
{
    spin_lock(&own->lock);
    own->dead = true;
    own->urgent = NULL;
    atomic_store_relaxed(&own->shut, SOCKET_SHUT_BOTH);
    while (!list_is_empty(&own->received)) {
        struct list *node = own->received.next;
        list_remove(node);
        list_push_back(messages, node);
    }
    atomic_store_relaxed(&own->received_count, 0u);
    atomic_store_relaxed(&own->received_bytes, 0u);
    spin_unlock(&own->lock);
    return !list_is_empty(messages);
}

/* @embryo: nobody ever accepted it. */
static void end(struct unix_socket *own, bool embryo)
{
    struct list waiting, messages;
    list_init(&waiting);
    list_init(&messages);
    if (own->name != NULL)
        unix_name_retire(own);
    struct unix_socket *peer = leave(own, &waiting);
    const bool unread = drop_received(own, &messages);
    unix_wake_all(own); // senders to it
    if (peer != NULL) {
        if (unix_connects(own)) {
            if (unread || embryo)
                socket_set_error(&peer->socket, HELIX_E_CONNECTION_RESET);
            unix_shut(peer, SOCKET_SHUT_BOTH);
        }
        unix_put(peer);
    }
    unix_messages_free(&messages);
    while (!list_is_empty(&waiting)) {
        struct unix_socket *never =
            container_of(list_pop_front(&waiting), struct unix_socket, waiting_link);
        end(never, true); // those have none waiting themselves
    }
    unix_put(own);
}

void unix_release(struct socket *socket)
{
    end(unix_of(socket), false);
    unix_flight_closed();
}

/* ---- Answers ---- */

static helix_status own_name(struct socket *socket, struct socket_address *address_out)
{
    unix_name_of(unix_of(socket), address_out);
    return HELIX_OK;
}

static helix_status peer_name(struct socket *socket, struct socket_address *address_out)
{
    struct unix_socket *peer = unix_peer_get(unix_of(socket));
    if (peer == NULL)
        return HELIX_E_NOT_CONNECTED;
    unix_name_of(peer, address_out);
    unix_put(peer);
    return HELIX_OK;
}

static helix_status peer_ids(struct socket *socket, struct socket_ids *ids_out)
{
    spin_lock(&unix_lock);
    *ids_out = unix_of(socket)->peer_ids;
    spin_unlock(&unix_lock);
    return HELIX_OK;
}

static helix_status count(struct socket *socket, enum socket_count what, u32 *bytes_out)
{
    struct unix_socket *own = unix_of(socket);
    if (what == SOCKET_COUNT_UNSENT) {
        *bytes_out = atomic_load_relaxed(&own->sent_charge);
        return HELIX_OK;
    }
    if (what == SOCKET_COUNT_AT_MARK) {
        *bytes_out = unix_is_at_mark(own);
        return HELIX_OK;
    }
    if (READ_ONCE(own->state) == UNIX_LISTENING)
        return HELIX_E_INVAL;
    spin_lock(&own->lock);
    *bytes_out = own->received_bytes;
    if (socket->type == LINUX_SOCK_DGRAM)
        *bytes_out = list_is_empty(&own->received)
                         ? 0
                         : container_of(own->received.next, struct unix_message, link)->bytes;
    spin_unlock(&own->lock);
    return HELIX_OK;
}

static bool listening(struct socket *socket)
{
    return READ_ONCE(unix_of(socket)->state) == UNIX_LISTENING;
}

static helix_status unix_shutdown(struct socket *socket, u32 how)
{
    struct unix_socket *own = unix_of(socket);
    unix_shut(own, how);
    struct unix_socket *peer = unix_connects(own) ? unix_peer_get(own) : NULL;
    if (peer == NULL)
        return HELIX_OK;
    unix_shut(peer, (how & SOCKET_SHUT_RECEIVE ? SOCKET_SHUT_SEND : 0) |
                        (how & SOCKET_SHUT_SEND ? SOCKET_SHUT_RECEIVE : 0));
    unix_put(peer);
    return HELIX_OK;
}

static helix_status no_listen(struct socket *socket, u32 backlog)
{
    (void)socket, (void)backlog;
    return HELIX_E_NOTSUP;
}

static helix_status no_accept(struct socket *socket, u32 flags, struct socket **accepted_out)
{
    (void)socket, (void)flags, (void)accepted_out;
    return HELIX_E_NOTSUP;
}

static helix_status listen_if_connecting(struct socket *socket, u32 backlog)
{
    return unix_connects(unix_of(socket)) ? unix_listen(socket, backlog)
                                          : no_listen(socket, backlog);
}

static helix_status accept_if_connecting(struct socket *socket, u32 flags,
                                         struct socket **accepted_out)
{
    return unix_connects(unix_of(socket)) ? unix_accept(socket, flags, accepted_out)
                                          : no_accept(socket, flags, accepted_out);
}

static helix_status connect_packets(struct socket *socket, const struct socket_address *address,
                                    const struct walk_context *walk, u32 flags)
{
    return unix_connects(unix_of(socket)) ? unix_connect_stream(socket, address, walk, flags)
                                          : unix_connect_datagram(socket, address, walk, flags);
}

const struct socket_ops unix_stream_ops = {
    .pair = unix_pair,
    .bind = unix_bind,
    .connect = unix_connect_stream,
    .listen = unix_listen,
    .accept = unix_accept,
    .own_name = own_name,
    .peer_name = peer_name,
    .peer_ids = peer_ids,
    .send = unix_send_stream,
    .receive = unix_receive_stream,
    .poll = unix_poll,
    .shutdown = unix_shutdown,
    .count = count,
    .listening = listening,
    .describe = unix_describe,
    .release = unix_release,
};

/* Datagrams and sequenced packets: whole messages. */
const struct socket_ops unix_datagram_ops = {
    .pair = unix_pair,
    .bind = unix_bind,
    .connect = connect_packets,
    .listen = listen_if_connecting,
    .accept = accept_if_connecting,
    .own_name = own_name,
    .peer_name = peer_name,
    .peer_ids = peer_ids,
    .send = unix_send_datagram,
    .receive = unix_receive_datagram,
    .poll = unix_poll,
    .shutdown = unix_shutdown,
    .count = count,
    .listening = listening,
    .describe = unix_describe,
    .release = unix_release,
};

static struct socket_family unix_family = {
    .number = LINUX_AF_UNIX,
    .create = unix_create,
    .recreate = unix_recreate,
};

void unix_start(void)
{
    socket_family_register(&unix_family);
    unix_names_start();
    unix_flight_start();
    unix_proc_start();
}
