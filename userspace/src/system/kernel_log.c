/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * syslog(2): the kernel log in the form dmesg(1) reads. Reading all gives the newest records that
 * fit; clearing only moves the point from which the next reading starts.
 */
#include <helix/abi/linux.h>
#include <helix/capability/linux.h>
#include <helix/core/syscall.h>
#include <helix/debug/log.h>
#include <helix/execution/mutex.h>
#include <helix/execution/wait.h>
#include <helix/lib/atomic.h>
#include <helix/lib/format.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/memory/user_copy.h>
#include <helix/vfs/special.h>

#include "calls.h"
#include "system/kernel_log.h"
#include "task/tasks.h"

enum {
    SYSLOG_CLOSE = 0,
    SYSLOG_OPEN = 1,
    SYSLOG_READ = 2,
    SYSLOG_READ_ALL = 3,
    SYSLOG_READ_CLEAR = 4,
    SYSLOG_CLEAR = 5,
    SYSLOG_CONSOLE_OFF = 6,
    SYSLOG_CONSOLE_ON = 7,
    SYSLOG_CONSOLE_LEVEL = 8,
    SYSLOG_SIZE_UNREAD = 9,
    SYSLOG_SIZE_BUFFER = 10,
};

#define LINE_BYTES   (LOG_TEXT_BYTES + 40)
#define BUFFER_BYTES (256u << 10) // what programs are told to bring
#define QUIET_LEVEL  1u
#define USUAL_LEVEL  7u

static u64 cleared_before; // first sequence number that reading all shows
static u64 read_before;    // the same for reading once

static struct mutex read_lock = MUTEX_INIT(read_lock, LOCK_RANK_NONE);
static size_t read_part HELIX_GUARDED_BY(&read_lock); // bytes of the first record that were read
static struct wait_queue grew_queue = WAIT_QUEUE_INIT(grew_queue);

static const u8 linux_levels[] = {[LOG_ERROR] = 3, [LOG_WARN] = 4, [LOG_INFO] = 6, [LOG_DEBUG] = 7};

static size_t format_record(const struct log_record *record, char line[LINE_BYTES])
{
    const u64 microseconds = record->time / NANOS_PER_US;
    return (size_t)lib_format(line, LINE_BYTES, "<%u>[%5llu.%06llu] %s\n",
                              linux_levels[record->level & 3],
                              (unsigned long long)(microseconds / 1000000),
                              (unsigned long long)(microseconds % 1000000), record->text);
}

/* ---- /dev/kmsg ---- */

static bool read_for_device(u64 *next, char *line, size_t capacity, size_t *length_out)
{
    struct log_record record;
    if (!log_read(*next, &record))
        return false;
    const size_t length =
        lib_format(line, capacity, "%u,%llu,%llu,-;%s\n", linux_levels[record.level & 3],
                   (unsigned long long)record.sequence,
                   (unsigned long long)(record.time / NANOS_PER_US), record.text);
    *length_out = min(length, capacity - 1);
    *next = record.sequence + 1;
    return true;
}

static void log_grew(void)
{
    if (wait_queue_active(&grew_queue))
        wait_wake_all(&grew_queue);
    vfs_kernel_log_grew();
}

void system_log_start(void)
{
    static const struct kernel_log_ops ops = {.read = read_for_device, .end = log_end};
    vfs_set_kernel_log(&ops);
    log_set_notify(log_grew);
}

/* ---- syslog(2) ---- */

/* The first record from which on everything fits into @bytes. */
static u64 first_that_fits(u64 from, size_t bytes)
{
    size_t total = 0;
    struct log_record record;
    char line[LINE_BYTES];
    for (u64 at = from; log_read(at, &record); at = record.sequence + 1)
        total += format_record(&record, line);
    u64 at = from;
    while (total > bytes && log_read(at, &record)) {
        total -= format_record(&record, line);
        at = record.sequence + 1;
    }
    return at;
}

static i64 copy_records(u64 from, u64 user_buffer, size_t bytes, u64 *next_out)
{
    struct log_record record;
    char line[LINE_BYTES];
    size_t done = 0;
    u64 at = from;
    for (; log_read(at, &record); at = record.sequence + 1) {
        const size_t length = format_record(&record, line);
        if (length > bytes - done)
            break;
        if (user_copy_out(vaddr_of(user_buffer + done), line, length) != HELIX_OK)
            return -LINUX_EFAULT;
        done += length;
    }
    *next_out = at;
    return (i64)done;
}

