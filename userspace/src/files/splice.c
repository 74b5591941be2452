/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * splice(2), tee(2), vmsplice(2). Bytes go through one buffer of a few pages: pages of pipes are
 * not handed on by reference, so what a program writes to memory it gave to vmsplice() is not seen
 * by the reader, which SPLICE_F_GIFT allows.
 *
 * What leaves a pipe is held there until the other file has taken it.
 */
#include <helix/abi/linux.h>
#include <helix/core/syscall.h>
#include <helix/memory/heap.h>
#include <helix/memory/user_copy.h>
#include <helix/vfs/file.h>
#include <helix/vfs/special.h>

#include "calls.h"
#include "files/fd.h"
#include "files/spans.h"
#include "linux_task.h"
#include "task/tasks.h"

#define SPLICE_CHUNK    (4 * PAGE_SIZE)
#define SPLICE_NONBLOCK 2u
#define SPLICE_FLAGS    0xfu

struct splice {
    struct fd_ref from, to;
    u64 *from_position, *to_position; // NULL: the file's own
    void *buffer;
    bool nowait;
    bool keep; // tee: the source's bytes stay
};

static helix_status put(struct splice *splice, size_t bytes, bool nowait, size_t *done_out)
{
    struct io_span span;
    struct io_buffer buffer;
    io_buffer_kernel(&buffer, &span, splice->buffer, bytes);
    buffer.nowait = nowait;
    *done_out = 0;
    return file_write(splice->to.file, &buffer, splice->to_position, done_out);
}

/* From a pipe to anything. */
static helix_status from_pipe(struct splice *splice, size_t bytes, bool nowait, size_t *done_out)
{
    size_t count;
    *done_out = 0;
    helix_status status = pipe_hold(splice->from.file, splice->buffer, bytes, nowait, &count);
    if (status != HELIX_OK || count == 0)
        return status;
    status = put(splice, count, nowait, done_out);
    pipe_let_go(splice->from.file, splice->keep ? 0 : *done_out);
    return status;
}

/* From a file that keeps what was not written, or from one that cannot take it back: then all of it
 * is written, however long that takes. */
static helix_status to_pipe(struct splice *splice, size_t bytes, bool nowait, size_t *done_out)
{
    struct io_span span;
    struct io_buffer buffer;
    size_t got = 0;
    u64 position = 0;
    const bool seekable = splice->from.file->ops->seek != file_seek_none;
    io_buffer_kernel(&buffer, &span, splice->buffer, bytes);
    buffer.nowait = nowait;
    *done_out = 0;
    helix_status status = file_read(splice->from.file, &buffer, splice->from_position, &got);
    if (status != HELIX_OK || got == 0)
        return status;
    status = put(splice, got, nowait && seekable, done_out);
    if (*done_out == got || !seekable)
        return status;
    if (splice->from_position)
        *splice->from_position -= got - *done_out;
    else
        helix_ignore(file_seek(splice->from.file, -(i64)(got - *done_out), LINUX_SEEK_CUR,
                               &position)); // a file of /proc may end meanwhile
    return status;
}

static helix_status move_chunk(struct splice *splice, size_t bytes, bool nowait, size_t *done_out)
{
    size_t room = bytes;
    *done_out = 0;
    if (file_is_pipe(splice->to.file)) {
        const helix_status status = pipe_wait_room(splice->to.file, nowait, &room);
        if (status != HELIX_OK)
            return status;
    }
    room = min(room, (size_t)SPLICE_CHUNK);
    bytes = min(bytes, room);
    return file_is_pipe(splice->from.file) ? from_pipe(splice, bytes, nowait, done_out)
                                           : to_pipe(splice, bytes, nowait, done_out);
}

/* The first bytes may be waited for; after them only what is there at once is moved. */
static i64 move_all(struct splice *splice, size_t bytes)
{
    size_t total = 0, done = 1;
    helix_status status = HELIX_OK;
    splice->buffer = kmalloc(SPLICE_CHUNK);
    if (!splice->buffer)
        return -LINUX_ENOMEM;
    while (status == HELIX_OK && total < bytes && done > 0 && !(splice->keep && total > 0)) {
        status = move_chunk(splice, bytes - total, splice->nowait || total > 0, &done);
        total += done;
    }
    kfree(splice->buffer);
    if (total == 0 && status == HELIX_E_CLOSED)
        signal_raise(SIGPIPE);
    const struct task_io moved = {total, total, 1, 1};
    task_io_add(&task_current()->io, &moved);
    return total > 0 || status == HELIX_OK ? (i64)total : syscall_result(status);
}

static helix_status begin(struct splice *splice, int from, int to)
{
    helix_status status = fd_borrow(from, &splice->from);
    if (status != HELIX_OK)
        return status;
    status = fd_borrow(to, &splice->to);
    if (status == HELIX_OK) {
        if ((splice->from.file->access & 1) && (splice->to.file->access & 2))
            return HELIX_OK;
        fd_release(&splice->to);
        status = HELIX_E_BAD_FD;
    }
    fd_release(&splice->from);
    return status;
}

