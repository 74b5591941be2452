/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* mq_open(2) and its kin. */
#include <helix/abi/linux.h>
#include <helix/core/syscall.h>
#include <helix/lib/atomic.h>
#include <helix/memory/user_copy.h>

#include <helix/socket/netlink.h>

#include "calls.h"
#include "files/fd.h"
#include "linux_task.h"
#include "mqueue/mqueue.h"
#include "time/clock.h"

#define OPEN_FLAGS (LINUX_O_ACCMODE | LINUX_O_CREAT | LINUX_O_EXCL | LINUX_O_NONBLOCK)

struct linux_mq_attr {
    i64 flags, count_most, bytes_most, count, spare[4];
};

static i64 open_and_publish(struct walk_context *walk, const char *name, u32 flags, u32 mode)
{
    const struct mq_making *making = walk->making;
    struct file *file;
    const helix_status status = vfs_open(walk, name, flags & OPEN_FLAGS, mode & 07777, &file);
    if (status != HELIX_OK)
        return syscall_result(status);
    if ((flags & LINUX_O_ACCMODE) == LINUX_O_ACCMODE && !making->made) {
        file_put(file);
        return -LINUX_EINVAL;
    }
    return fd_publish(file, true);
}

static i64 open_queue(const char *name, u32 flags, u32 mode, const struct mq_making *making)
{
    struct walk_context walk;
    const helix_status status = mq_walk(name, &walk);
    if (status != HELIX_OK)
        return syscall_result(status);
    walk.making = making;
    const i64 fd = open_and_publish(&walk, name, flags, mode);
    if (fd < 0 && making->made)
        helix_ignore(vfs_unlink(&walk, name)); // the first error is the answer
    return fd;
}

i64 sys_mq_open(const u64 *arguments)
{
    struct linux_mq_attr attributes;
    struct mq_sizes sizes;
    struct mq_making making = {0};
    struct user_path name;
    helix_status status = HELIX_OK;
    if (arguments[3]) {
        status = user_copy_in(&attributes, vaddr_of(arguments[3]), sizeof attributes);
        if (status == HELIX_OK) {
            sizes = (struct mq_sizes){(u64)attributes.count_most, (u64)attributes.bytes_most};
            making.sizes = &sizes;
        }
    }
    if (status == HELIX_OK)
        status = user_path_get(&name, arguments[0]);
    if (status != HELIX_OK)
        return syscall_result(status);
    const i64 fd = open_queue(name.text, (u32)arguments[1], (u32)arguments[2], &making);
    user_path_put(&name);
    return fd;
}

i64 sys_mq_unlink(const u64 *arguments)
{
    struct user_path name;
    struct walk_context walk;
    helix_status status = user_path_get(&name, arguments[0]);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = mq_walk(name.text, &walk);
    if (status == HELIX_OK)
        status = vfs_unlink(&walk, name.text);
    user_path_put(&name);
    return syscall_result(status);
}

/* A queue for the time of one call. */
static helix_status borrow(int fd, u32 access, struct fd_ref *ref, struct mq **queue_out)
{
    helix_status status = fd_borrow(fd, ref);
    if (status != HELIX_OK)
        return status;
    *queue_out = mq_of_file(ref->file);
    if (*queue_out && (ref->file->access & access) == access)
        return HELIX_OK;
    fd_release(ref);
    return HELIX_E_BAD_FD;
}

static bool never_blocks(const struct fd_ref *ref)
{
    return atomic_load_relaxed(&ref->file->flags) & LINUX_O_NONBLOCK;
}

/* An absolute time of the wall clock, or (0) none. */
static helix_status read_deadline(u64 user_time, nanos *deadline_out)
{
    nanos wall;
    *deadline_out = NANOS_NEVER;
    if (!user_time)
        return HELIX_OK;
    const helix_status status = clock_copy_in(user_time, &wall);
    if (status == HELIX_OK)
        *deadline_out = clock_deadline_of_wall(wall);
    return status;
}

struct transfer {
    u64 user_data;
    size_t bytes;
    u32 priority;
    u64 user_priority;
    nanos deadline;
};

static helix_status send(struct mq *queue, const struct transfer *t, bool nowait)
{
    if (t->bytes > queue->sizes.bytes)
        return HELIX_E_MESSAGE_SIZE;
    struct mq_message *message = mq_message_allocate(t->bytes);
    if (!message)
        return HELIX_E_NOMEM;
    message->priority = t->priority;
    helix_status status = user_copy_in(message->data, vaddr_of(t->user_data), t->bytes);
    if (status == HELIX_OK)
        status = mq_send(queue, message, t->deadline, nowait);
    if (status != HELIX_OK)
        mq_message_free(message);
    return status;
}

i64 sys_mq_timedsend(const u64 *arguments)
{
    struct transfer t = {
        .user_data = arguments[1], .bytes = arguments[2], .priority = (u32)arguments[3]};
    struct fd_ref ref;
    struct mq *queue;
    helix_status status = read_deadline(arguments[4], &t.deadline);
    if (status == HELIX_OK && (u32)arguments[3] >= MQ_PRIORITIES)
        status = HELIX_E_INVAL;
    if (status == HELIX_OK)
        status = borrow((int)arguments[0], 2, &ref, &queue);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = send(queue, &t, never_blocks(&ref));
    fd_release(&ref);
    return syscall_result(status);
}

