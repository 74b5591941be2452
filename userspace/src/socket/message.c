/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Sending and receiving: sendto(2), sendmsg(2), sendmmsg(2) and their counterparts. */
#include <helix/abi/linux.h>
#include <helix/core/syscall.h>
#include <helix/hal/time.h>
#include <helix/memory/user_copy.h>

#include "calls.h"
#include "files/poll_time.h"
#include "files/spans.h"
#include "socket/socket_calls.h"
#include "task/tasks.h"

#define MESSAGES_MOST 1024u

/* struct mmsghdr */
struct linux_messages {
    struct linux_message message;
    u32 bytes, pad;
};
_Static_assert(sizeof(struct linux_message) == 56 && sizeof(struct linux_messages) == 64,
               "as programs have them");

/* Bytes sent, or what the status means; who wrote to a broken stream hears it by a signal too. */
static i64 finish_send(helix_status status, size_t done, u32 flags)
{
    if (status == HELIX_OK)
        return (i64)done;
    if (status == HELIX_E_CLOSED && !(flags & LINUX_MSG_NOSIGNAL))
        signal_raise(SIGPIPE);
    return syscall_result(status);
}

static i64 send_message(const struct socket_ref *ref, struct socket_message *message)
{
    struct walk_start start;
    size_t done = 0;
    helix_status status = walk_begin(LINUX_AT_FDCWD, &start);
    if (status != HELIX_OK)
        return syscall_result(status);
    message->walk = &start.walk;
    message->flags |= socket_wait_flags(ref);
    status = ref->socket->ops->send(ref->socket, message, &done);
    walk_end(&start);
    return finish_send(status, done, message->flags);
}

/* ---- One buffer ---- */

static helix_status plain_buffer(const u64 *arguments, struct io_buffer *buffer,
                                 struct io_span *span)
{
    const size_t bytes = arguments[2] < IO_MOST ? arguments[2] : IO_MOST;
    // What can never be there is refused at once; the rest when it is touched.
    if ((i64)arguments[1] < 0)
        return HELIX_E_FAULT;
    io_buffer_user(buffer, span, vaddr_of(arguments[1]), bytes);
    return HELIX_OK;
}

i64 sys_sendto(const u64 *arguments)
{
    struct io_span span;
    struct io_buffer buffer;
    struct socket_ref ref;
    struct socket_address address = {.bytes = 0};
    helix_status status = plain_buffer(arguments, &buffer, &span);
    if (status == HELIX_OK)
        status = socket_borrow((int)arguments[0], &ref);
    if (status != HELIX_OK)
        return syscall_result(status);
    if (arguments[4])
        status = socket_address_get(&address, arguments[4], (u32)arguments[5]);
    struct socket_message message = {
        .data = &buffer,
        .address = address.bytes != 0 ? &address : NULL,
        .flags = (u32)arguments[3],
    };
    const i64 result = status == HELIX_OK ? send_message(&ref, &message) : syscall_result(status);
    socket_return(&ref);
    return result;
}

i64 sys_recvfrom(const u64 *arguments)
{
    struct io_span span;
    struct io_buffer buffer;
    struct socket_ref ref;
    struct socket_address address = {.bytes = 0};
    size_t done = 0;
    helix_status status = plain_buffer(arguments, &buffer, &span);
    if (status == HELIX_OK)
        status = socket_borrow((int)arguments[0], &ref);
    if (status != HELIX_OK)
        return syscall_result(status);
    struct socket_control control = {0}; // files that come along are nobody's
    struct socket_message message = {
        .data = &buffer,
        .address = arguments[4] ? &address : NULL,
        .control = &control,
        .flags = ((u32)arguments[3]) | socket_wait_flags(&ref),
    };
    status = ref.socket->ops->receive(ref.socket, &message, &done);
    socket_control_drop(&control);
    if (status == HELIX_OK && arguments[4])
        status = socket_address_put(&address, arguments[4], arguments[5]);
    socket_return(&ref);
    return status == HELIX_OK ? (i64)done : syscall_result(status);
}

/* ---- Headers ---- */

static helix_status header_get(struct linux_message *header, u64 user)
{
    const helix_status status = user_copy_in(header, vaddr_of(user), sizeof *header);
    if (status != HELIX_OK)
        return status;
    if (!header->name)
        header->name_bytes = 0;
    if ((i32)header->name_bytes < 0)
        return HELIX_E_INVAL;
    if (header->name_bytes > SOCKET_ADDRESS_MOST)
        header->name_bytes = SOCKET_ADDRESS_MOST;
    return header->span_count > LINUX_IOV_MAX ? HELIX_E_MESSAGE_SIZE : HELIX_OK;
}

static i64 send_one(const struct socket_ref *ref, u64 user, u32 flags)
{
    struct linux_message header;
    struct socket_address address = {.bytes = 0};
    struct socket_control control = {0};
    struct user_spans spans;
    helix_status status = header_get(&header, user);
    if (status == HELIX_OK)
        status = socket_address_get(&address, header.name, header.name_bytes);
    if (status == HELIX_OK)
        status = user_spans_get(&spans, header.spans, header.span_count);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = socket_control_get(&control, header.control, header.control_bytes);
    struct socket_message message = {
        .data = &spans.buffer,
        .address = address.bytes != 0 ? &address : NULL,
        .control = &control,
        .flags = flags,
    };
    const i64 result = status == HELIX_OK ? send_message(ref, &message) : syscall_result(status);
    socket_control_drop(&control);
    user_spans_put(&spans);
    return result;
}

