/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Receiving. Who holds `reading` may look at the first message without the spinlock. */
#include <helix/abi/linux.h>

#include "unix.h"

/* The message after @passed others; NULL: there are not that many. */
static struct unix_message *message_after(struct unix_socket *own, u32 passed)
{
    struct unix_message *found = NULL;
    spin_lock(&own->lock);
    list_for_each(struct unix_message, message, &own->received, link) {
        if (passed-- == 0) {
            found = message;
            break;
        }
    }
    spin_unlock(&own->lock);
    return found;
}

static struct unix_message *first_message(struct unix_socket *own)
{
    return message_after(own, 0);
}

/* @bytes of the first message are read; @whole: so it goes. */
static void consume(struct unix_socket *own, struct unix_message *message, size_t bytes, bool whole)
{
    spin_lock(&own->lock);
    atomic_store_relaxed(&own->received_bytes, own->received_bytes - (u32)bytes);
    if (whole) {
        list_remove(&message->link);
        atomic_store_relaxed(&own->received_count, own->received_count - 1);
    }
    spin_unlock(&own->lock);
    if (whole)
        unix_room_made(own);
}

/* SO_PEEK_OFF: how much of what is there MSG_PEEK passes over. */
static u32 peek_start(const struct unix_socket *own, u32 flags)
{
    const i32 offset = READ_ONCE(own->socket.peek_offset);
    return (flags & LINUX_MSG_PEEK) && offset > 0 ? (u32)offset : 0;
}

/* @bytes were looked at, or (MSG_PEEK not set) taken. */
static void peek_move(struct unix_socket *own, u32 flags, size_t bytes)
{
    const i32 offset = READ_ONCE(own->socket.peek_offset);
    if (likely(offset < 0))
        return;
    const i32 by = (i32)min(bytes, (size_t)INT32_MAX / 2);
    WRITE_ONCE(own->socket.peek_offset,
               flags & LINUX_MSG_PEEK ? min(offset, INT32_MAX / 2) + by : max(offset - by, 0));
}

/* Is there more than the @start bytes that are passed over? */
static bool may_receive(struct unix_socket *own, u32 start)
{
    return (atomic_load_relaxed(&own->received_count) != 0 &&
            (start == 0 || atomic_load_relaxed(&own->received_bytes) > start)) ||
           (atomic_load_relaxed(&own->shut) & SOCKET_SHUT_RECEIVE) ||
           atomic_load_relaxed(&own->socket.error) != 0;
}

static helix_status await_message(struct unix_socket *own, u32 start, nanos deadline)
{
    helix_status st = WAIT_FOR(&own->readable, may_receive(own, start), deadline,
                               WAIT_INTERRUPTIBLE, "socket_receive");
    return socket_wait_status(st, deadline);
}

static helix_status take_files(struct unix_message *from, struct socket_message *message)
{
    struct socket_control *control = message->control;
    if (from->files == NULL)
        return HELIX_OK;
    if (control != NULL && control->files == NULL) {
        if (message->flags & LINUX_MSG_PEEK)
            return unix_flight_copy(from, control);
        unix_flight_leave(from, control);
    }
    return HELIX_OK;
}

static void tell_sender(struct unix_socket *own, const struct unix_message *from,
                        struct socket_message *message)
{
    if (message->control != NULL) {
        message->control->has_ids = (own->socket.flags & SOCKET_PASS_IDS) != 0;
        message->control->ids = from->ids;
    }
    if (message->address == NULL)
        return;
    unix_name_of(from->sender, message->address);
    if (message->address->bytes <= sizeof(u16))
        message->address->bytes = 0; // nobody can answer: no name at all
}

/* ---- Streams ---- */

struct stream_read {
    struct unix_socket *own;
    struct socket_message *message;
    size_t done, target;
    u32 passed; // messages that MSG_PEEK has seen
    u32 start;  // bytes that it passes over
    struct socket_ids ids;
    bool have_ids, ended;
};

static bool same_sender(const struct socket_ids *left, const struct socket_ids *right)
{
    return left->pid == right->pid && left->uid == right->uid && left->gid == right->gid;
}

