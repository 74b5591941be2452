/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * AF_NETLINK sockets: a queue of messages from the kernel, and an address.
 *
 * What a program sends is read the way rtnetlink(7) tells: there are no interfaces, addresses,
 * routes or neighbours, so lists of them are empty, and all else is an error.
 */
#include <helix/socket/netlink.h>

#include <helix/abi/linux.h>
#include <helix/execution/wait.h>
#include <helix/hal/spinlock.h>
#include <helix/lib/atomic.h>
#include <helix/lib/list.h>
#include <helix/lib/refcount.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#include "socket_private.h"

struct netlink_address {
    u16 family, pad;
    u32 port, groups;
};

struct netlink_header {
    u32 bytes;
    u16 type, flags;
    u32 sequence, port;
};

enum netlink_flag {
    NETLINK_REQUEST = 1u << 0,
    NETLINK_MULTI = 1u << 1,
    NETLINK_ACKNOWLEDGE = 1u << 2,
    NETLINK_CAPPED = 1u << 8, // an answer that does not quote all of its request
    NETLINK_LIST = 3u << 8,   // a request
};

enum netlink_type {
    NETLINK_ERROR = 2,
    NETLINK_DONE = 3,
    NETLINK_FIRST = 16,
    NETLINK_GET_INTERFACE = 18,
    NETLINK_GET_NEIGHBOUR = 30, // those of addresses and routes are between
};

#define REQUESTS_MOST 32768u // bytes of one send
#define WAITING_MOST  64u    // answers that nobody has read

struct netlink_socket {
    struct socket socket;       // first
    struct refcount references; // its file, and notes on their way
    struct spinlock lock;
    struct list received HELIX_GUARDED_BY(&lock); // struct netlink_note
    u32 waiting HELIX_GUARDED_BY(&lock);          // how many
    bool closed HELIX_GUARDED_BY(&lock);
    struct wait_queue readable;
    u32 port, groups; // port 0: not bound
};

struct netlink_note {
    struct list link;
    struct netlink_socket *to; // reference
    size_t bytes;
    u8 data[];
};

static struct kmem_cache netlink_cache = KMEM_CACHE(netlink_socket);
static const struct socket_ops netlink_ops;

static struct netlink_socket *netlink_of(struct socket *socket)
{
    return container_of(socket, struct netlink_socket, socket);
}

static void put(struct netlink_socket *own)
{
    if (ref_put(&own->references))
        kmem_free(&netlink_cache, own);
}

static helix_status create(u32 type, u32 protocol, struct socket **socket_out)
{
    if (type != LINUX_SOCK_RAW && type != LINUX_SOCK_DGRAM)
        return HELIX_E_SOCKET_TYPE;
    if (protocol != 0) // NETLINK_ROUTE
        return HELIX_E_PROTOCOL_SUPPORT;
    struct netlink_socket *own = kmem_alloc(&netlink_cache);
    if (own == NULL)
        return HELIX_E_NOMEM;
    socket_init(&own->socket, &netlink_ops, LINUX_AF_NETLINK, type, protocol);
    ref_init(&own->references);
    spinlock_init(&own->lock, LOCK_RANK_SOCKET);
    list_init(&own->received);
    wait_queue_init(&own->readable);
    *socket_out = &own->socket;
    return HELIX_OK;
}

static void release(struct socket *socket)
{
    struct netlink_socket *own = netlink_of(socket);
    struct list *node;
    struct list notes;
    list_init(&notes);
    spin_lock(&own->lock);
    own->closed = true;
    while ((node = list_pop_front(&own->received)) != NULL)
        list_push_back(&notes, node);
    spin_unlock(&own->lock);
    while ((node = list_pop_front(&notes)) != NULL)
        netlink_note_free(container_of(node, struct netlink_note, link));
    put(own);
}

/* ---- Notes ---- */

static struct netlink_note *note_new(struct netlink_socket *to, size_t bytes)
{
    struct netlink_note *note = kmalloc(sizeof *note + bytes);
    if (note == NULL)
        return NULL;
    note->to = to;
    ref_get(&to->references);
    note->bytes = bytes;
    return note;
}