static void end(struct splice *splice)
{
    fd_release(&splice->to);
    fd_release(&splice->from);
}

static helix_status get_offset(const struct file *file, u64 user_offset, u64 *offset,
                               u64 **used_out)
{
    *used_out = NULL;
    if (!user_offset)
        return HELIX_OK;
    if (file_is_pipe(file) || file->ops->seek == file_seek_none)
        return HELIX_E_SEEK;
    *used_out = offset;
    const helix_status status = user_copy_in(offset, vaddr_of(user_offset), sizeof *offset);
    return status == HELIX_OK && (i64)*offset < 0 ? HELIX_E_INVAL : status;
}

static helix_status check_ends(const struct splice *splice)
{
    const struct file *from = splice->from.file, *to = splice->to.file;
    const bool out = file_is_pipe(from), in = file_is_pipe(to);
    if (out && in)
        return pipe_same(from, to) ? HELIX_E_INVAL : HELIX_OK;
    if (!out && !in)
        return HELIX_E_INVAL;
    if (out && (atomic_load_relaxed(&to->flags) & LINUX_O_APPEND))
        return HELIX_E_INVAL;
    return (in ? from->ops->read == file_read_none : to->ops->write == file_write_none)
               ? HELIX_E_INVAL
               : HELIX_OK;
}

static helix_status put_offset(u64 user_offset, const u64 *offset)
{
    return user_offset ? user_copy_out(vaddr_of(user_offset), offset, sizeof *offset) : HELIX_OK;
}

i64 sys_splice(const u64 *arguments)
{
    u64 from_offset = 0, to_offset = 0;
    struct splice splice = {.nowait = arguments[5] & SPLICE_NONBLOCK};
    if (arguments[4] == 0)
        return 0;
    if (arguments[5] & ~(u64)SPLICE_FLAGS)
        return -LINUX_EINVAL;
    helix_status status = begin(&splice, (int)arguments[0], (int)arguments[2]);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = get_offset(splice.from.file, arguments[1], &from_offset, &splice.from_position);
    if (status == HELIX_OK)
        status = get_offset(splice.to.file, arguments[3], &to_offset, &splice.to_position);
    if (status == HELIX_OK)
        status = check_ends(&splice);
    i64 result = syscall_result(status);
    if (status == HELIX_OK)
        result = move_all(&splice, min((size_t)arguments[4], (size_t)IO_MOST));
    if (result >= 0 && (put_offset(arguments[1], &from_offset) != HELIX_OK ||
                        put_offset(arguments[3], &to_offset) != HELIX_OK))
        result = -LINUX_EFAULT;
    end(&splice);
    return result;
}

i64 sys_tee(const u64 *arguments)
{
    struct splice splice = {.nowait = arguments[3] & SPLICE_NONBLOCK, .keep = true};
    if (arguments[3] & ~(u64)SPLICE_FLAGS)
        return -LINUX_EINVAL;
    if (arguments[2] == 0)
        return 0;
    helix_status status = begin(&splice, (int)arguments[0], (int)arguments[1]);
    if (status != HELIX_OK)
        return syscall_result(status);
    if (!file_is_pipe(splice.from.file) || !file_is_pipe(splice.to.file) ||
        pipe_same(splice.from.file, splice.to.file))
        status = HELIX_E_INVAL;
    const i64 result = status == HELIX_OK
                           ? move_all(&splice, min((size_t)arguments[2], (size_t)SPLICE_CHUNK))
                           : syscall_result(status);
    end(&splice);
    return result;
}

/* Into a pipe's writing end, or out of its reading end. */
i64 sys_vmsplice(const u64 *arguments)
{
    struct user_spans spans;
    struct fd_ref ref;
    size_t done = 0;
    if (arguments[3] & ~(u64)SPLICE_FLAGS)
        return -LINUX_EINVAL;
    helix_status status = fd_borrow((int)arguments[0], &ref);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = file_is_pipe(ref.file) ? user_spans_get(&spans, arguments[1], arguments[2])
                                    : HELIX_E_BAD_FD;
    if (status == HELIX_OK) {
        spans.buffer.nowait = arguments[3] & SPLICE_NONBLOCK;
        if (spans.buffer.remaining > 0)
            status = ref.file->access & 2 ? file_write(ref.file, &spans.buffer, NULL, &done)
                                          : file_read(ref.file, &spans.buffer, NULL, &done);
        user_spans_put(&spans);
    }
    fd_release(&ref);
    if (done == 0 && status == HELIX_E_CLOSED)
        signal_raise(SIGPIPE);
    return done > 0 || status == HELIX_OK ? (i64)done : syscall_result(status);
}