static i64 receive(struct mq *queue, const struct transfer *t, bool nowait)
{
    struct mq_message *message;
    if (t->bytes < queue->sizes.bytes)
        return syscall_result(HELIX_E_MESSAGE_SIZE);
    helix_status status = mq_receive(queue, &message, t->deadline, nowait);
    if (status != HELIX_OK)
        return syscall_result(status);
    const i64 bytes = (i64)message->bytes;
    if (t->user_priority)
        status =
            user_copy_out(vaddr_of(t->user_priority), &message->priority, sizeof message->priority);
    if (status == HELIX_OK)
        status = user_copy_out(vaddr_of(t->user_data), message->data, message->bytes);
    mq_message_free(message);
    return status == HELIX_OK ? bytes : syscall_result(status);
}

i64 sys_mq_timedreceive(const u64 *arguments)
{
    struct transfer t = {
        .user_data = arguments[1], .bytes = arguments[2], .user_priority = arguments[3]};
    struct fd_ref ref;
    struct mq *queue;
    helix_status status = read_deadline(arguments[4], &t.deadline);
    if (status == HELIX_OK)
        status = borrow((int)arguments[0], 1, &ref, &queue);
    if (status != HELIX_OK)
        return syscall_result(status);
    const i64 result = receive(queue, &t, never_blocks(&ref));
    fd_release(&ref);
    return result;
}

/* The C library's cookie, for the netlink socket it hands over as the signal's number. */
static helix_status read_note(const struct linux_sigevent *event, struct netlink_note **note_out)
{
    u8 cookie[MQ_NOTE_BYTES];
    struct fd_ref ref;
    helix_status status = user_copy_in(cookie, vaddr_of(event->value), sizeof cookie);
    if (status == HELIX_OK)
        status = fd_borrow(event->signal, &ref);
    if (status != HELIX_OK)
        return status;
    status = netlink_note_create(ref.file, cookie, sizeof cookie, note_out);
    fd_release(&ref);
    return status;
}

static helix_status read_notification(u64 user, struct mq_notification *to)
{
    struct linux_sigevent event;
    const helix_status status = user_copy_in(&event, vaddr_of(user), sizeof event);
    if (status != HELIX_OK)
        return status;
    if (event.notify < SIGEV_SIGNAL || event.notify > SIGEV_THREAD)
        return HELIX_E_INVAL;
    if (event.notify == SIGEV_SIGNAL && (u32)event.signal > SIGNAL_COUNT)
        return HELIX_E_INVAL;
    *to = (struct mq_notification){.owner = process_current(),
                                   .how = event.notify,
                                   .signal = event.signal,
                                   .value = event.value};
    return event.notify == SIGEV_THREAD ? read_note(&event, &to->note) : HELIX_OK;
}

i64 sys_mq_notify(const u64 *arguments)
{
    struct mq_notification wanted = {0};
    struct fd_ref ref;
    struct mq *queue;
    helix_status status = arguments[1] ? read_notification(arguments[1], &wanted) : HELIX_OK;
    if (status != HELIX_OK)
        return syscall_result(status);
    status = borrow((int)arguments[0], 0, &ref, &queue);
    if (status == HELIX_OK) {
        status = mq_register(queue, arguments[1] ? &wanted : NULL);
        fd_release(&ref);
    }
    if (status != HELIX_OK && wanted.note)
        netlink_note_free(wanted.note);
    return syscall_result(status);
}

static void exchange_flags(struct file *file, const struct linux_mq_attr *wanted, u32 *old_out)
{
    u32 old = atomic_load_relaxed(&file->flags);
    const u32 set = wanted ? (u32)wanted->flags & LINUX_O_NONBLOCK : 0;
    while (wanted && !atomic_cas_relaxed(&file->flags, &old, (old & ~LINUX_O_NONBLOCK) | set))
        ;
    *old_out = old & LINUX_O_NONBLOCK;
}

i64 sys_mq_getsetattr(const u64 *arguments)
{
    struct linux_mq_attr wanted = {0};
    struct fd_ref ref;
    struct mq *queue;
    u32 flags;
    helix_status status = HELIX_OK;
    if (arguments[1])
        status = user_copy_in(&wanted, vaddr_of(arguments[1]), sizeof wanted);
    if (status == HELIX_OK && (wanted.flags & ~(i64)LINUX_O_NONBLOCK))
        status = HELIX_E_INVAL;
    if (status == HELIX_OK)
        status = borrow((int)arguments[0], 0, &ref, &queue);
    if (status != HELIX_OK)
        return syscall_result(status);
    exchange_flags(ref.file, arguments[1] ? &wanted : NULL, &flags);
    spin_lock(&queue->lock);
    const struct linux_mq_attr old = {.flags = flags,
                                      .count_most = (i64)queue->sizes.count,
                                      .bytes_most = (i64)queue->sizes.bytes,
                                      .count = (i64)queue->count};
    spin_unlock(&queue->lock);
    fd_release(&ref);
    if (arguments[2])
        status = user_copy_out(vaddr_of(arguments[2]), &old, sizeof old);
    return syscall_result(status);
}
