/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Messages between AF_UNIX sockets: memory, accounts, and the end of what nobody reads. */
#include <helix/execution/thread.h>
#include <helix/memory/heap.h>

#include "unix.h"

/* What a message costs its sender beyond its bytes: small ones fill no memory for free. */
#define OVERHEAD 512u

helix_status unix_message_create(struct unix_socket *sender, size_t bytes,
                                 struct unix_message **message_out)
{
    struct unix_message *message = kmalloc(sizeof *message + bytes);
    if (message == NULL)
        return HELIX_E_NO_BUFFERS;
    *message = (struct unix_message){
        .sender = sender,
        .bytes = (u32)bytes,
        .charge = (u32)bytes + OVERHEAD,
    };
    unix_get(sender);
    atomic_fetch_add_relaxed(&sender->sent_charge, message->charge);
    *message_out = message;
    return HELIX_OK;
}

/* Without files by now. */
static void give_back(struct unix_message *message)
{
    struct unix_socket *sender = message->sender;
    atomic_fetch_sub_release(&sender->sent_charge, message->charge);
    kfree(message);
    if (unix_is_writable(sender))
        unix_wake(&sender->writable);
    unix_put(sender);
}

/*
 * Putting a file may release a socket, whose messages hold files: each of these comes here while
 * the first is being put. They are queued, and the one who is at it frees them in turn.
 */
static struct {
    struct spinlock lock;
    struct list messages HELIX_GUARDED_BY(&lock);
    bool busy HELIX_GUARDED_BY(&lock);
} doomed = {.lock = SPINLOCK_INIT(LOCK_RANK_SOCKET), .messages = LIST_INIT(doomed.messages)};

static struct unix_message *next_doomed(void)
{
    spin_lock(&doomed.lock);
    struct list *node = list_pop_front(&doomed.messages);
    if (node == NULL)
        doomed.busy = false;
    spin_unlock(&doomed.lock);
    return node != NULL ? container_of(node, struct unix_message, link) : NULL;
}

static void put_files(struct unix_message *message)
{
    struct socket_control control = {0};
    unix_flight_leave(message, &control);
    for (u32 i = 0; i < control.file_count; i++)
        file_put(control.files[i]);
    kfree(control.files);
}

static void free_with_files(struct unix_message *message)
{
    spin_lock(&doomed.lock);
    list_push_back(&doomed.messages, &message->link);
    const bool mine = !doomed.busy;
    doomed.busy = true;
    spin_unlock(&doomed.lock);
    if (!mine)
        return;
    while ((message = next_doomed()) != NULL) {
        put_files(message);
        give_back(message);
    }
}

void unix_message_free(struct unix_message *message)
{
    if (message->files != NULL)
        free_with_files(message);
    else
        give_back(message);
}

void unix_messages_free(struct list *messages)
{
    struct list *node;
    while ((node = list_pop_front(messages)) != NULL)
        unix_message_free(container_of(node, struct unix_message, link));
}
