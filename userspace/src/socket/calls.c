/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Making, naming and connecting sockets, and their options. */
#include <helix/abi/linux.h>
#include <helix/capability/linux.h>
#include <helix/core/syscall.h>
#include <helix/memory/user_copy.h>

#include "calls.h"
#include "socket/socket_calls.h"
#include "task/tasks.h"

#define SOCKET_TYPES 11u
#define OPTION_MOST  128u
#define FAMILIES     46u

/* The type in @argument, which carries flags too. */
static helix_status split_type(u64 argument, u32 *type_out, u32 *flags_out)
{
    *type_out = (u32)argument & LINUX_SOCK_TYPE_MASK;
    *flags_out = (u32)argument & ~LINUX_SOCK_TYPE_MASK;
    return *flags_out & ~(LINUX_SOCK_NONBLOCK | LINUX_SOCK_CLOEXEC) ? HELIX_E_INVAL : HELIX_OK;
}

/* An open file for a fresh socket. */
static helix_status make(u32 family, u32 type, u32 protocol, u32 flags, struct file **file_out)
{
    struct socket *socket;
    if (family >= FAMILIES)
        return HELIX_E_ADDRESS_FAMILY;
    if (type >= SOCKET_TYPES)
        return HELIX_E_INVAL;
    helix_status status = socket_create(family, type, protocol, &socket);
    if (status != HELIX_OK)
        return status;
    status = socket_open(socket, flags & LINUX_SOCK_NONBLOCK, file_out);
    if (status != HELIX_OK)
        socket->ops->release(socket);
    return status;
}

i64 sys_socket(const u64 *arguments)
{
    u32 type, flags;
    struct file *file;
    helix_status status = split_type(arguments[1], &type, &flags);
    if (status == HELIX_OK)
        status = make((u32)arguments[0], type, (u32)arguments[2], flags, &file);
    if (status != HELIX_OK)
        return syscall_result(status);
    return fd_publish(file, (flags & LINUX_SOCK_CLOEXEC) != 0);
}

/* ---- socketpair(2) ---- */

static helix_status join(struct file *left, struct file *right)
{
    struct socket *l, *r;
    helix_ignore(socket_of_file(left, &l)); // they are sockets: made here
    helix_ignore(socket_of_file(right, &r));
    return l->ops->pair(l, r);
}

static i64 publish_pair(struct file *left, struct file *right, bool close_on_exec, u64 user)
{
    i32 fds[2];
    const i64 first = fd_publish(left, close_on_exec);
    if (first < 0) {
        file_put(right);
        return first;
    }
    const i64 second = fd_publish(right, close_on_exec);
    fds[0] = (i32)first;
    fds[1] = (i32)second;
    i64 result = second < 0 ? second : 0;
    if (result == 0)
        result = syscall_result(user_copy_out(vaddr_of(user), fds, sizeof fds));
    if (result == 0)
        return 0;
    helix_ignore(fd_close(fds[0])); // the first error is the answer
    if (second >= 0)
        helix_ignore(fd_close(fds[1]));
    return result;
}

i64 sys_socketpair(const u64 *arguments)
{
    u32 type, flags;
    struct file *left, *right;
    const u32 family = (u32)arguments[0], protocol = (u32)arguments[2];
    helix_status status = split_type(arguments[1], &type, &flags);
    if (status == HELIX_OK)
        status = make(family, type, protocol, flags, &left);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = make(family, type, protocol, flags, &right);
    if (status == HELIX_OK) {
        status = join(left, right);
        if (status == HELIX_OK)
            return publish_pair(left, right, (flags & LINUX_SOCK_CLOEXEC) != 0, arguments[3]);
        file_put(right);
    }
    file_put(left);
    return syscall_result(status);
}

/* ---- Names ---- */

/* bind(2) and connect(2): the socket, and an address from user memory. */
static helix_status begin_named(const u64 *arguments, struct socket_ref *ref,
                                struct socket_address *address)
{
    helix_status status = socket_borrow((int)arguments[0], ref);
    if (status != HELIX_OK)
        return status;
    status = socket_address_get(address, arguments[1], (u32)arguments[2]);
    if (status != HELIX_OK)
        socket_return(ref);
    return status;
}

i64 sys_bind(const u64 *arguments)
{
    struct socket_ref ref;
    struct socket_address address;
    struct walk_start start;
    helix_status status = begin_named(arguments, &ref, &address);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = walk_begin(LINUX_AT_FDCWD, &start);
    if (status == HELIX_OK) {
        status = ref.socket->ops->bind(ref.socket, &address, &start.walk);
        walk_end(&start);
    }
    socket_return(&ref);
    return syscall_result(status);
}

i64 sys_connect(const u64 *arguments)
{
    struct socket_ref ref;
    struct socket_address address;
    struct walk_start start;
    helix_status status = begin_named(arguments, &ref, &address);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = walk_begin(LINUX_AT_FDCWD, &start);
    if (status == HELIX_OK) {
        status =
            ref.socket->ops->connect(ref.socket, &address, &start.walk, socket_wait_flags(&ref));
        walk_end(&start);
    }
    socket_return(&ref);
    return syscall_result(status);
}

typedef helix_status (*name_fn)(struct socket *socket, struct socket_address *address_out);

