/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* A connected pair, described and made again, and what was in flight between its ends. */
#include <helix/lib/string.h>
#include <helix/lib/test.h>
#include <helix/socket/socket.h>

#include "socket_private.h"
#include "unix/unix.h"

struct again {
    u64 old_id;
    struct object *object;
};

static struct object *resolve(void *context, u32 kind, u64 id)
{
    struct again *known = context;
    for (unsigned i = 0; i < 2; i++) {
        if (kind == OBJECT_SOCKET && known[i].old_id == id)
            return known[i].object;
    }
    return NULL;
}

static size_t transfer(struct socket *socket, char *data, size_t bytes, bool send)
{
    struct io_span span;
    struct io_buffer buffer;
    size_t done = 0;
    io_buffer_kernel(&buffer, &span, data, bytes);
    struct socket_message message = {.data = &buffer, .flags = LINUX_MSG_DONTWAIT};
    helix_ignore(send ? socket->ops->send(socket, &message, &done)
                      : socket->ops->receive(socket, &message, &done));
    return done;
}

static bool make_again(struct socket *socket, struct again *known, struct again *result)
{
    u8 data[1024];
    struct object_writer writer = {.data = data, .capacity = sizeof data};
    struct object_record record;
    if (socket->object.type->describe(&socket->object, &writer) != HELIX_OK ||
        writer.bytes > sizeof data)
        return false;
    struct object_reader reader = {
        .data = data, .bytes = writer.bytes, .resolve = resolve, .context = known};
    if (object_read(&reader, &record, sizeof record) != HELIX_OK ||
        socket->object.type->recreate(&reader, &record, &result->object) != HELIX_OK)
        return false;
    result->old_id = record.id;
    return reader.at == reader.bytes;
}

static bool make_pair(u32 type, struct socket **left, struct socket **right)
{
    return socket_create(LINUX_AF_UNIX, type, 0, left) == HELIX_OK &&
           socket_create(LINUX_AF_UNIX, type, 0, right) == HELIX_OK &&
           (*left)->ops->pair(*left, *right) == HELIX_OK;
}

static void check_type(struct helix_test_run *t, u32 type)
{
    struct socket *left, *right;
    struct again again[2] = {0};
    char text[16];
    bool made = make_pair(type, &left, &right);
    EXPECT(t, made);
    if (!made)
        return;
    EXPECT(t, transfer(left, (char[]){"to the right"}, 12, true) == 12);
    EXPECT(t, transfer(right, (char[]){"back"}, 4, true) == 4);
    made = make_again(left, again, &again[0]) && make_again(right, again, &again[1]);
    EXPECT(t, made);
    if (!made)
        return;
    EXPECT(t, left->object.type->equal(&left->object, again[0].object));
    struct socket *new_left = container_of(again[0].object, struct socket, object);
    struct socket *new_right = container_of(again[1].object, struct socket, object);
    EXPECT(t,
           transfer(new_right, text, sizeof text, false) == 12 && memcmp(text, "to the", 6) == 0);
    EXPECT(t, transfer(new_left, text, sizeof text, false) == 4 && memcmp(text, "back", 4) == 0);
    EXPECT(t, transfer(new_left, (char[]){"on"}, 2, true) == 2);
    EXPECT(t, transfer(new_right, text, sizeof text, false) == 2);
    struct socket *all[] = {left, right, new_left, new_right};
    for (unsigned i = 0; i < 4; i++)
        all[i]->ops->release(all[i]);
}

HELIX_TEST(socket, records_keep_pairs_and_what_is_in_flight)
{
    check_type(t, LINUX_SOCK_STREAM);
    check_type(t, LINUX_SOCK_DGRAM);
    check_type(t, LINUX_SOCK_SEQPACKET);
}

/* ---- A listener, who waits at it, and who waits for that ---- */

enum {
    PENDING,
    CLIENT,
    LISTENER,
    PARTIES,
};

struct kept {
    u8 data[512];
    size_t bytes;
    u64 old_id;
    struct object *object;
};

static struct object *resolve_kept(void *context, u32 kind, u64 id)
{
    struct kept *kept = context;
    for (unsigned i = 0; i < PARTIES; i++) {
        if (kind == OBJECT_SOCKET && kept[i].old_id == id)
            return kept[i].object;
    }
    return NULL;
}