static i64 read_all(u64 user_buffer, i32 bytes, bool clear)
{
    if (!user_buffer || bytes < 0)
        return -LINUX_EINVAL;
    const u64 from = first_that_fits(atomic_load_relaxed(&cleared_before), (size_t)bytes);
    u64 next;
    const i64 result = copy_records(from, user_buffer, (size_t)bytes, &next);
    if (clear && result >= 0)
        atomic_store_relaxed(&cleared_before, next);
    return result;
}

/* What of the next record fits into @room bytes; the rest of it comes with the next reading. */
static helix_status copy_some(const struct log_record *record, u64 to, size_t room,
                              size_t *done_out) HELIX_REQUIRES(&read_lock)
{
    char line[LINE_BYTES];
    const size_t length = format_record(record, line);
    const size_t from = record->sequence == read_before ? min(read_part, length) : 0;
    *done_out = min(length - from, room);
    const helix_status status = user_copy_out(vaddr_of(to), line + from, *done_out);
    if (status != HELIX_OK)
        return status;
    const bool whole = from + *done_out >= length;
    read_part = whole ? 0 : from + *done_out;
    atomic_store_relaxed(&read_before, record->sequence + whole);
    return HELIX_OK;
}

static i64 read_some(u64 user_buffer, size_t bytes)
{
    struct log_record record;
    helix_status status = HELIX_OK;
    size_t total = 0;
    mutex_lock(&read_lock);
    while (total < bytes && log_read(atomic_load_relaxed(&read_before), &record)) {
        size_t done;
        status = copy_some(&record, user_buffer + total, bytes - total, &done);
        if (status != HELIX_OK)
            break;
        total += done;
    }
    mutex_unlock(&read_lock);
    return total > 0 ? (i64)total : syscall_result(status);
}

/* Waits for something to read. */
static i64 read_once(u64 user_buffer, i32 bytes)
{
    i64 result = 0;
    if (!user_buffer || bytes < 0)
        return -LINUX_EINVAL;
    while (bytes > 0 && result == 0) {
        const helix_status status =
            WAIT_FOR(&grew_queue, log_end() > atomic_load_relaxed(&read_before), NANOS_NEVER,
                     WAIT_INTERRUPTIBLE, "syslog");
        if (status != HELIX_OK)
            return SYSCALL_RESTART_IF_ALLOWED;
        result = read_some(user_buffer, (size_t)bytes);
    }
    return result;
}

static i64 unread_bytes(void)
{
    struct log_record record;
    char line[LINE_BYTES];
    size_t total = 0;
    for (u64 at = atomic_load_relaxed(&read_before); log_read(at, &record);
         at = record.sequence + 1)
        total += format_record(&record, line);
    return (i64)total;
}

static i64 change_console_level(u64 level)
{
    if (level < 1 || level > 8)
        return -LINUX_EINVAL;
    log_set_console_level((unsigned)level);
    return 0;
}

i64 sys_syslog(const u64 *arguments)
{
    const int type = (int)arguments[0];
    const bool harmless = type == SYSLOG_READ_ALL || type == SYSLOG_SIZE_BUFFER;
    if (!harmless && !task_capable(CAP_SYSLOG))
        return -LINUX_EPERM;
    switch (type) {
    case SYSLOG_CLOSE:
    case SYSLOG_OPEN:
        return 0;
    case SYSLOG_READ:
        return read_once(arguments[1], (i32)arguments[2]);
    case SYSLOG_READ_ALL:
    case SYSLOG_READ_CLEAR:
        return read_all(arguments[1], (i32)arguments[2], type == SYSLOG_READ_CLEAR);
    case SYSLOG_CLEAR:
        atomic_store_relaxed(&cleared_before, log_end());
        return 0;
    case SYSLOG_CONSOLE_OFF:
        return change_console_level(QUIET_LEVEL);
    case SYSLOG_CONSOLE_ON:
        return change_console_level(USUAL_LEVEL);
    case SYSLOG_CONSOLE_LEVEL:
        return change_console_level(arguments[2]);
    case SYSLOG_SIZE_UNREAD:
        return unread_bytes();
    case SYSLOG_SIZE_BUFFER:
        return BUFFER_BYTES;
    default:
        return -LINUX_EINVAL;
    }
}
