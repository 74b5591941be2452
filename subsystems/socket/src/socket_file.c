/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Sockets as open files. */
#include <helix/abi/linux.h>
#include <helix/lib/atomic.h>
#include <helix/memory/user_copy.h>

#include "socket_private.h"

#define FIONREAD   0x541bu
#define TIOCOUTQ   0x5411u
#define SIOCATMARK 0x8905u

static u32 message_flags(const struct file *file, const struct io_buffer *buffer)
{
    const bool nowait = buffer->nowait || (atomic_load_relaxed(&file->flags) & LINUX_O_NONBLOCK);
    return nowait ? LINUX_MSG_DONTWAIT : 0;
}

static helix_status socket_read(struct file *file, struct io_buffer *to, u64 *position,
                                size_t *done_out)
{
    struct socket *socket = file->private_data;
    struct socket_message message = {.data = to, .flags = message_flags(file, to)};
    (void)position;
    if (to->remaining == 0)
        return HELIX_OK;
    return socket->ops->receive(socket, &message, done_out);
}

static helix_status socket_write(struct file *file, struct io_buffer *from, u64 *position,
                                 size_t *done_out)
{
    struct socket *socket = file->private_data;
    struct socket_message message = {.data = from, .flags = message_flags(file, from)};
    (void)position;
    return socket->ops->send(socket, &message, done_out);
}

static u32 socket_poll(struct file *file, struct poll_table *table)
{
    struct socket *socket = file->private_data;
    return socket->ops->poll(socket, table);
}

static helix_status socket_ioctl(struct file *file, u32 command, u64 argument, i64 *result_out)
{
    struct socket *socket = file->private_data;
    u32 bytes = 0;
    if (command != FIONREAD && command != TIOCOUTQ &&
        !(command == SIOCATMARK && socket->family == LINUX_AF_UNIX))
        return HELIX_E_NOT_TTY;
    const enum socket_count what = command == FIONREAD   ? SOCKET_COUNT_READABLE
                                   : command == TIOCOUTQ ? SOCKET_COUNT_UNSENT
                                                         : SOCKET_COUNT_AT_MARK;
    helix_status st = socket->ops->count(socket, what, &bytes);
    if (st != HELIX_OK)
        return st;
    *result_out = 0;
    return user_copy_out(vaddr_of(argument), &bytes, sizeof bytes);
}

static void socket_release(struct file *file)
{
    struct socket *socket = file->private_data;
    if (socket == NULL)
        return; // nobody came by to be accepted
    WRITE_ONCE(socket->file, NULL);
    socket->ops->release(socket);
}

/* How a record of the file refers to its socket. */
static struct object *object_of_file(struct file *file)
{
    struct socket *socket = file->private_data;
    return socket != NULL ? &socket->object : NULL;
}

static helix_status open_object(struct object *object, u32 flags, struct file **file_out)
{
    return socket_open(container_of(object, struct socket, object), flags, file_out);
}

static struct file_object_ops socket_file_object = {
    .kind = OBJECT_SOCKET,
    .object = object_of_file,
    .open = open_object,
};

void socket_files_start(void)
{
    file_object_register(&socket_file_object);
}

static const struct file_ops socket_file_ops = {
    .name = "socket",
    .tells = true,
    .object = &socket_file_object,
    .mode = LINUX_S_IFSOCK | 0777,
    .read = socket_read,
    .write = socket_write,
    .seek = file_seek_none,
    .poll = socket_poll,
    .ioctl = socket_ioctl,
    .map = file_map_none,
    .read_directory = file_read_directory_none,
    .flush = file_flush_none,
    .sync = file_sync_none,
    .release = socket_release,
};

helix_status socket_open_empty(u32 flags, struct file **file_out)
{
    return file_create(&socket_file_ops, NULL, LINUX_O_RDWR | (flags & LINUX_O_NONBLOCK), file_out);
}

void socket_attach(struct file *file, struct socket *socket)
{
    file->private_data = socket;
    WRITE_ONCE(socket->file, file);
}

helix_status socket_open(struct socket *socket, u32 flags, struct file **file_out)
{
    helix_status st = socket_open_empty(flags, file_out);
    if (st == HELIX_OK)
        socket_attach(*file_out, socket);
    return st;
}

helix_status socket_of_file(struct file *file, struct socket **socket_out)
{
    if (file->ops != &socket_file_ops)
        return HELIX_E_NOT_SOCKET;
    *socket_out = file->private_data;
    return HELIX_OK;
}
