/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* null, zero, full, random, urandom, kmsg. */
#include <helix/abi/linux.h>
#include <helix/entropy/entropy.h>
#include <helix/execution/thread.h>
#include <helix/lib/format.h>
#include <helix/lib/log.h>
#include <helix/lib/string.h>

#include "device.h"
#include "file_kinds.h"

static helix_status null_read(struct file *file, struct io_buffer *to, u64 *position,
                              size_t *done_out)
{
    (void)file, (void)to, (void)position, (void)done_out;
    return HELIX_OK;
}

static helix_status null_write(struct file *file, struct io_buffer *from, u64 *position,
                               size_t *done_out)
{
    (void)file, (void)position;
    *done_out = from->remaining;
    from->remaining = 0;
    return HELIX_OK;
}

#define CHUNK_BYTES 65536ul
#define ZERO_BYTES  (1ull << 39) // of a mapping of /dev/zero

static helix_status zero_read(struct file *file, struct io_buffer *to, u64 *position,
                              size_t *done_out)
{
    (void)file, (void)position;
    while (to->remaining > 0) {
        size_t n = min(to->remaining, (size_t)CHUNK_BYTES);
        helix_status st = io_zero(to, n);
        if (st != HELIX_OK)
            return *done_out > 0 ? HELIX_OK : st;
        *done_out += n;
        if (to->remaining > 0 && thread_interrupted())
            break;
    }
    return HELIX_OK;
}

/* Fresh memory for each mapping, as much as one can ask for. */
static helix_status zero_map(struct file *file, u64 offset, unsigned vm_flags,
                             struct vm_object **object_out)
{
    (void)file, (void)offset, (void)vm_flags;
    return vm_object_create_shared(ZERO_BYTES, object_out);
}

static helix_status full_write(struct file *file, struct io_buffer *from, u64 *position,
                               size_t *done_out)
{
    (void)file, (void)position, (void)done_out;
    return from->remaining > 0 ? HELIX_E_NO_SPACE : HELIX_OK;
}

static helix_status random_read(struct file *file, struct io_buffer *to, u64 *position,
                                size_t *done_out)
{
    u8 chunk[256];
    helix_status st = HELIX_OK;
    (void)file, (void)position;
    while (to->remaining > 0 && st == HELIX_OK) {
        size_t n = min(to->remaining, sizeof chunk);
        entropy_fill(chunk, n);
        st = io_copy_out(to, chunk, n);
        if (st == HELIX_OK)
            *done_out += n;
        if (to->remaining > 0 && thread_interrupted())
            break;
    }
    memset(chunk, 0, sizeof chunk);
    return *done_out > 0 ? HELIX_OK : st;
}

static helix_status random_write(struct file *file, struct io_buffer *from, u64 *position,
                                 size_t *done_out)
{
    u8 chunk[64];
    (void)file, (void)position;
    while (from->remaining > 0) {
        size_t n = min(from->remaining, sizeof chunk);
        helix_status st = io_copy_in(from, chunk, n);
        if (st != HELIX_OK)
            return *done_out > 0 ? HELIX_OK : st;
        entropy_mix(chunk, n);
        *done_out += n;
    }
    return HELIX_OK;
}

/* ---- kmsg ---- */

static const struct kernel_log_ops *kernel_log;
static struct wait_queue log_wait = WAIT_QUEUE_INIT(log_wait);

void vfs_set_kernel_log(const struct kernel_log_ops *ops)
{
    kernel_log = ops;
}

void vfs_kernel_log_grew(void)
{
    if (wait_queue_active(&log_wait))
        wait_wake_all(&log_wait);
}

/* One record a read. The position of the file is the sequence number of the next. */
static helix_status kmsg_read(struct file *file, struct io_buffer *to, u64 *position,
                              size_t *done_out)
{
    char line[320];
    size_t length;
    (void)position;
    if (kernel_log == NULL)
        return HELIX_OK;
    u64 *next = (u64 *)&file->private_data;
    while (!kernel_log->read(next, line, sizeof line, &length)) {
        if (to->nowait || (atomic_load_relaxed(&file->flags) & LINUX_O_NONBLOCK))
            return HELIX_E_WOULD_BLOCK;
        helix_status st = WAIT_FOR(&log_wait, kernel_log->end() > *next, NANOS_NEVER,
                                   WAIT_INTERRUPTIBLE, "kmsg_read");
        if (st != HELIX_OK)
            return st;
    }
    if (length > to->remaining)
        return HELIX_E_INVAL;
    *done_out = length;
    return io_copy_out(to, line, length);
}