helix_status netlink_note_create(struct file *file, const void *data, size_t bytes,
                                 struct netlink_note **note_out)
{
    struct socket *socket;
    helix_status st = socket_of_file(file, &socket);
    if (st != HELIX_OK)
        return st;
    if (socket == NULL || socket->ops != &netlink_ops)
        return HELIX_E_INVAL;
    struct netlink_note *note = note_new(netlink_of(socket), bytes);
    if (note == NULL)
        return HELIX_E_NOMEM;
    memcpy(note->data, data, bytes);
    *note_out = note;
    return HELIX_OK;
}

void *netlink_note_data(struct netlink_note *note)
{
    return note->data;
}

void netlink_note_free(struct netlink_note *note)
{
    put(note->to);
    kfree(note);
}

void netlink_note_send(struct netlink_note *note)
{
    struct netlink_socket *to = note->to;
    ref_get(&to->references);
    spin_lock(&to->lock);
    const bool open = !to->closed;
    if (open) {
        list_push_back(&to->received, &note->link);
        to->waiting++;
    }
    spin_unlock(&to->lock);
    if (open)
        wait_wake_events(&to->readable, LINUX_POLLIN | LINUX_POLLRDNORM);
    else
        netlink_note_free(note);
    put(to);
}

/* ---- Receiving ---- */

static bool has_note(struct netlink_socket *own)
{
    spin_lock(&own->lock);
    const bool has = !list_is_empty(&own->received);
    spin_unlock(&own->lock);
    return has;
}

/* The first note, copied out while nobody else has it; put back in front after MSG_PEEK. */
static struct netlink_note *take(struct netlink_socket *own)
{
    spin_lock(&own->lock);
    struct list *node = list_pop_front(&own->received);
    own->waiting -= node != NULL;
    spin_unlock(&own->lock);
    return node != NULL ? container_of(node, struct netlink_note, link) : NULL;
}

static void put_back(struct netlink_socket *own, struct netlink_note *note)
{
    spin_lock(&own->lock);
    list_push_front(&own->received, &note->link);
    own->waiting++;
    spin_unlock(&own->lock);
}

static void tell_kernel(struct socket_address *address_out)
{
    const struct netlink_address address = {.family = LINUX_AF_NETLINK};
    address_out->bytes = sizeof address;
    memcpy(address_out->data, &address, sizeof address);
}

static helix_status give(struct netlink_socket *own, struct netlink_note *note,
                         struct socket_message *message, size_t *done_out)
{
    const size_t bytes = min(message->data->remaining, note->bytes);
    const helix_status st = io_copy_out(message->data, note->data, bytes);
    if (message->address != NULL)
        tell_kernel(message->address);
    if (bytes < note->bytes)
        message->flags_out |= LINUX_MSG_TRUNC;
    *done_out = message->flags & LINUX_MSG_TRUNC ? note->bytes : bytes;
    if (message->flags & LINUX_MSG_PEEK)
        put_back(own, note);
    else
        netlink_note_free(note);
    return st;
}

static helix_status receive(struct socket *socket, struct socket_message *message, size_t *done_out)
{
    struct netlink_socket *own = netlink_of(socket);
    const nanos deadline = socket_deadline(READ_ONCE(socket->receive_time));
    *done_out = 0;
    if (message->flags & LINUX_MSG_OOB)
        return HELIX_E_NOTSUP;
    for (;;) {
        struct netlink_note *note = take(own);
        if (note != NULL)
            return give(own, note, message, done_out);
        if (message->flags & LINUX_MSG_DONTWAIT)
            return HELIX_E_WOULD_BLOCK;
        const helix_status st =
            WAIT_FOR(&own->readable, has_note(own), deadline, WAIT_INTERRUPTIBLE, "socket_receive");
        if (st != HELIX_OK)
            return socket_wait_status(st, deadline);
    }
}

static u32 poll(struct socket *socket, struct poll_table *table)
{
    struct netlink_socket *own = netlink_of(socket);
    if (table->add != NULL)
        table->add(table, &own->readable);
    return LINUX_POLLOUT | LINUX_POLLWRNORM | (has_note(own) ? LINUX_POLLIN | LINUX_POLLRDNORM : 0);
}

/* ---- Names ---- */

