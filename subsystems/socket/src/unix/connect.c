/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Who talks to whom: pairs, listeners, connections, and the peers of datagram sockets. */
#include <helix/abi/linux.h>

#include "unix.h"

helix_status unix_pair(struct socket *left, struct socket *right)
{
    struct unix_socket *l = unix_of(left), *r = unix_of(right);
    struct socket_ids ids;
    socket_effective_ids_here(&ids);
    unix_get(l);
    unix_get(r);
    spin_lock(&unix_lock);
    l->peer = r;
    r->peer = l;
    l->own_ids = r->own_ids = l->peer_ids = r->peer_ids = ids;
    if (unix_connects(l)) {
        atomic_store_release(&l->state, UNIX_CONNECTED);
        atomic_store_release(&r->state, UNIX_CONNECTED);
    }
    spin_unlock(&unix_lock);
    return HELIX_OK;
}

/* ---- Listening ---- */

helix_status unix_listen(struct socket *socket, u32 backlog)
{
    struct unix_socket *own = unix_of(socket);
    struct socket_ids ids;
    helix_status st = HELIX_OK;
    socket_effective_ids_here(&ids);
    spin_lock(&unix_lock);
    if (own->name == NULL || own->state == UNIX_CONNECTED) {
        st = HELIX_E_INVAL;
    } else {
        own->backlog = min(backlog, SOCKET_BACKLOG_MOST);
        own->own_ids = own->peer_ids = ids;
        atomic_store_release(&own->state, UNIX_LISTENING);
    }
    spin_unlock(&unix_lock);
    unix_wake(&own->room); // a longer queue than before
    return st;
}

static struct unix_socket *next_waiting(struct unix_socket *own)
{
    spin_lock(&unix_lock);
    struct list *node = list_pop_front(&own->waiting);
    if (node != NULL) {
        list_init(node);
        atomic_store_relaxed(&own->waiting_count, own->waiting_count - 1);
    }
    spin_unlock(&unix_lock);
    return node != NULL ? container_of(node, struct unix_socket, waiting_link) : NULL;
}

static bool may_accept(struct unix_socket *own)
{
    return atomic_load_relaxed(&own->waiting_count) != 0 ||
           (atomic_load_relaxed(&own->shut) & SOCKET_SHUT_RECEIVE);
}

helix_status unix_accept(struct socket *socket, u32 flags, struct socket **accepted_out)
{
    struct unix_socket *own = unix_of(socket);
    const nanos deadline = socket_deadline(READ_ONCE(socket->receive_time));
    if (READ_ONCE(own->state) != UNIX_LISTENING)
        return HELIX_E_INVAL;
    for (;;) {
        struct unix_socket *accepted = next_waiting(own);
        if (accepted != NULL) {
            unix_wake(&own->room);
            *accepted_out = &accepted->socket;
            return HELIX_OK;
        }
        if (atomic_load_relaxed(&own->shut) & SOCKET_SHUT_RECEIVE)
            return HELIX_E_INVAL;
        if (flags & LINUX_MSG_DONTWAIT)
            return HELIX_E_WOULD_BLOCK;
        helix_status st = WAIT_FOR(&own->readable, may_accept(own), deadline, WAIT_INTERRUPTIBLE,
                                   "socket_accept");
        if (st != HELIX_OK)
            return socket_wait_status(st, deadline);
    }
}

/* ---- Connecting ---- */

static bool has_room(const struct unix_socket *listener)
{
    return atomic_load_relaxed(&listener->waiting_count) <= READ_ONCE(listener->backlog) ||
           READ_ONCE(listener->state) != UNIX_LISTENING ||
           (atomic_load_relaxed(&listener->shut) & SOCKET_SHUT_RECEIVE);
}