static i64 tell_name(const u64 *arguments, bool of_peer)
{
    struct socket_ref ref;
    struct socket_address address;
    helix_status status = socket_borrow((int)arguments[0], &ref);
    if (status != HELIX_OK)
        return syscall_result(status);
    const name_fn name = of_peer ? ref.socket->ops->peer_name : ref.socket->ops->own_name;
    status = name(ref.socket, &address);
    if (status == HELIX_OK)
        status = socket_address_put(&address, arguments[1], arguments[2]);
    socket_return(&ref);
    return syscall_result(status);
}

i64 sys_getsockname(const u64 *arguments)
{
    return tell_name(arguments, false);
}

i64 sys_getpeername(const u64 *arguments)
{
    return tell_name(arguments, true);
}

/* ---- Connections ---- */

i64 sys_listen(const u64 *arguments)
{
    struct socket_ref ref;
    helix_status status = socket_borrow((int)arguments[0], &ref);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = ref.socket->ops->listen(ref.socket, (u32)arguments[1]);
    socket_return(&ref);
    return syscall_result(status);
}

/* The peer's name, where the caller wants it. */
static helix_status tell_accepted(struct socket *accepted, u64 user, u64 user_bytes)
{
    struct socket_address address = {.bytes = 0};
    if (!user)
        return HELIX_OK;
    const helix_status status = accepted->ops->peer_name(accepted, &address);
    if (status != HELIX_OK && status != HELIX_E_NOT_CONNECTED)
        return status;
    return socket_address_put(&address, user, user_bytes);
}

/* The file is there before a connection is taken: what can fail fails without losing one. */
static helix_status accept_into(const struct socket_ref *ref, const u64 *arguments, u32 flags,
                                struct file **file_out)
{
    struct socket *accepted;
    helix_status status = socket_open_empty(flags & LINUX_SOCK_NONBLOCK, file_out);
    if (status != HELIX_OK)
        return status;
    status = ref->socket->ops->accept(ref->socket, socket_wait_flags(ref), &accepted);
    if (status == HELIX_OK) {
        socket_attach(*file_out, accepted);
        status = tell_accepted(accepted, arguments[1], arguments[2]);
    }
    if (status != HELIX_OK)
        file_put(*file_out);
    return status;
}

static i64 accept_with(const u64 *arguments, u32 flags)
{
    struct socket_ref ref;
    struct file *file;
    if (flags & ~(LINUX_SOCK_NONBLOCK | LINUX_SOCK_CLOEXEC))
        return call_error(LINUX_EINVAL);
    helix_status status = socket_borrow((int)arguments[0], &ref);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = fd_room();
    if (status == HELIX_OK)
        status = accept_into(&ref, arguments, flags, &file);
    socket_return(&ref);
    if (status != HELIX_OK)
        return syscall_result(status);
    return fd_publish(file, (flags & LINUX_SOCK_CLOEXEC) != 0);
}

i64 sys_accept(const u64 *arguments)
{
    return accept_with(arguments, 0);
}

i64 sys_accept4(const u64 *arguments)
{
    return accept_with(arguments, (u32)arguments[3]);
}

i64 sys_shutdown(const u64 *arguments)
{
    struct socket_ref ref;
    const u32 how = (u32)arguments[1];
    helix_status status = socket_borrow((int)arguments[0], &ref);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = how > 2 ? HELIX_E_INVAL : ref.socket->ops->shutdown(ref.socket, how + 1);
    socket_return(&ref);
    return syscall_result(status);
}

/* ---- Options ---- */

i64 sys_setsockopt(const u64 *arguments)
{
    struct socket_ref ref;
    u8 value[OPTION_MOST];
    const i32 bytes = (i32)arguments[4];
    const u32 count = bytes < (i32)OPTION_MOST ? (u32)bytes : OPTION_MOST;
    if (bytes < 0)
        return call_error(LINUX_EINVAL);
    helix_status status = socket_borrow((int)arguments[0], &ref);
    if (status != HELIX_OK)
        return syscall_result(status);
    if ((u32)arguments[1] != LINUX_SOL_SOCKET)
        status = HELIX_E_NOTSUP;
    else
        status = user_copy_in(value, vaddr_of(arguments[3]), count);
    if (status == HELIX_OK)
        status = socket_set_option(ref.socket, (u32)arguments[2], value, count,
                                   task_capable(CAP_NET_ADMIN));
    socket_return(&ref);
    return syscall_result(status);
}

static helix_status get_option(struct socket *socket, const u64 *arguments)
{
    u8 value[OPTION_MOST];
    i32 room;
    if ((u32)arguments[1] != LINUX_SOL_SOCKET)
        return HELIX_E_NOTSUP;
    helix_status status = user_copy_in(&room, vaddr_of(arguments[4]), sizeof room);
    if (status != HELIX_OK)
        return status;
    if (room < 0)
        return HELIX_E_INVAL;
    u32 bytes = room < (i32)OPTION_MOST ? (u32)room : OPTION_MOST;
    status = socket_get_option(socket, (u32)arguments[2], value, &bytes);
    if (status == HELIX_OK)
        status = user_copy_out(vaddr_of(arguments[3]), value, bytes);
    if (status == HELIX_OK)
        status = user_copy_out(vaddr_of(arguments[4]), &bytes, sizeof bytes);
    return status;
}

i64 sys_getsockopt(const u64 *arguments)
{
    struct socket_ref ref;
    helix_status status = socket_borrow((int)arguments[0], &ref);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = get_option(ref.socket, arguments);
    socket_return(&ref);
    return syscall_result(status);
}