static helix_status bind(struct socket *socket, const struct socket_address *address,
                         const struct walk_context *walk)
{
    struct netlink_socket *own = netlink_of(socket);
    struct netlink_address wanted;
    struct socket_ids ids;
    (void)walk;
    if (address->bytes < sizeof wanted || address->family != LINUX_AF_NETLINK)
        return HELIX_E_INVAL;
    memcpy(&wanted, address->data, sizeof wanted);
    if (own->port != 0 && wanted.port != own->port)
        return HELIX_E_INVAL;
    socket_ids_here(&ids);
    own->port = wanted.port != 0 ? wanted.port : ids.pid;
    own->groups = wanted.groups;
    return HELIX_OK;
}

static helix_status connect(struct socket *socket, const struct socket_address *address,
                            const struct walk_context *walk, u32 flags)
{
    (void)socket, (void)walk, (void)flags;
    return address->bytes >= sizeof(u16) && address->family == LINUX_AF_NETLINK ? HELIX_OK
                                                                                : HELIX_E_INVAL;
}

static helix_status own_name(struct socket *socket, struct socket_address *address_out)
{
    const struct netlink_socket *own = netlink_of(socket);
    const struct netlink_address address = {
        .family = LINUX_AF_NETLINK, .port = own->port, .groups = own->groups};
    address_out->bytes = sizeof address;
    memcpy(address_out->data, &address, sizeof address);
    return HELIX_OK;
}

static helix_status peer_name(struct socket *socket, struct socket_address *address_out)
{
    (void)socket;
    tell_kernel(address_out);
    return HELIX_OK;
}

/* ---- Requests ---- */

/* An answer with @error behind its header, and behind that as much of the request @of as it quotes.
 */
static helix_status answer(struct netlink_socket *own, const u8 *of, u16 type, i32 error)
{
    struct netlink_header request, header = {.type = type, .port = own->port};
    memcpy(&request, of, sizeof request);
    const size_t quoted = type == NETLINK_DONE ? 0 : error != 0 ? request.bytes : sizeof request;
    header.sequence = request.sequence;
    header.bytes = (u32)(sizeof header + sizeof error + quoted);
    if (type == NETLINK_DONE)
        header.flags = NETLINK_MULTI;
    else if (error == 0)
        header.flags = NETLINK_CAPPED;
    struct netlink_note *note = note_new(own, align_up(header.bytes, sizeof(u32)));
    if (note == NULL)
        return HELIX_E_NO_BUFFERS;
    memset(note->data, 0, note->bytes);
    memcpy(note->data, &header, sizeof header);
    memcpy(note->data + sizeof header, &error, sizeof error);
    memcpy(note->data + sizeof header + sizeof error, of, quoted);
    netlink_note_send(note);
    return HELIX_OK;
}

static bool asks_for_list(const struct netlink_header *request)
{
    return (request->flags & NETLINK_LIST) != 0 && request->type % 4 == 2 &&
           request->type >= NETLINK_GET_INTERFACE && request->type <= NETLINK_GET_NEIGHBOUR;
}

static helix_status handle(struct netlink_socket *own, const u8 *data)
{
    struct netlink_header request;
    memcpy(&request, data, sizeof request);
    spin_lock(&own->lock);
    const bool full = own->waiting >= WAITING_MOST;
    spin_unlock(&own->lock);
    if (full)
        return HELIX_E_NO_BUFFERS;
    const bool is_request = (request.flags & NETLINK_REQUEST) && request.type >= NETLINK_FIRST &&
                            request.bytes > sizeof request;
    if (is_request && asks_for_list(&request))
        return answer(own, data, NETLINK_DONE, 0);
    if (is_request)
        return answer(own, data, NETLINK_ERROR, -LINUX_EOPNOTSUPP);
    return request.flags & NETLINK_ACKNOWLEDGE ? answer(own, data, NETLINK_ERROR, 0) : HELIX_OK;
}

/* All requests in @bytes of @data, one behind the other. */
static helix_status handle_all(struct netlink_socket *own, const u8 *data, size_t bytes)
{
    helix_status st = HELIX_OK;
    u32 length;
    while (st == HELIX_OK && bytes >= sizeof(struct netlink_header)) {
        memcpy(&length, data, sizeof length);
        if (length < sizeof(struct netlink_header) || length > bytes)
            break;
        st = handle(own, data);
        const size_t step = min(align_up(length, sizeof(u32)), bytes);
        data += step;
        bytes -= step;
    }
    return st;
}

