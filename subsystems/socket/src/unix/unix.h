/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/execution/wait.h>
#include <helix/hal/spinlock.h>
#include <helix/lib/atomic.h>
#include <helix/lib/list.h>
#include <helix/lib/refcount.h>
#include <helix/memory/sleep_lock.h>
#include <helix/socket/socket.h>

/*
 * AF_UNIX. A socket lives by references: its file (or the queue it waits in to be accepted) has
 * one, a connected peer one, every message one on its sender.
 *
 * unix_lock guards who is bound and connected to whom. socket->lock guards what a socket has
 * received; nothing is freed and no reference put under either. A stream's peer never changes once
 * `state` says UNIX_CONNECTED, so senders follow it without a lock; a datagram socket's does.
 * reading (a sleeping lock) makes receivers take turns: who holds it may look at the first message
 * while nobody holds the spinlock.
 *
 * Waiting: a reader for `readable`, a sender for room of its own on `writable` and, on datagrams
 * and connections, for room in the other's queue on the other's `room`.
 */
enum unix_state {
    UNIX_FRESH,
    UNIX_LISTENING,
    UNIX_CONNECTED, // has, or had, a peer
};

/* An address that is in use. Kept by its owner and by the sockets accepted from it. */
struct unix_name {
    struct refcount references;
    struct list link;          // of the table, while its owner has it; unix_lock
    struct unix_socket *owner; // no reference; NULL: closed. unix_lock
    struct path place;         // of a pathname; references
    u64 node;                  // 0: abstract
    u16 type;                  // two types do not share an abstract name
    u32 bytes;
    u8 data[UNIX_ADDRESS_MOST];
};

struct unix_socket {
    struct socket socket; // first
    struct refcount references;
    struct list all_link; // unix_lock

    u32 state;              // enum unix_state; changed under unix_lock
    struct unix_name *name; // set once
    struct sleep_lock binding;
    struct unix_socket *peer; // reference
    struct socket_ids own_ids, peer_ids;
    u64 wanted_peer; // of one made from a record: the number of its peer, which is still to come
    bool dead;       // its file is closed; lock

    struct list waiting;      // of a listener: connected and not accepted; unix_lock
    struct list waiting_link; // in that list
    u32 waiting_count, backlog;

    struct spinlock lock;
    struct list received HELIX_GUARDED_BY(&lock); // struct unix_message
    u32 received_count;                           // read without the lock
    u32 received_bytes;
    struct unix_message *urgent; // the last one sent with MSG_OOB, until it is taken or passed
    u32 shut;                    // SOCKET_SHUT_*, read without the lock
    struct sleep_lock reading;
    struct wait_queue readable, writable, room;
    bool room_wanted; // a socket that sends here waits, on its own queue, for room (atomic)

    u32 sent_charge; // of its messages that nobody has taken yet (atomic)

    struct list flight_link; // flight.c's from here on
    u32 in_flight, found;
    bool candidate;
};

struct unix_message {
    struct list link;
    struct unix_socket *sender; // reference
    u32 bytes, taken;
    u32 charge;
    u32 file_count;
    bool urgent; // was sent with MSG_OOB
    struct socket_ids ids;
    struct file **files; // NULL: none, or taken
    u32 flight_uid;
    u8 data[] HELIX_ALIGNED(8); // as user memory mostly is: words are copied
};

extern struct spinlock unix_lock;
extern struct list unix_sockets HELIX_GUARDED_BY(&unix_lock);
extern const struct socket_ops unix_stream_ops, unix_datagram_ops;

void unix_start(void);
void unix_proc_start(void);
void unix_names_start(void);

static inline struct unix_socket *unix_of(struct socket *socket)
{
    return container_of(socket, struct unix_socket, socket);
}

static inline bool unix_connects(const struct unix_socket *own)
{
    return own->socket.type != LINUX_SOCK_DGRAM;
}

/* ---- life.c ---- */

helix_status unix_create(u32 type, u32 protocol, struct socket **socket_out);
void unix_release(struct socket *socket);
void unix_free(struct unix_socket *own);
bool unix_is_unix(const struct file *file, struct unix_socket **own_out);

static inline void unix_get(struct unix_socket *own)
{
    ref_get(&own->references);
}

static inline void unix_put(struct unix_socket *own)
{
    if (ref_put(&own->references))
        unix_free(own);
}

static inline void unix_wake(struct wait_queue *queue)
{
    if (wait_queue_active(queue))
        wait_wake_all(queue);
}

/* There is something to receive, or (LINUX_POLLHUP) never will be again. */
static inline void unix_wake_readers(struct unix_socket *own, u32 events)
{
    if (wait_queue_active(&own->readable))
        wait_wake_events(&own->readable, events);
}

void unix_append_locked(struct unix_socket *other, struct unix_message *message)
    HELIX_REQUIRES(&other->lock);
void unix_wake_all(struct unix_socket *own);

/* No more of @how (SOCKET_SHUT_*) on @own; wakes. */
void unix_shut(struct unix_socket *own, u32 how);

