/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* io_submit(2): one request after the other, up to the first bad one. */
#include <helix/abi/linux.h>
#include <helix/core/syscall.h>
#include <helix/lib/atomic.h>
#include <helix/memory/user_copy.h>

#include "aio/aio.h"
#include "files/event_fd.h"
#include "files/fd.h"
#include "files/spans.h"
#include "linux_task.h"
#include "sched/sched.h"
#include "task/tasks.h"

enum {
    IOCB_PREAD = 0,
    IOCB_PWRITE = 1,
    IOCB_FSYNC = 2,
    IOCB_FDSYNC = 3,
    IOCB_POLL = 5,
    IOCB_PREADV = 7,
    IOCB_PWRITEV = 8,
};

enum {
    IOCB_FLAG_RESFD = 1,
    IOCB_FLAG_IOPRIO = 2,
};

enum {
    RWF_DSYNC = 2,
    RWF_SYNC = 4,
    RWF_NOWAIT = 8,
    RWF_APPEND = 16,
    RWF_ALL = 31,
};

static_assert(sizeof(struct linux_iocb) == 64);

/* A request while it is being submitted. Steps give 0, or a negative errno that refuses it. */
struct submission {
    struct aio_context *context;
    u64 user_iocb;
    struct linux_iocb iocb;
    struct file *file;
    struct file *event; // NULL: none
};

static void complete(const struct submission *submission, i64 result)
{
    const struct linux_io_event event = {submission->iocb.data, submission->user_iocb, result, 0};
    aio_complete(submission->context, &event);
    if (submission->event)
        event_fd_signal(submission->event);
    wait_wake_all(&submission->context->sleepers);
}

/* ---- Reading and writing ---- */

static bool is_write(const struct linux_iocb *iocb)
{
    return iocb->opcode == IOCB_PWRITE || iocb->opcode == IOCB_PWRITEV;
}

static bool has_position(const struct file *file)
{
    return file->ops->seek != file_seek_none;
}

static bool is_directory(struct file *file)
{
    return file->ops->read_directory != file_read_directory_none;
}

static i64 check_transfer(const struct submission *submission)
{
    const struct linux_iocb *iocb = &submission->iocb;
    struct file *file = submission->file;
    const bool writes = is_write(iocb);
    i64 error = 0;
    if (iocb->flags & IOCB_FLAG_IOPRIO)
        error = sched_io_priority_check(iocb->priority);
    if (error)
        return error;
    if ((iocb->rw_flags & ~(u32)RWF_ALL) || ((iocb->rw_flags & RWF_NOWAIT) && has_position(file)))
        return -LINUX_EOPNOTSUPP;
    if (!(file->access & (writes ? 2 : 1)))
        return -LINUX_EBADF;
    if (is_directory(file) ||
        (writes ? file->ops->write == file_write_none : file->ops->read == file_read_none))
        return -LINUX_EINVAL;
    return 0;
}

static helix_status get_buffer(const struct linux_iocb *iocb, struct user_spans *spans)
{
    if (iocb->opcode == IOCB_PREADV || iocb->opcode == IOCB_PWRITEV)
        return user_spans_get(spans, iocb->buffer, iocb->bytes);
    const size_t bytes = min((size_t)iocb->bytes, (size_t)IO_MOST);
    if (!user_range_ok(vaddr_of(iocb->buffer), bytes))
        return HELIX_E_FAULT;
    spans->heap = NULL;
    io_buffer_user(&spans->buffer, &spans->few[0], vaddr_of(iocb->buffer), bytes);
    return HELIX_OK;
}

static i64 move_bytes(const struct submission *submission, struct io_buffer *buffer)
{
    struct file *file = submission->file;
    u64 position = submission->iocb.offset;
    u64 *at = has_position(file) ? &position : NULL;
    const bool writes = is_write(&submission->iocb);
    size_t done = 0;
    const helix_status status =
        writes ? file_write(file, buffer, at, &done) : file_read(file, buffer, at, &done);
    const struct task_io moved = {writes ? 0 : done, writes ? done : 0, !writes, writes};
    task_io_add(&task_current()->io, &moved);
    if (status == HELIX_OK)
        return (i64)done;
    if (status == HELIX_E_CLOSED)
        signal_raise(SIGPIPE);
    return syscall_result(status);
}

/* What waited and was woken for no signal, but to stop for a while, is submitted again. */
static i64 end_transfer(const struct submission *submission, i64 result)
{
    if (result == SYSCALL_RESTART_IF_ALLOWED) {
        if (!(atomic_load_relaxed(&thread_current()->hal.work) & HAL_WORK_SIGNAL))
            return SYSCALL_RESTART_ALWAYS;
        result = -LINUX_EINTR;
    }
    complete(submission, result);
    return 0;
}

