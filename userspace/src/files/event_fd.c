/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* eventfd(2): a 64-bit counter to wait on. */
#include <helix/abi/linux.h>
#include <helix/core/syscall.h>
#include <helix/execution/wait.h>
#include <helix/lib/atomic.h>
#include <helix/memory/heap.h>
#include <helix/vfs/file.h>

#include "calls.h"
#include "files/fd.h"

#define EVENTFD_SEMAPHORE 1u
#define COUNTER_MOST      (UINT64_MAX - 1)

struct event_counter {
    struct spinlock lock;
    u64 count HELIX_GUARDED_BY(&lock);
    bool semaphore;
    struct wait_queue changed;
};

static struct kmem_cache counter_cache = KMEM_CACHE(event_counter);

/* Take what read(2) gives: all of it, or 1 from a semaphore. False: it is zero. */
static bool try_take(struct event_counter *counter, u64 *value_out)
{
    spin_lock(&counter->lock);
    const u64 value = counter->semaphore && counter->count ? 1 : counter->count;
    counter->count -= value;
    spin_unlock(&counter->lock);
    *value_out = value;
    return value != 0;
}

static bool try_add(struct event_counter *counter, u64 value)
{
    spin_lock(&counter->lock);
    const bool fits = value <= COUNTER_MOST - counter->count;
    if (fits)
        counter->count += value;
    spin_unlock(&counter->lock);
    return fits;
}

static bool never_blocks(const struct file *file, const struct io_buffer *buffer)
{
    return buffer->nowait || (atomic_load_relaxed(&file->flags) & LINUX_O_NONBLOCK);
}

static helix_status event_read(struct file *file, struct io_buffer *to, u64 *position,
                               size_t *done_out)
{
    (void)position;
    struct event_counter *counter = file->private_data;
    if (to->remaining < sizeof(u64))
        return HELIX_E_INVAL;
    u64 value = 0;
    if (!try_take(counter, &value)) {
        if (never_blocks(file, to))
            return HELIX_E_WOULD_BLOCK;
        const helix_status status = WAIT_FOR(&counter->changed, try_take(counter, &value),
                                             NANOS_NEVER, WAIT_INTERRUPTIBLE, "eventfd");
        if (status != HELIX_OK)
            return status;
    }
    wait_wake_all(&counter->changed);
    *done_out = sizeof value;
    return io_copy_out(to, &value, sizeof value);
}

static helix_status event_write(struct file *file, struct io_buffer *from, u64 *position,
                                size_t *done_out)
{
    (void)position;
    struct event_counter *counter = file->private_data;
    u64 value;
    if (from->remaining < sizeof value)
        return HELIX_E_INVAL;
    helix_status status = io_copy_in(from, &value, sizeof value);
    if (status != HELIX_OK)
        return status;
    if (value == UINT64_MAX)
        return HELIX_E_INVAL;
    if (!try_add(counter, value)) {
        if (never_blocks(file, from))
            return HELIX_E_WOULD_BLOCK;
        status = WAIT_FOR(&counter->changed, try_add(counter, value), NANOS_NEVER,
                          WAIT_INTERRUPTIBLE, "eventfd");
        if (status != HELIX_OK)
            return status;
    }
    wait_wake_all(&counter->changed);
    *done_out = sizeof value;
    return HELIX_OK;
}

static u32 event_poll(struct file *file, struct poll_table *table)
{
    struct event_counter *counter = file->private_data;
    if (table->add)
        table->add(table, &counter->changed);
    spin_lock(&counter->lock);
    const u64 count = counter->count;
    spin_unlock(&counter->lock);
    return (count > 0 ? LINUX_POLLIN | LINUX_POLLRDNORM : 0) |
           (count < COUNTER_MOST ? LINUX_POLLOUT | LINUX_POLLWRNORM : 0);
}

static void event_release(struct file *file)
{
    kmem_free(&counter_cache, file->private_data);
}

static const struct file_ops event_ops = {
    .name = "eventfd",
    .read = event_read,
    .write = event_write,
    .seek = file_seek_none,
    .poll = event_poll,
    .ioctl = file_ioctl_none,
    .map = file_map_none,
    .read_directory = file_read_directory_none,
    .flush = file_flush_none,
    .sync = file_sync_none,
    .release = event_release,
};

static i64 make_event_fd(u32 initial, u32 flags)
{
    if (flags & ~(EVENTFD_SEMAPHORE | LINUX_O_CLOEXEC | LINUX_O_NONBLOCK))
        return -LINUX_EINVAL;
    struct event_counter *counter = kmem_alloc(&counter_cache);
    if (!counter)
        return -LINUX_ENOMEM;
    *counter = (struct event_counter){.lock = SPINLOCK_INIT(LOCK_RANK_OBJECT), .count = initial};
    counter->semaphore = flags & EVENTFD_SEMAPHORE;
    wait_queue_init(&counter->changed);
    struct file *file;
    const helix_status status =
        file_create(&event_ops, counter, LINUX_O_RDWR | (flags & LINUX_O_NONBLOCK), &file);
    if (status != HELIX_OK) {
        kmem_free(&counter_cache, counter);
        return syscall_result(status);
    }
    return fd_publish(file, flags & LINUX_O_CLOEXEC);
}

i64 sys_eventfd(const u64 *arguments)
{
    return make_event_fd((u32)arguments[0], 0);
}

i64 sys_eventfd2(const u64 *arguments)
{
    return make_event_fd((u32)arguments[0], (u32)arguments[1]);
}