/* WOULD_BLOCK: the queue is full. On success @embryo waits there, and is @own's peer. */
static helix_status join_locked(struct unix_socket *own, struct unix_socket *listener,
                                struct unix_socket *embryo) HELIX_REQUIRES(&unix_lock)
{
    if (own->state == UNIX_CONNECTED)
        return HELIX_E_CONNECTED;
    if (own->state == UNIX_LISTENING)
        return HELIX_E_INVAL;
    if (listener->state != UNIX_LISTENING ||
        (atomic_load_relaxed(&listener->shut) & SOCKET_SHUT_RECEIVE))
        return HELIX_E_CONNECTION_REFUSED;
    if (listener->waiting_count > listener->backlog)
        return HELIX_E_WOULD_BLOCK;
    unix_get(own);
    unix_get(embryo);
    embryo->peer = own;
    embryo->peer_ids = own->own_ids;
    embryo->name = listener->name;
    ref_get(&listener->name->references);
    embryo->socket.flags = listener->socket.flags & SOCKET_PASS_IDS;
    own->peer = embryo;
    own->peer_ids = listener->own_ids;
    atomic_store_release(&embryo->state, UNIX_CONNECTED);
    atomic_store_release(&own->state, UNIX_CONNECTED);
    list_push_back(&listener->waiting, &embryo->waiting_link);
    atomic_store_relaxed(&listener->waiting_count, listener->waiting_count + 1);
    return HELIX_OK;
}

static helix_status join(struct unix_socket *own, struct unix_socket *listener,
                         struct unix_socket *embryo)
{
    struct socket_ids ids;
    socket_effective_ids_here(&ids);
    spin_lock(&unix_lock);
    if (own->state == UNIX_FRESH)
        own->own_ids = ids;
    helix_status st = join_locked(own, listener, embryo);
    spin_unlock(&unix_lock);
    if (st == HELIX_OK)
        unix_wake_readers(listener, LINUX_POLLIN | LINUX_POLLRDNORM);
    return st;
}

static helix_status connect_once(struct unix_socket *own, struct unix_socket *listener,
                                 struct unix_socket *embryo, u32 flags, nanos deadline)
{
    helix_status st = join(own, listener, embryo);
    if (st != HELIX_E_WOULD_BLOCK || (flags & LINUX_MSG_DONTWAIT))
        return st;
    st = WAIT_FOR(&listener->room, has_room(listener), deadline, WAIT_INTERRUPTIBLE,
                  "socket_connect");
    return st != HELIX_OK ? socket_wait_status(st, deadline) : HELIX_E_AGAIN;
}

/* HELIX_E_AGAIN: the queue of the listener had no room; there may be some now. */
static helix_status connect_to(struct unix_socket *own, const struct socket_address *address,
                               const struct walk_context *walk, u32 flags, nanos deadline)
{
    struct unix_socket *listener;
    struct socket *embryo;
    helix_status st = unix_create(own->socket.type, 0, &embryo);
    if (st != HELIX_OK)
        return st;
    st = unix_find(address, own->socket.type, walk, &listener);
    if (st == HELIX_OK) {
        st = connect_once(own, listener, unix_of(embryo), flags, deadline);
        unix_put(listener);
    }
    if (st != HELIX_OK)
        unix_release(embryo);
    return st;
}

helix_status unix_connect_stream(struct socket *socket, const struct socket_address *address,
                                 const struct walk_context *walk, u32 flags)
{
    struct unix_socket *own = unix_of(socket);
    const nanos deadline = socket_deadline(READ_ONCE(socket->send_time));
    helix_status st = unix_check_address(address);
    if (st == HELIX_OK && own->name == NULL && (socket->flags & SOCKET_PASS_IDS))
        st = unix_autobind(own);
    if (st != HELIX_OK)
        return st;
    do
        st = connect_to(own, address, walk, flags, deadline);
    while (st == HELIX_E_AGAIN);
    if (st == HELIX_OK)
        unix_wake_all(own);
    return st;
}

/* ---- Datagrams ---- */

static void change_peer(struct unix_socket *own, struct unix_socket *peer)
{
    spin_lock(&unix_lock);
    struct unix_socket *old = own->peer;
    own->peer = peer;
    spin_unlock(&unix_lock);
    if (old != NULL) {
        unix_wake_all(old);
        unix_put(old);
    }
    unix_wake_all(own);
}