static void keep(struct helix_test_run *t, struct socket *socket, struct kept *kept)
{
    struct object_writer writer = {.data = kept->data, .capacity = sizeof kept->data};
    EXPECT(t, socket->object.type->describe(&socket->object, &writer) == HELIX_OK &&
                  writer.bytes <= sizeof kept->data);
    kept->bytes = writer.bytes;
    kept->old_id = socket->object.id;
}

static bool make_kept(struct kept *all, struct kept *kept)
{
    struct object_reader reader = {
        .data = kept->data, .bytes = kept->bytes, .resolve = resolve_kept, .context = all};
    struct object_record record;
    return object_read(&reader, &record, sizeof record) == HELIX_OK &&
           socket_object_type.recreate(&reader, &record, &kept->object) == HELIX_OK &&
           reader.at == reader.bytes;
}

static bool begin_to_connect(struct socket **listener, struct socket **client)
{
    const struct socket_address address = {.bytes = 7, .data = "\1\0\0again"};
    const struct walk_context walk = {0}; // an abstract name is in no folder
    return socket_create(LINUX_AF_UNIX, LINUX_SOCK_STREAM, 0, listener) == HELIX_OK &&
           socket_create(LINUX_AF_UNIX, LINUX_SOCK_STREAM, 0, client) == HELIX_OK &&
           (*listener)->ops->bind(*listener, &address, &walk) == HELIX_OK &&
           (*listener)->ops->listen(*listener, 3) == HELIX_OK &&
           (*client)->ops->connect(*client, &address, &walk, LINUX_MSG_DONTWAIT) == HELIX_OK;
}

static bool shows_name_of(struct socket *own, struct socket *other)
{
    struct socket_address shown, name;
    return own->ops->own_name(own, &shown) == HELIX_OK &&
           other->ops->own_name(other, &name) == HELIX_OK && shown.bytes == name.bytes &&
           shown.bytes > sizeof(u16) && memcmp(shown.data, name.data, name.bytes) == 0;
}

HELIX_TEST(socket, records_keep_who_waits_to_be_accepted)
{
    static struct kept kept[PARTIES];
    struct socket *listener, *client, *accepted;
    char text[8];
    memset(kept, 0, sizeof kept);
    REQUIRE(t, begin_to_connect(&listener, &client));
    struct unix_socket *pending = unix_peer_get(unix_of(client));
    REQUIRE(t, pending != NULL);
    EXPECT(t, transfer(client, (char[]){"early"}, 5, true) == 5);
    keep(t, &pending->socket, &kept[PENDING]);
    keep(t, client, &kept[CLIENT]);
    keep(t, listener, &kept[LISTENER]);
    unix_put(pending);
    client->ops->release(client);
    listener->ops->release(listener);
    EXPECT(t, !make_kept(kept, &kept[LISTENER])); // before who waits at it
    REQUIRE(t, make_kept(kept, &kept[PENDING]) && make_kept(kept, &kept[CLIENT]) &&
                   make_kept(kept, &kept[LISTENER]));
    listener = container_of(kept[LISTENER].object, struct socket, object);
    client = container_of(kept[CLIENT].object, struct socket, object);
    REQUIRE(t, listener->ops->accept(listener, LINUX_MSG_DONTWAIT, &accepted) == HELIX_OK);
    EXPECT(t, &accepted->object == kept[PENDING].object && shows_name_of(accepted, listener));
    EXPECT(t, transfer(accepted, text, sizeof text, false) == 5 && memcmp(text, "early", 5) == 0);
    EXPECT(t, transfer(accepted, (char[]){"back"}, 4, true) == 4);
    EXPECT(t, transfer(client, text, sizeof text, false) == 4);
    accepted->ops->release(accepted);
    client->ops->release(client);
    listener->ops->release(listener);
}

HELIX_TEST(socket, unknown_families_and_types_are_refused)
{
    struct socket *socket;
    EXPECT(t, socket_create(99, LINUX_SOCK_STREAM, 0, &socket) == HELIX_E_ADDRESS_FAMILY);
    EXPECT(t, socket_create(LINUX_AF_UNIX, 4, 0, &socket) == HELIX_E_SOCKET_TYPE);
    EXPECT(t,
           socket_create(LINUX_AF_UNIX, LINUX_SOCK_STREAM, 9, &socket) == HELIX_E_PROTOCOL_SUPPORT);
}