/* "<level>text": a line of a program's own in the kernel log. */
static helix_status kmsg_write(struct file *file, struct io_buffer *from, u64 *position,
                               size_t *done_out)
{
    char line[224];
    size_t bytes = from->remaining;
    size_t n = min(bytes, sizeof line - 1);
    (void)file, (void)position;
    helix_status st = io_copy_in(from, line, n);
    if (st != HELIX_OK)
        return st;
    line[n] = '\0';
    const char *text = line;
    enum log_level level = LOG_INFO;
    if (line[0] == '<') {
        const char *end = strchr(line, '>');
        u32 linux_level =
            end != NULL && line[1] >= '0' && line[1] <= '9' ? (u32)(line[1] - '0') : 6;
        level = linux_level <= 3
                    ? LOG_ERROR
                    : (linux_level == 4 ? LOG_WARN : (linux_level == 7 ? LOG_DEBUG : LOG_INFO));
        text = end != NULL ? end + 1 : line;
    }
    size_t length = strlen(text);
    helix_log(level, "user", "%.*s", (int)(length - (length > 0 && text[length - 1] == '\n')),
              text);
    *done_out = bytes;
    return HELIX_OK;
}

static u32 kmsg_poll(struct file *file, struct poll_table *table)
{
    u64 next = (u64)(uintptr_t)file->private_data;
    if (table->add != NULL)
        table->add(table, &log_wait);
    bool more = kernel_log != NULL && kernel_log->end() > next;
    return LINUX_POLLOUT | LINUX_POLLWRNORM | (more ? LINUX_POLLIN | LINUX_POLLRDNORM : 0);
}

static helix_status kmsg_seek(struct file *file, i64 offset, int whence, u64 *position_out)
{
    (void)offset;
    u64 to = whence == LINUX_SEEK_END && kernel_log != NULL ? kernel_log->end() : 0;
    file->private_data = (void *)(uintptr_t)to;
    *position_out = 0;
    return HELIX_OK;
}

/* ---- The table ---- */

#define MEMORY_DEVICE(name_, read_, write_, seek_, poll_, map_) \
    {                                                           \
        .name = (name_),                                        \
        .read = (read_),                                        \
        .write = (write_),                                      \
        .seek = (seek_),                                        \
        .poll = (poll_),                                        \
        .ioctl = file_ioctl_none,                               \
        .map = (map_),                                          \
        .read_directory = file_read_directory_none,             \
        .flush = file_flush_none,                               \
        .sync = file_sync_none,                                 \
        .release = file_release_none,                           \
    }

static const struct memory_device {
    const char *name;
    u32 minor;
    u32 mode;
    struct file_ops ops;
} table[] = {
    {"null", 3, 0666,
     MEMORY_DEVICE("null", null_read, null_write, device_seek_zero, file_poll_always,
                   file_map_none)},
    {"zero", 5, 0666,
     MEMORY_DEVICE("zero", zero_read, null_write, device_seek_zero, file_poll_always, zero_map)},
    {"full", 7, 0666,
     MEMORY_DEVICE("full", zero_read, full_write, device_seek_zero, file_poll_always,
                   file_map_none)},
    {"random", 8, 0666,
     MEMORY_DEVICE("random", random_read, random_write, device_seek_zero, file_poll_always,
                   file_map_none)},
    {"urandom", 9, 0666,
     MEMORY_DEVICE("urandom", random_read, random_write, device_seek_zero, file_poll_always,
                   file_map_none)},
    {"kmsg", 11, 0644,
     MEMORY_DEVICE("kmsg", kmsg_read, kmsg_write, kmsg_seek, kmsg_poll, file_map_none)},
};

static helix_status memory_open(struct file *file, u32 minor)
{
    for (size_t i = 0; i < array_count(table); i++) {
        if (table[i].minor == minor) {
            file->ops = &table[i].ops;
            return HELIX_OK;
        }
    }
    return HELIX_E_NXIO;
}

static const char *memory_name(u32 minor, char *buffer, size_t capacity)
{
    (void)buffer, (void)capacity;
    for (size_t i = 0; i < array_count(table); i++) {
        if (table[i].minor == minor)
            return table[i].name;
    }
    return NULL;
}

static const struct device_class memory_class = {
    .name = "mem",
    .major = 1,
    .minor = 0,
    .minor_count = 12,
    .open = memory_open,
    .mode = 0666,
    .node_name = memory_name,
};

void memory_devices_register(void)
{
    helix_status st = device_register(&memory_class);
    helix_assert(st == HELIX_OK);
}