/* The peer with a reference; NULL: none. */
struct unix_socket *unix_peer_get(struct unix_socket *own);

/* ---- name.c ---- */

helix_status unix_bind(struct socket *socket, const struct socket_address *address,
                       const struct walk_context *walk);
helix_status unix_autobind(struct unix_socket *own);

/* As bind, for a pathname whose file is there already. */
helix_status unix_rebind(struct unix_socket *own, const struct socket_address *address,
                         const struct walk_context *walk);

/* @own shows @address without owning it, as one does that was accepted. */
helix_status unix_name_show(struct unix_socket *own, const struct socket_address *address);

/* Who has @address, with a reference. CONNECTION_REFUSED: nobody; PROTOTYPE: of another type. */
helix_status unix_find(const struct socket_address *address, u32 type,
                       const struct walk_context *walk, struct unix_socket **other_out);
helix_status unix_check_address(const struct socket_address *address);
void unix_name_put(struct unix_name *name);
void unix_name_retire(struct unix_socket *own); // it closes: its name leads nowhere
void unix_name_of(const struct unix_socket *own, struct socket_address *address_out);

/* ---- message.c ---- */

/* A message with room for @bytes, charged to @sender. */
helix_status unix_message_create(struct unix_socket *sender, size_t bytes,
                                 struct unix_message **message_out);
void unix_message_free(struct unix_message *message);

/* Free a list of them. What they carry may be sockets with messages that carry sockets: however
 * deep that goes, it takes a bounded stack. */
void unix_messages_free(struct list *messages);

/* ---- flight.c ---- */

/* The files of @control go into @message. TOO_MANY_IN_FLIGHT. */
helix_status unix_flight_board(struct unix_message *message, struct socket_control *control);

/* They come out again: the caller gets the references. */
void unix_flight_leave(struct unix_message *message, struct socket_control *control);

/* The same by copy, for MSG_PEEK. */
helix_status unix_flight_copy(struct unix_message *message, struct socket_control *control);
u32 unix_flight_count(void);

/* A socket was closed: look, now or soon, for sockets that only messages in them know of. */
void unix_flight_closed(void);
void unix_flight_start(void);

/* ---- connect.c, send.c, receive.c: slots of the operations ---- */

helix_status unix_pair(struct socket *left, struct socket *right);
helix_status unix_connect_stream(struct socket *socket, const struct socket_address *address,
                                 const struct walk_context *walk, u32 flags);
helix_status unix_connect_datagram(struct socket *socket, const struct socket_address *address,
                                   const struct walk_context *walk, u32 flags);
helix_status unix_listen(struct socket *socket, u32 backlog);
helix_status unix_accept(struct socket *socket, u32 flags, struct socket **accepted_out);
helix_status unix_send_stream(struct socket *socket, struct socket_message *message,
                              size_t *done_out);
helix_status unix_send_datagram(struct socket *socket, struct socket_message *message,
                                size_t *done_out);
helix_status unix_receive_stream(struct socket *socket, struct socket_message *message,
                                 size_t *done_out);
helix_status unix_receive_datagram(struct socket *socket, struct socket_message *message,
                                   size_t *done_out);
/* object.c */
helix_status unix_describe(struct socket *socket, struct object_writer *writer);
helix_status unix_recreate(struct object_reader *reader, const struct object_record *record,
                           struct socket *socket);

/* urgent.c: the byte of MSG_OOB, a message of its own. SHUT_DOWN: @message is still the caller's.
 */
helix_status unix_send_urgent(struct unix_socket *own, struct unix_message *message);
helix_status unix_receive_urgent(struct unix_socket *own, struct socket_message *message,
                                 size_t *done_out);

/* A read has come to @from, with bytes before it or without. */
enum unix_mark {
    UNIX_MARK_NONE,  // read it
    UNIX_MARK_STOPS, // end before it
    UNIX_MARK_DROP,  // it is not for this read, nor for a later one
    UNIX_MARK_PASS,  // it is not for this look
};
enum unix_mark unix_mark_at(struct unix_socket *own, const struct unix_message *from, bool begun,
                            u32 flags);
bool unix_is_at_mark(struct unix_socket *own);

void unix_room_made(struct unix_socket *own); // somebody took a message out of its queue
u32 unix_poll(struct socket *socket, struct poll_table *table);

#define UNIX_QUEUE_MOST 10u // datagrams that wait at a socket beyond the first, as Linux
static inline bool unix_queue_is_full(const struct unix_socket *own)
{
    return atomic_load_relaxed(&own->received_count) > UNIX_QUEUE_MOST;
}
static inline bool unix_may_send(const struct unix_socket *own)
{
    return atomic_load_relaxed(&own->sent_charge) < READ_ONCE(own->socket.send_bytes);
}
/* More reserved than unix_may_send(), so that who waits wakes for more than a byte. */
static inline bool unix_is_writable(const struct unix_socket *own)
{
    return (u64)atomic_load_relaxed(&own->sent_charge) * 4 <= READ_ONCE(own->socket.send_bytes);
}
