/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* What the VFS asks about the running task's limits, and /proc/sys/fs. */
#include "files/limits.h"

#include <helix/abi/linux.h>
#include <helix/lib/atomic.h>
#include <helix/lib/parse.h>
#include <helix/vfs/special.h>

#include "epoll/epoll.h"
#include "linux_task.h"
#include "task/tasks.h"

#define SIGXFSZ         25
#define NUMBER_BYTES    24u
#define DESCRIPTORS_MIN 64u

/* ---- Hooks of the VFS ---- */

static u64 size_limit(void)
{
    return task_current() ? process_limit(LINUX_RLIMIT_FSIZE) : UINT64_MAX;
}

static void size_exceeded(void)
{
    if (task_current())
        helix_ignore(signal_send_task(task_current(), SIGXFSZ, NULL)); // EFBIG tells the caller
}

/* ---- /proc/sys/fs ---- */

struct number {
    u64 *value;
    u64 least, most;
};

static u64 descriptors_limit = 1024 * 1024;

u64 fd_most(void)
{
    return atomic_load_relaxed(&descriptors_limit);
}

static helix_status show_number(struct text_writer *writer, void *context)
{
    const struct number *number = context;
    text_write(writer, "%llu\n", (unsigned long long)atomic_load_relaxed(number->value));
    return HELIX_OK;
}

static helix_status store_number(const char *text, size_t bytes, void *context)
{
    const struct number *number = context;
    char digits[NUMBER_BYTES] = "";
    u64 value;
    for (size_t i = 0; i < bytes && i < sizeof digits - 1 && text[i] != '\n'; i++)
        digits[i] = text[i];
    if (parse_u64(digits, &value) != HELIX_OK || value < number->least || value > number->most)
        return HELIX_E_INVAL;
    atomic_store_relaxed(number->value, value);
    return HELIX_OK;
}

static void register_number(struct proc_entry *entry, struct number *number)
{
    entry->mode = 0644;
    entry->show = show_number;
    entry->store = store_number;
    entry->context = number;
    proc_register(entry);
}

void file_limits_start(void)
{
    static struct number numbers[] = {
        {.value = &descriptors_limit, .least = DESCRIPTORS_MIN, .most = INT32_MAX & ~63},
        {.most = INT64_MAX},
        {.least = PAGE_SIZE, .most = 1u << 31},
    };
    static struct proc_entry entries[] = {
        {.path = "sys/fs/nr_open"},
        {.path = "sys/fs/epoll/max_user_watches"},
        {.path = "sys/fs/pipe-max-size"},
    };
    numbers[1].value = epoll_watches_most();
    numbers[2].value = pipe_bytes_most();
    for (unsigned i = 0; i < array_count(numbers); i++)
        register_number(&entries[i], &numbers[i]);
    file_set_size_limit(size_limit, size_exceeded);
}