/* Take from @from what fits. Files end a read: they belong to these bytes and no others. */
static helix_status read_from(struct stream_read *read, struct unix_message *from)
{
    struct unix_socket *own = read->own;
    struct socket_message *message = read->message;
    const bool passes = (own->socket.flags & SOCKET_PASS_IDS) != 0;
    if (passes && read->have_ids && !same_sender(&read->ids, &from->ids)) {
        read->ended = true;
        return HELIX_OK;
    }
    const u32 left = from->bytes - from->taken;
    if (unlikely(read->start >= left && read->start != 0)) {
        read->start -= left;
        read->passed++;
        return HELIX_OK;
    }
    const bool had_files = from->files != NULL;
    const size_t bytes = min(message->data->remaining, (size_t)(left - read->start));
    helix_status st = io_copy_out(message->data, from->data + from->taken + read->start, bytes);
    read->start = 0;
    if (st == HELIX_OK && !read->have_ids)
        tell_sender(own, from, message);
    if (st == HELIX_OK)
        st = take_files(from, message);
    if (st != HELIX_OK)
        return st;
    read->ids = from->ids;
    read->have_ids = true;
    read->done += bytes;
    read->ended = had_files;
    if (message->flags & LINUX_MSG_PEEK) {
        read->passed++;
        return HELIX_OK;
    }
    from->taken += (u32)bytes;
    const bool whole = from->taken == from->bytes;
    consume(own, from, bytes, whole);
    if (whole)
        unix_message_free(from);
    return HELIX_OK;
}

/* @from is urgent, or was. True: there is nothing of it to read. */
static bool passes_mark(struct stream_read *read, struct unix_message *from)
{
    struct unix_socket *own = read->own;
    switch (unix_mark_at(own, from, read->done != 0, read->message->flags)) {
    case UNIX_MARK_STOPS:
        read->ended = true;
        return true;
    case UNIX_MARK_DROP:
        consume(own, from, from->bytes - from->taken, true);
        unix_message_free(from);
        return true;
    case UNIX_MARK_PASS:
        read->passed++;
        return true;
    default:
        return false;
    }
}

/* One turn with the queue. WOULD_BLOCK: it is empty, and nothing says that it stays so. */
static helix_status read_some(struct stream_read *read)
{
    struct unix_socket *own = read->own;
    helix_status st = HELIX_OK;
    sleep_lock_write(&own->reading);
    if (read->done == 0) {
        read->passed = 0;
        read->start = peek_start(own, read->message->flags);
    }
    while (st == HELIX_OK && !read->ended && read->message->data->remaining > 0) {
        struct unix_message *from = message_after(own, read->passed);
        if (from != NULL && unlikely(from->urgent) && passes_mark(read, from))
            continue;
        if (from != NULL)
            st = read_from(read, from);
        else if (read->done >= read->target || (read->passed != 0 && read->done != 0))
            break;
        else if ((st = socket_take_error(&own->socket)) == HELIX_OK) {
            read->ended = (atomic_load_acquire(&own->shut) & SOCKET_SHUT_RECEIVE) != 0;
            // The last message and the end may have come since the queue was looked at.
            if (!read->ended)
                st = HELIX_E_WOULD_BLOCK;
            else if (message_after(own, read->passed) != NULL)
                read->ended = false;
        }
    }
    sleep_unlock_write(&own->reading);
    return st;
}

helix_status unix_receive_stream(struct socket *socket, struct socket_message *message,
                                 size_t *done_out)
{
    struct unix_socket *own = unix_of(socket);
    const nanos deadline = socket_deadline(READ_ONCE(socket->receive_time));
    const size_t wanted = message->data->remaining;
    *done_out = 0;
    if (message->address != NULL)
        message->address->bytes = 0;
    if (atomic_load_acquire(&own->state) != UNIX_CONNECTED)
        return HELIX_E_INVAL;
    if (unlikely(message->flags & LINUX_MSG_OOB))
        return unix_receive_urgent(own, message, done_out);
    struct stream_read read = {.own = own, .message = message};
    read.target =
        message->flags & LINUX_MSG_WAITALL ? wanted : min((size_t)socket->low_water, wanted);
    helix_status st;
    for (;;) {
        st = read_some(&read);
        if (st != HELIX_E_WOULD_BLOCK || (message->flags & LINUX_MSG_DONTWAIT))
            break;
        st = await_message(own, read.done == 0 ? peek_start(own, message->flags) : 0, deadline);
        if (st != HELIX_OK)
            break;
    }
    peek_move(own, message->flags, read.done);
    *done_out = read.done;
    return read.done > 0 ? HELIX_OK : st;
}

