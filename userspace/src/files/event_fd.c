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
#include "files/event_fd.h"
#include "files/fd.h"
#include "record.h"

#define EVENTFD_SEMAPHORE 1u
#define COUNTER_MOST      (UINT64_MAX - 1)

struct event_counter {
    struct object object;
    struct refcount references;
    struct spinlock lock;
    u64 count HELIX_GUARDED_BY(&lock);
    bool semaphore;
    struct wait_queue changed;
};

static const struct file_ops event_ops;
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
    wait_wake_events(&counter->changed, LINUX_POLLOUT | LINUX_POLLWRNORM);
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
    wait_wake_events(&counter->changed, LINUX_POLLIN | LINUX_POLLRDNORM);
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

static void counter_put(struct event_counter *counter)
{
    if (ref_put(&counter->references))
        kmem_free(&counter_cache, counter);
}

static void event_release(struct file *file)
{
    counter_put(file->private_data);
}

static const struct object_type counter_object_type;

static struct event_counter *counter_create(u64 initial, bool semaphore)
{
    struct event_counter *counter = kmem_alloc(&counter_cache);
    if (!counter)
        return NULL;
    *counter = (struct event_counter){
        .object = {.type = &counter_object_type, .id = object_id_new()},
        .lock = SPINLOCK_INIT(LOCK_RANK_OBJECT),
        .count = initial,
        .semaphore = semaphore,
    };
    ref_init(&counter->references);
    wait_queue_init(&counter->changed);
    return counter;
}

static helix_status counter_open(struct object *object, u32 flags, struct file **file_out)
{
    struct event_counter *counter = container_of(object, struct event_counter, object);
    const helix_status status = file_create(&event_ops, counter, flags, file_out);
    if (status == HELIX_OK)
        ref_get(&counter->references);
    return status;
}

static struct object *object_of_file(struct file *file)
{
    return &((struct event_counter *)file->private_data)->object;
}

static struct file_object_ops object_ops = {
    .kind = OBJECT_EVENT_FD,
    .object = object_of_file,
    .open = counter_open,
};

static const struct file_ops event_ops = {
    .name = "eventfd",
    .object = &object_ops,
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

bool event_fd_is(const struct file *file)
{
    return file->ops == &event_ops;
}

void event_fd_signal(const struct file *file)
{
    struct event_counter *counter = file->private_data;
    if (try_add(counter, 1))
        wait_wake_events(&counter->changed, LINUX_POLLIN | LINUX_POLLRDNORM);
}

static i64 make_event_fd(u32 initial, u32 flags)
{
    if (flags & ~(EVENTFD_SEMAPHORE | LINUX_O_CLOEXEC | LINUX_O_NONBLOCK))
        return -LINUX_EINVAL;
    struct event_counter *counter = counter_create(initial, flags & EVENTFD_SEMAPHORE);
    if (!counter)
        return -LINUX_ENOMEM;
    struct file *file;
    const helix_status status =
        file_create(&event_ops, counter, LINUX_O_RDWR | (flags & LINUX_O_NONBLOCK), &file);
    if (status != HELIX_OK) {
        counter_put(counter);
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

/* ---- Records ---- */

struct counter_record {
    u64 count;
    u64 semaphore;
};

static struct event_counter *counter_of(const struct object *object)
{
    return container_of(object, struct event_counter, object);
}

static struct counter_record read_counter(struct event_counter *counter)
{
    spin_lock(&counter->lock);
    const struct counter_record record = {counter->count, counter->semaphore};
    spin_unlock(&counter->lock);
    return record;
}

static helix_status counter_describe(const struct object *object, struct object_writer *writer)
{
    const struct counter_record record = read_counter(counter_of(object));
    record_begin(object, sizeof record, writer);
    object_write(writer, &record, sizeof record);
    return HELIX_OK;
}

static helix_status counter_recreate(struct object_reader *reader,
                                     const struct object_record *header, struct object **object_out)
{
    struct counter_record record;
    if (header->version != 1)
        return HELIX_E_NOTSUP;
    const helix_status status = object_read(reader, &record, sizeof record);
    if (status != HELIX_OK)
        return status;
    if (record.count > COUNTER_MOST || record.semaphore > 1)
        return HELIX_E_CORRUPT;
    struct event_counter *counter = counter_create(record.count, record.semaphore);
    if (!counter)
        return HELIX_E_NOMEM;
    *object_out = &counter->object;
    return HELIX_OK;
}

static void counter_discard(struct object *object)
{
    counter_put(counter_of(object));
}

static bool counter_equal(const struct object *left, const struct object *right)
{
    const struct counter_record a = read_counter(counter_of(left));
    const struct counter_record b = read_counter(counter_of(right));
    return a.count == b.count && a.semaphore == b.semaphore;
}

static const struct object_type counter_object_type = {
    .kind = OBJECT_EVENT_FD,
    .version = 1,
    .name = "eventfd",
    .describe = counter_describe,
    .recreate = counter_recreate,
    .discard = counter_discard,
    .equal = counter_equal,
};
OBJECT_TYPE_ENTRY(counter_object_type);

void event_fd_start(void)
{
    file_object_register(&object_ops);
}