static bool is_for_others(struct unix_socket *own, struct unix_socket *other)
{
    spin_lock(&unix_lock);
    const bool others = other->peer != NULL && other->peer != own;
    spin_unlock(&unix_lock);
    return others;
}

helix_status unix_connect_datagram(struct socket *socket, const struct socket_address *address,
                                   const struct walk_context *walk, u32 flags)
{
    struct unix_socket *own = unix_of(socket), *other;
    (void)flags;
    if (address->bytes >= sizeof(u16) && address->family == LINUX_AF_UNSPEC) {
        change_peer(own, NULL);
        return HELIX_OK;
    }
    helix_status st = unix_check_address(address);
    if (st == HELIX_OK && own->name == NULL && (socket->flags & SOCKET_PASS_IDS))
        st = unix_autobind(own);
    if (st == HELIX_OK)
        st = unix_find(address, socket->type, walk, &other);
    if (st != HELIX_OK)
        return st;
    if (is_for_others(own, other)) {
        unix_put(other);
        return HELIX_E_PERM;
    }
    change_peer(own, other); // which takes over the reference
    return HELIX_OK;
}

/* ---- poll(2) ---- */

/*
 * A socket whose peer takes no more messages just now is not ready to send. It asks the peer to be
 * woken when there is room: first it asks, then it looks; the peer first makes room, then looks
 * who asked.
 */
static bool peer_is_full(struct unix_socket *own)
{
    struct unix_socket *peer = unix_peer_get(own);
    if (peer == NULL)
        return false;
    bool full = false;
    if (peer != own && (unix_connects(own) || READ_ONCE(peer->peer) != own)) {
        atomic_store_seq(&peer->room_wanted, true);
        atomic_fence_seq();
        full = unix_queue_is_full(peer);
    }
    unix_put(peer);
    return full;
}

void unix_room_made(struct unix_socket *own)
{
    unix_wake(&own->room);
    atomic_fence_seq();
    if (!atomic_load_relaxed(&own->room_wanted))
        return;
    atomic_store_relaxed(&own->room_wanted, false);
    spin_lock(&unix_lock);
    list_for_each(struct unix_socket, other, &unix_sockets, all_link) {
        if (other->peer == own)
            unix_wake(&other->writable);
    }
    spin_unlock(&unix_lock);
}

static u32 shut_events(u32 shut)
{
    u32 ready = 0;
    if (shut == SOCKET_SHUT_BOTH)
        ready |= LINUX_POLLHUP;
    if (shut & SOCKET_SHUT_RECEIVE)
        ready |= LINUX_POLLRDHUP | LINUX_POLLIN | LINUX_POLLRDNORM;
    return ready;
}

u32 unix_poll(struct socket *socket, struct poll_table *table)
{
    struct unix_socket *own = unix_of(socket);
    if (table->add != NULL) {
        table->add(table, &own->readable);
        table->add(table, &own->writable);
    }
    const u32 state = atomic_load_acquire(&own->state);
    u32 ready = shut_events(atomic_load_relaxed(&own->shut));
    if (atomic_load_relaxed(&socket->error) != 0)
        ready |= LINUX_POLLERR;
    if (atomic_load_relaxed(&own->received_count) != 0 ||
        atomic_load_relaxed(&own->waiting_count) != 0)
        ready |= LINUX_POLLIN | LINUX_POLLRDNORM;
    if (READ_ONCE(own->urgent) != NULL)
        ready |= LINUX_POLLPRI;
    if (unix_connects(own) && state == UNIX_FRESH)
        ready |= LINUX_POLLHUP;
    if (state != UNIX_LISTENING && unix_is_writable(own) &&
        (socket->type == LINUX_SOCK_STREAM || !peer_is_full(own)))
        ready |= LINUX_POLLOUT | LINUX_POLLWRNORM | LINUX_POLLWRBAND;
    return ready;
}