/* ---- Datagrams and packets ---- */

static helix_status read_packet(struct unix_socket *own, struct unix_message *from, u32 start,
                                struct socket_message *message, size_t *done_out)
{
    const bool peek = (message->flags & LINUX_MSG_PEEK) != 0;
    const size_t left = from->bytes - start;
    const size_t bytes = min(message->data->remaining, left);
    helix_status st = io_copy_out(message->data, from->data + start, bytes);
    if (st == HELIX_OK)
        tell_sender(own, from, message);
    if (st == HELIX_OK)
        st = take_files(from, message);
    if (peek && st != HELIX_OK)
        return st;
    if (bytes < left)
        message->flags_out |= LINUX_MSG_TRUNC;
    *done_out = message->flags & LINUX_MSG_TRUNC ? left : bytes;
    peek_move(own, message->flags, peek ? bytes : from->bytes);
    if (peek)
        return HELIX_OK;
    consume(own, from, from->bytes, true); // also when the buffer was bad: it is lost then
    unix_message_free(from);
    return st;
}

/* What a socket without messages says. WOULD_BLOCK: wait for some. */
static helix_status empty_status(struct unix_socket *own, u32 flags)
{
    helix_status st = socket_take_error(&own->socket);
    if (st != HELIX_OK)
        return st;
    const bool ended = (atomic_load_acquire(&own->shut) & SOCKET_SHUT_RECEIVE) != 0;
    if (!ended || (!unix_connects(own) && (flags & LINUX_MSG_DONTWAIT)))
        return HELIX_E_WOULD_BLOCK;
    return HELIX_E_NO_DATA;
}

/* The first message, or the one in which MSG_PEEK begins; *start_io: at which byte of it. */
static struct unix_message *packet_at(struct unix_socket *own, u32 *start_io)
{
    struct unix_message *from = first_message(own);
    for (u32 passed = 1; from != NULL && *start_io != 0 && *start_io >= from->bytes; passed++) {
        *start_io -= from->bytes;
        from = message_after(own, passed);
    }
    return from;
}

static helix_status read_one(struct unix_socket *own, struct socket_message *message,
                             size_t *done_out)
{
    helix_status st;
    u32 start = peek_start(own, message->flags);
    sleep_lock_write(&own->reading);
    struct unix_message *from = packet_at(own, &start);
    if (from == NULL) {
        st = empty_status(own, message->flags);
        if (st == HELIX_E_NO_DATA && start == 0)
            from = first_message(own); // the last may have come since
    }
    if (from != NULL)
        st = read_packet(own, from, start, message, done_out);
    sleep_unlock_write(&own->reading);
    return st;
}

helix_status unix_receive_datagram(struct socket *socket, struct socket_message *message,
                                   size_t *done_out)
{
    struct unix_socket *own = unix_of(socket);
    const nanos deadline = socket_deadline(READ_ONCE(socket->receive_time));
    *done_out = 0;
    if (message->address != NULL)
        message->address->bytes = 0;
    if (unix_connects(own) && atomic_load_acquire(&own->state) != UNIX_CONNECTED)
        return HELIX_E_NOT_CONNECTED;
    if (message->flags & LINUX_MSG_OOB)
        return HELIX_E_NOTSUP;
    for (;;) {
        helix_status st = read_one(own, message, done_out);
        if (st == HELIX_E_NO_DATA)
            return HELIX_OK; // the end
        if (st != HELIX_E_WOULD_BLOCK || (message->flags & LINUX_MSG_DONTWAIT))
            return st;
        st = await_message(own, peek_start(own, message->flags), deadline);
        if (st != HELIX_OK)
            return st;
    }
}