/* The kernel is the only one to send to. */
static helix_status check_receiver(const struct socket_address *address)
{
    struct netlink_address to;
    if (address == NULL)
        return HELIX_OK;
    if (address->bytes < sizeof to || address->family != LINUX_AF_NETLINK)
        return HELIX_E_INVAL;
    memcpy(&to, address->data, sizeof to);
    return to.port != 0 || to.groups != 0 ? HELIX_E_CONNECTION_REFUSED : HELIX_OK;
}

static helix_status send(struct socket *socket, struct socket_message *message, size_t *done_out)
{
    struct netlink_socket *own = netlink_of(socket);
    const size_t bytes = message->data->remaining;
    struct socket_ids ids;
    *done_out = 0;
    if (message->flags & LINUX_MSG_OOB)
        return HELIX_E_NOTSUP;
    helix_status st = check_receiver(message->address);
    if (st != HELIX_OK)
        return st;
    if (bytes == 0)
        return HELIX_E_NO_DATA;
    if (bytes > REQUESTS_MOST)
        return HELIX_E_MESSAGE_SIZE;
    u8 *copy = kmalloc(bytes);
    if (copy == NULL)
        return HELIX_E_NO_BUFFERS;
    socket_ids_here(&ids);
    if (own->port == 0)
        own->port = ids.pid;
    st = io_copy_in(message->data, copy, bytes);
    if (st == HELIX_OK)
        st = handle_all(own, copy, bytes);
    kfree(copy);
    if (st == HELIX_OK)
        *done_out = bytes;
    return st;
}

/* ---- What there is not ---- */

static helix_status pair(struct socket *left, struct socket *right)
{
    (void)left, (void)right;
    return HELIX_E_NOTSUP;
}

static helix_status listen(struct socket *socket, u32 backlog)
{
    (void)socket, (void)backlog;
    return HELIX_E_NOTSUP;
}

static helix_status accept(struct socket *socket, u32 flags, struct socket **accepted_out)
{
    (void)socket, (void)flags, (void)accepted_out;
    return HELIX_E_NOTSUP;
}

static helix_status peer_ids(struct socket *socket, struct socket_ids *ids_out)
{
    (void)socket;
    *ids_out = (struct socket_ids){0, UINT32_MAX, UINT32_MAX};
    return HELIX_OK;
}

static helix_status shut_down(struct socket *socket, u32 how)
{
    (void)socket, (void)how;
    return HELIX_E_NOTSUP;
}

static helix_status count(struct socket *socket, enum socket_count what, u32 *bytes_out)
{
    (void)socket, (void)what, (void)bytes_out;
    return HELIX_E_NOT_TTY;
}

static bool listening(struct socket *socket)
{
    (void)socket;
    return false;
}

/* ---- Records: the address; notes in the queue belong to who sent them, who sends them again ----
 */

static helix_status describe(struct socket *socket, struct object_writer *writer)
{
    const struct netlink_socket *own = netlink_of(socket);
    const u32 words[2] = {own->port, own->groups};
    object_write(writer, words, sizeof words);
    return HELIX_OK;
}

static helix_status recreate(struct object_reader *reader, const struct object_record *record,
                             struct socket *socket)
{
    struct netlink_socket *own = netlink_of(socket);
    u32 words[2];
    (void)record;
    const helix_status st = object_read(reader, words, sizeof words);
    if (st == HELIX_OK) {
        own->port = words[0];
        own->groups = words[1];
    }
    return st;
}

static const struct socket_ops netlink_ops = {
    .pair = pair,
    .bind = bind,
    .connect = connect,
    .listen = listen,
    .accept = accept,
    .own_name = own_name,
    .peer_name = peer_name,
    .peer_ids = peer_ids,
    .send = send,
    .receive = receive,
    .poll = poll,
    .shutdown = shut_down,
    .count = count,
    .listening = listening,
    .describe = describe,
    .release = release,
};

static struct socket_family netlink_family = {
    .number = LINUX_AF_NETLINK,
    .create = create,
    .recreate = recreate,
};

void netlink_start(void)
{
    socket_family_register(&netlink_family);
}
