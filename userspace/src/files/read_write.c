/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* read(2), write(2) and their vector and positioned forms. */
#include <helix/abi/linux.h>
#include <helix/core/syscall.h>
#include <helix/memory/heap.h>
#include <helix/memory/user_copy.h>
#include <helix/vfs/file.h>

#include "calls.h"
#include "files/fd.h"
#include "files/spans.h"

#define SIGPIPE 13

enum transfer {
    TRANSFER_READ,
    TRANSFER_WRITE,
};

/* Bytes moved, or what the status means at the edge. A write to a closed pipe also raises SIGPIPE.
 */
static i64 finish(helix_status status, size_t done)
{
    if (likely(status == HELIX_OK))
        return (i64)done;
    if (status == HELIX_E_CLOSED)
        signal_raise(SIGPIPE);
    return syscall_result(status);
}

/* For /proc/PID/io. */
static void count(enum transfer direction, size_t done)
{
    struct task_io *io = &task_current()->io;
    if (direction == TRANSFER_READ) {
        io->reads++;
        io->bytes_read += done;
    } else {
        io->writes++;
        io->bytes_written += done;
    }
}

static i64 transfer(enum transfer direction, int fd, struct io_buffer *buffer, u64 *position)
{
    struct fd_ref ref;
    helix_status status = fd_borrow(fd, &ref);
    if (unlikely(status != HELIX_OK))
        return syscall_result(status);
    size_t done = 0;
    status = direction == TRANSFER_READ ? file_read(ref.file, buffer, position, &done)
                                        : file_write(ref.file, buffer, position, &done);
    fd_release(&ref);
    count(direction, done);
    return finish(status, done);
}

static i64 transfer_plain(enum transfer direction, const u64 *arguments, u64 *position)
{
    const size_t bytes = arguments[2] < IO_MOST ? arguments[2] : IO_MOST;
    if (unlikely(!user_range_ok(vaddr_of(arguments[1]), bytes)))
        return -LINUX_EFAULT;
    struct io_span span;
    struct io_buffer buffer;
    io_buffer_user(&buffer, &span, vaddr_of(arguments[1]), bytes);
    return transfer(direction, (int)arguments[0], &buffer, position);
}

i64 sys_read(const u64 *arguments)
{
    return transfer_plain(TRANSFER_READ, arguments, NULL);
}

i64 sys_write(const u64 *arguments)
{
    return transfer_plain(TRANSFER_WRITE, arguments, NULL);
}

i64 sys_pread64(const u64 *arguments)
{
    u64 position = arguments[3];
    return (i64)position < 0 ? -LINUX_EINVAL : transfer_plain(TRANSFER_READ, arguments, &position);
}

i64 sys_pwrite64(const u64 *arguments)
{
    u64 position = arguments[3];
    return (i64)position < 0 ? -LINUX_EINVAL : transfer_plain(TRANSFER_WRITE, arguments, &position);
}

static i64 transfer_vector(enum transfer direction, const u64 *arguments, u64 *position)
{
    struct user_spans spans;
    const helix_status status = user_spans_get(&spans, arguments[1], arguments[2]);
    if (status != HELIX_OK)
        return syscall_result(status);
    const i64 result = transfer(direction, (int)arguments[0], &spans.buffer, position);
    user_spans_put(&spans);
    return result;
}

i64 sys_readv(const u64 *arguments)
{
    return transfer_vector(TRANSFER_READ, arguments, NULL);
}

i64 sys_writev(const u64 *arguments)
{
    return transfer_vector(TRANSFER_WRITE, arguments, NULL);
}

i64 sys_preadv(const u64 *arguments)
{
    u64 position = arguments[3];
    return (i64)position < 0 ? -LINUX_EINVAL : transfer_vector(TRANSFER_READ, arguments, &position);
}

i64 sys_pwritev(const u64 *arguments)
{
    u64 position = arguments[3];
    return (i64)position < 0 ? -LINUX_EINVAL
                             : transfer_vector(TRANSFER_WRITE, arguments, &position);
}

enum {
    RWF_HIPRI = 1,
    RWF_DSYNC = 2,
    RWF_SYNC = 4,
    RWF_NOWAIT = 8,
    RWF_APPEND = 16,
    RWF_ALL = 31,
};

/* Offset -1 means the file's own position. */
static i64 transfer_vector2(enum transfer direction, const u64 *arguments)
{
    const u64 flags = arguments[5];
    u64 position = arguments[3];
    struct user_spans spans;
    if (position != UINT64_MAX && (i64)position < 0)
        return -LINUX_EINVAL;
    const helix_status status = user_spans_get(&spans, arguments[1], arguments[2]);
    if (status != HELIX_OK)
        return syscall_result(status);
    spans.buffer.nowait = flags & RWF_NOWAIT;
    spans.buffer.append = flags & RWF_APPEND;
    spans.buffer.sync = flags & (RWF_SYNC | RWF_DSYNC);
    i64 result = -LINUX_EOPNOTSUPP;
    if (!(flags & ~(u64)RWF_ALL))
        result = transfer(direction, (int)arguments[0], &spans.buffer,
                          position == UINT64_MAX ? NULL : &position);
    user_spans_put(&spans);
    return result;
}

i64 sys_preadv2(const u64 *arguments)
{
    return transfer_vector2(TRANSFER_READ, arguments);
}

i64 sys_pwritev2(const u64 *arguments)
{
    return transfer_vector2(TRANSFER_WRITE, arguments);
}

i64 sys_lseek(const u64 *arguments)
{
    struct fd_ref ref;
    helix_status status = fd_borrow((int)arguments[0], &ref);
    if (status != HELIX_OK)
        return syscall_result(status);
    u64 position;
    status = arguments[2] > LINUX_SEEK_HOLE
                 ? HELIX_E_INVAL
                 : file_seek(ref.file, (i64)arguments[1], (int)arguments[2], &position);
    fd_release(&ref);
    return status == HELIX_OK ? (i64)position : syscall_result(status);
}