static i64 transfer(const struct submission *submission)
{
    const u32 flags = submission->iocb.rw_flags;
    struct user_spans spans;
    i64 result = check_transfer(submission);
    if (result)
        return result;
    const helix_status status = get_buffer(&submission->iocb, &spans);
    if (status != HELIX_OK)
        return syscall_result(status);
    spans.buffer.nowait = flags & RWF_NOWAIT;
    spans.buffer.append = flags & RWF_APPEND;
    spans.buffer.sync = flags & (RWF_SYNC | RWF_DSYNC);
    result = (i64)submission->iocb.offset < 0
                 ? -LINUX_EINVAL
                 : end_transfer(submission, move_bytes(submission, &spans.buffer));
    user_spans_put(&spans);
    return result;
}

/* ---- The others ---- */

static i64 sync_file(const struct submission *submission)
{
    const struct linux_iocb *iocb = &submission->iocb;
    struct file *file = submission->file;
    if (iocb->buffer || iocb->offset || iocb->bytes || iocb->rw_flags ||
        file->ops->sync == file_sync_none)
        return -LINUX_EINVAL;
    complete(submission, syscall_result(file->ops->sync(file)));
    return 0;
}

static i64 poll_file(const struct submission *submission)
{
    const struct linux_iocb *iocb = &submission->iocb;
    if (iocb->buffer > UINT16_MAX || iocb->offset || iocb->bytes || iocb->rw_flags)
        return -LINUX_EINVAL;
    const struct aio_request request = {
        .context = submission->context,
        .file = submission->file,
        .event = submission->event,
        .iocb = submission->user_iocb,
        .data = iocb->data,
        .events = (u32)iocb->buffer | LINUX_POLLERR | LINUX_POLLHUP,
    };
    return syscall_result(aio_poll(&request));
}

static i64 start(const struct submission *submission)
{
    switch (submission->iocb.opcode) {
    case IOCB_PREAD:
    case IOCB_PWRITE:
    case IOCB_PREADV:
    case IOCB_PWRITEV:
        return transfer(submission);
    case IOCB_FSYNC:
    case IOCB_FDSYNC:
        return sync_file(submission);
    case IOCB_POLL:
        return poll_file(submission);
    default:
        return -LINUX_EINVAL;
    }
}

/* ---- Submitting ---- */

static helix_status get_event(struct submission *submission, struct fd_ref *event)
{
    if (!(submission->iocb.flags & IOCB_FLAG_RESFD))
        return HELIX_OK;
    helix_status status = fd_borrow((int)submission->iocb.event_fd, event);
    if (status != HELIX_OK)
        return status;
    if (event_fd_is(event->file)) {
        submission->event = event->file;
        return HELIX_OK;
    }
    fd_release(event);
    return event->file->access == 0 ? HELIX_E_BAD_FD : HELIX_E_INVAL;
}

static i64 start_with_files(struct submission *submission)
{
    const u32 key = 0;
    struct fd_ref file, event;
    helix_status status = fd_borrow_opened((int)submission->iocb.fd, &file);
    if (status != HELIX_OK)
        return syscall_result(status);
    submission->file = file.file;
    status = get_event(submission, &event);
    i64 result = syscall_result(status);
    if (status == HELIX_OK) {
        status = user_copy_out(vaddr_of(submission->user_iocb + offsetof(struct linux_iocb, key)),
                               &key, sizeof key);
        result = status == HELIX_OK ? start(submission) : syscall_result(status);
        if (submission->event)
            fd_release(&event);
    }
    fd_release(&file);
    return result;
}

static i64 submit_one(struct aio_context *context, u64 user_iocb)
{
    struct submission submission = {.context = context, .user_iocb = user_iocb};
    const helix_status status =
        user_copy_in(&submission.iocb, vaddr_of(user_iocb), sizeof submission.iocb);
    if (status != HELIX_OK)
        return syscall_result(status);
    if (submission.iocb.reserved || (i64)submission.iocb.bytes < 0)
        return -LINUX_EINVAL;
    if (aio_reserve(context) != HELIX_OK)
        return -LINUX_EAGAIN;
    const i64 error = start_with_files(&submission);
    if (error)
        aio_unreserve(context);
    return error;
}

i64 aio_submit(struct aio_context *context, u64 user_iocbs, u64 count)
{
    const u64 most = min(count, (u64)context->slots);
    for (u64 i = 0; i < most; i++) {
        u64 user_iocb;
        const helix_status status =
            user_copy_in(&user_iocb, vaddr_of(user_iocbs + i * sizeof user_iocb), sizeof user_iocb);
        const i64 error =
            status == HELIX_OK ? submit_one(context, user_iocb) : syscall_result(status);
        if (error)
            return i > 0 ? (i64)i : error;
    }
    return (i64)most;
}