/* What came along with the data goes to where @header says, and @header back to @user. */
static helix_status header_put(struct linux_message *header, u64 user,
                               const struct socket_message *message)
{
    helix_status status = HELIX_OK;
    header->flags =
        message->flags_out | (message->flags & LINUX_MSG_CMSG_CLOEXEC ? LINUX_MSG_CMSG_CLOEXEC : 0);
    if (header->name) {
        const u32 bytes = header->name_bytes < message->address->bytes ? header->name_bytes
                                                                       : message->address->bytes;
        status = user_copy_out(vaddr_of(header->name), message->address->data, bytes);
        header->name_bytes = message->address->bytes;
    }
    const helix_status control = socket_control_put(message->control, header, message->flags);
    if (status == HELIX_OK)
        status = control;
    // The pointers stay as they are.
    if (status == HELIX_OK)
        status = user_copy_out(vaddr_of(user + offsetof(struct linux_message, name_bytes)),
                               &header->name_bytes, sizeof header->name_bytes);
    if (status == HELIX_OK)
        status = user_copy_out(vaddr_of(user + offsetof(struct linux_message, control_bytes)),
                               &header->control_bytes, sizeof header->control_bytes);
    if (status == HELIX_OK)
        status = user_copy_out(vaddr_of(user + offsetof(struct linux_message, flags)),
                               &header->flags, sizeof header->flags);
    return status;
}

static i64 receive_one(const struct socket_ref *ref, u64 user, u32 flags)
{
    struct linux_message header;
    struct socket_address address = {.bytes = 0};
    struct socket_control control = {0};
    struct user_spans spans;
    size_t done = 0;
    helix_status status = header_get(&header, user);
    if (status == HELIX_OK)
        status = user_spans_get(&spans, header.spans, header.span_count);
    if (status != HELIX_OK)
        return syscall_result(status);
    struct socket_message message = {
        .data = &spans.buffer,
        .address = &address,
        .control = &control,
        .flags = flags | socket_wait_flags(ref),
    };
    status = ref->socket->ops->receive(ref->socket, &message, &done);
    if (status == HELIX_OK)
        status = header_put(&header, user, &message);
    socket_control_drop(&control);
    user_spans_put(&spans);
    return status == HELIX_OK ? (i64)done : syscall_result(status);
}

i64 sys_sendmsg(const u64 *arguments)
{
    struct socket_ref ref;
    const helix_status status = socket_borrow((int)arguments[0], &ref);
    if (status != HELIX_OK)
        return syscall_result(status);
    const i64 result = send_one(&ref, arguments[1], (u32)arguments[2]);
    socket_return(&ref);
    return result;
}

i64 sys_recvmsg(const u64 *arguments)
{
    struct socket_ref ref;
    const helix_status status = socket_borrow((int)arguments[0], &ref);
    if (status != HELIX_OK)
        return syscall_result(status);
    const i64 result = receive_one(&ref, arguments[1], (u32)arguments[2]);
    socket_return(&ref);
    return result;
}

/* ---- Several at once ---- */

/* The length of the message just moved, into its header. */
static i64 store_bytes(u64 user, i64 bytes)
{
    const u32 count = (u32)bytes;
    return syscall_result(user_copy_out(vaddr_of(user + offsetof(struct linux_messages, bytes)),
                                        &count, sizeof count));
}

i64 sys_sendmmsg(const u64 *arguments)
{
    struct socket_ref ref;
    const helix_status status = socket_borrow((int)arguments[0], &ref);
    if (status != HELIX_OK)
        return syscall_result(status);
    const u32 wanted = (u32)arguments[2] < MESSAGES_MOST ? (u32)arguments[2] : MESSAGES_MOST;
    u32 done = 0;
    i64 result = 0;
    while (done < wanted) {
        const u64 user = arguments[1] + done * sizeof(struct linux_messages);
        result = send_one(&ref, user, (u32)arguments[3]);
        if (result >= 0)
            result = store_bytes(user, result);
        if (result < 0)
            break;
        done++;
    }
    socket_return(&ref);
    return done > 0 ? (i64)done : result;
}

static i64 receive_many(const struct socket_ref *ref, const u64 *arguments,
                        const struct poll_time *time)
{
    const u32 wanted = (u32)arguments[2] < MESSAGES_MOST ? (u32)arguments[2] : MESSAGES_MOST;
    u32 flags = (u32)arguments[3] & ~LINUX_MSG_WAITFORONE;
    u32 done = 0;
    i64 result = 0;
    while (done < wanted) {
        const u64 user = arguments[1] + done * sizeof(struct linux_messages);
        result = receive_one(ref, user, flags);
        if (result >= 0)
            result = store_bytes(user, result);
        if (result < 0)
            break;
        done++;
        if ((u32)arguments[3] & LINUX_MSG_WAITFORONE)
            flags |= LINUX_MSG_DONTWAIT;
        // The time is looked at after each message only: recvmmsg(2), BUGS.
        if (time->limited && hal_clock_now() >= time->deadline)
            break;
    }
    return done > 0 ? (i64)done : result;
}

i64 sys_recvmmsg(const u64 *arguments)
{
    struct socket_ref ref;
    struct poll_time time = {.deadline = NANOS_NEVER};
    helix_status status = HELIX_OK;
    if (arguments[4])
        status = poll_time_from_timespec(&time, arguments[4]);
    if (status == HELIX_OK)
        status = socket_borrow((int)arguments[0], &ref);
    if (status != HELIX_OK)
        return syscall_result(status);
    const i64 result = receive_many(&ref, arguments, &time);
    socket_return(&ref);
    if (arguments[4] && result > 0)
        poll_time_store_timespec(&time, arguments[4]);
    return result;
}
