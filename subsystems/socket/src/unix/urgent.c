/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * MSG_OOB: the last byte of such a message is a message of its own, and the place where it stands
 * is the mark. A read ends before the mark; one that begins there passes over the byte, which is
 * received with MSG_OOB, or with SO_OOBINLINE in its turn. Only the latest byte is urgent: those
 * before it become data. Once received it stays as an empty message, so that reads still end there.
 */
#include <helix/abi/linux.h>
#include <helix/vfs/file.h>

#include "socket_private.h"
#include "unix.h"

/* The file of @own, with a reference; NULL: it has none. While it lives and is not dead its file
 * has not been freed. */
static struct file *file_of_locked(const struct unix_socket *own) HELIX_REQUIRES(&own->lock)
{
    struct file *file = READ_ONCE(own->socket.file);
    return file != NULL && ref_try_get(&file->references) ? file : NULL;
}

helix_status unix_send_urgent(struct unix_socket *own, struct unix_message *message)
{
    struct unix_socket *peer = own->peer;
    struct file *file = NULL;
    spin_lock(&peer->lock);
    const bool open = !peer->dead && !(peer->shut & SOCKET_SHUT_RECEIVE);
    if (open) {
        unix_append_locked(peer, message);
        peer->urgent = message;
        file = file_of_locked(peer);
    }
    spin_unlock(&peer->lock);
    if (file != NULL) {
        socket_urgent_here(file);
        file_put(file);
    }
    if (!open)
        return HELIX_E_SHUT_DOWN;
    unix_wake_readers(peer, LINUX_POLLIN | LINUX_POLLRDNORM | LINUX_POLLPRI);
    return HELIX_OK;
}

static void forget(struct unix_socket *own)
{
    spin_lock(&own->lock);
    own->urgent = NULL;
    spin_unlock(&own->lock);
}

enum unix_mark unix_mark_at(struct unix_socket *own, const struct unix_message *from, bool begun,
                            u32 flags)
{
    const bool peek = flags & LINUX_MSG_PEEK;
    const bool empty = from->taken == from->bytes;
    if (from != READ_ONCE(own->urgent) && !empty)
        return UNIX_MARK_NONE;
    if (begun)
        return UNIX_MARK_STOPS;
    if (!empty && (own->socket.flags & SOCKET_OOB_INLINE)) {
        if (!peek)
            forget(own);
        return UNIX_MARK_NONE;
    }
    if (peek)
        return UNIX_MARK_PASS;
    if (!empty)
        forget(own);
    return UNIX_MARK_DROP;
}

/* The urgent byte stays urgent when it was only looked at. */
static helix_status take_urgent(struct unix_socket *own, struct socket_message *message)
{
    struct unix_message *urgent = READ_ONCE(own->urgent);
    if (urgent == NULL || (own->socket.flags & SOCKET_OOB_INLINE))
        return HELIX_E_INVAL;
    const helix_status st =
        message->data->remaining == 0 ? HELIX_E_FAULT : io_copy_out(message->data, urgent->data, 1);
    if (!(message->flags & LINUX_MSG_PEEK)) {
        spin_lock(&own->lock);
        own->urgent = NULL;
        urgent->taken = urgent->bytes;
        atomic_store_relaxed(&own->received_bytes, own->received_bytes - 1);
        spin_unlock(&own->lock);
    }
    return st;
}

helix_status unix_receive_urgent(struct unix_socket *own, struct socket_message *message,
                                 size_t *done_out)
{
    sleep_lock_write(&own->reading);
    const helix_status st = take_urgent(own, message);
    sleep_unlock_write(&own->reading);
    if (st != HELIX_OK)
        return st;
    message->flags_out |= LINUX_MSG_OOB;
    *done_out = 1;
    return HELIX_OK;
}

bool unix_is_at_mark(struct unix_socket *own)
{
    spin_lock(&own->lock);
    const bool at_mark = own->urgent != NULL && own->received.next == &own->urgent->link;
    spin_unlock(&own->lock);
    return at_mark;
}
