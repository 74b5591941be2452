/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * poll(2) and select(2). Both become a list of struct linux_pollfd and share one wait.
 */
#include <helix/abi/linux.h>
#include <helix/core/syscall.h>
#include <helix/hal/time.h>
#include <helix/lib/compiler.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/memory/user_copy.h>
#include <helix/vfs/file.h>

#include "calls.h"
#include "files/fd.h"
#include "files/poll_set.h"
#include "files/poll_time.h"

#define ALWAYS_REPORTED (LINUX_POLLERR | LINUX_POLLHUP | LINUX_POLLNVAL)

static u32 ask(const struct linux_pollfd *entry, struct poll_table *table)
{
    struct fd_ref ref;
    if (fd_borrow(entry->fd, &ref) != HELIX_OK)
        return LINUX_POLLNVAL;
    const u32 ready = file_poll(ref.file, table);
    fd_release(&ref);
    return ready & ((u16)entry->events | ALWAYS_REPORTED);
}

/* One pass over all. Once something is ready no more queues are joined: there will be no sleep. */
static unsigned ask_all(struct linux_pollfd *entries, unsigned count, struct poll_set *set)
{
    unsigned ready = 0;
    for (unsigned i = 0; i < count; i++) {
        entries[i].revents = 0;
        if (entries[i].fd < 0)
            continue;
        entries[i].revents = (i16)ask(&entries[i], &set->table);
        if (entries[i].revents) {
            ready++;
            poll_set_only_ask(set);
        }
    }
    return ready;
}

/* Wait until an entry is ready, @deadline or an interruption. The caller keeps the files alive. */
static helix_status wait_ready(struct linux_pollfd *entries, unsigned count, nanos deadline,
                               unsigned *ready_out)
{
    struct poll_set set;
    poll_set_init(&set);
    helix_status status = HELIX_OK;
    unsigned ready;
    while ((ready = ask_all(entries, count, &set)) == 0) {
        if (set.out_of_memory) {
            status = HELIX_E_NOMEM;
            break;
        }
        poll_set_only_ask(&set);
        if (deadline == 0)
            break;
        status = wait_sleep(deadline, WAIT_INTERRUPTIBLE);
        if (status != HELIX_OK)
            break;
    }
    poll_set_end(&set);
    *ready_out = ready;
    return status == HELIX_E_TIMEOUT ? HELIX_OK : status;
}

/* References on every polled file of a table that others may change, so that no queue goes while we
 * sleep on it. */
struct held_files {
    struct file **files; // NULL: nothing to hold
    unsigned count;
};

static helix_status hold_files(struct held_files *held, const struct linux_pollfd *entries,
                               unsigned count)
{
    *held = (struct held_files){0};
    if (ref_count(&task_current()->files->references) == 1 || count == 0)
        return HELIX_OK;
    held->files = kmalloc(count * sizeof *held->files);
    if (!held->files)
        return HELIX_E_NOMEM;
    for (unsigned i = 0; i < count; i++)
        if (entries[i].fd >= 0 && fd_get(entries[i].fd, &held->files[held->count]) == HELIX_OK)
            held->count++;
    return HELIX_OK;
}

static void release_files(struct held_files *held)
{
    while (held->count > 0)
        file_put(held->files[--held->count]);
    kfree(held->files);
}

static helix_status poll_entries(struct linux_pollfd *entries, unsigned count, nanos deadline,
                                 unsigned *ready_out)
{
    struct held_files held;
    helix_status status = hold_files(&held, entries, count);
    if (status == HELIX_OK)
        status = wait_ready(entries, count, deadline, ready_out);
    release_files(&held);
    return status;
}

/* ---- poll ---- */

#define FEW_ENTRIES 16

static helix_status copy_results(u64 user_entries, const struct linux_pollfd *entries,
                                 unsigned count)
{
    return user_copy_out(vaddr_of(user_entries), entries, count * sizeof *entries);
}

static i64 poll_user(u64 user_entries, u64 count, nanos deadline, i64 when_interrupted)
{
    if (count > process_limit(LINUX_RLIMIT_NOFILE))
        return -LINUX_EINVAL;
    struct linux_pollfd few[FEW_ENTRIES];
    struct linux_pollfd *entries = few;
    if (count > FEW_ENTRIES) {
        entries = kmalloc(count * sizeof *entries);
        if (!entries)
            return -LINUX_ENOMEM;
    }
    unsigned ready = 0;
    helix_status status = user_copy_in(entries, vaddr_of(user_entries), count * sizeof *entries);
    if (status == HELIX_OK)
        status = poll_entries(entries, (unsigned)count, deadline, &ready);
    if (status == HELIX_OK)
        status = copy_results(user_entries, entries, (unsigned)count);
    if (entries != few)
        kfree(entries);
    if (status == HELIX_E_INTERRUPTED)
        return when_interrupted;
    return status == HELIX_OK ? (i64)ready : syscall_result(status);
}

i64 sys_poll(const u64 *arguments)
{
    const i32 milliseconds = (i32)arguments[2];
    nanos deadline = NANOS_NEVER;
    if (milliseconds == 0)
        deadline = 0;
    else if (milliseconds > 0)
        deadline = hal_clock_now() + (u64)milliseconds * NANOS_PER_MS;
    return poll_user(arguments[0], (u32)arguments[1], deadline, SYSCALL_RESTART_NO_HANDLER);
}

i64 sys_ppoll(const u64 *arguments)
{
    struct poll_time time;
    helix_status status = poll_time_from_timespec(&time, arguments[2]);
    if (status == HELIX_OK)
        status = poll_mask_install(arguments[3], arguments[4]);
    if (status != HELIX_OK)
        return syscall_result(status);
    const i64 result =
        poll_user(arguments[0], (u32)arguments[1], time.deadline, SYSCALL_RESTART_NO_HANDLER);
    poll_time_store_timespec(&time, arguments[2]);
    poll_mask_finish(result == SYSCALL_RESTART_NO_HANDLER);
    return result;
}

/* ---- select ---- */

#define SELECT_READ \
    (LINUX_POLLIN | LINUX_POLLRDNORM | LINUX_POLLRDBAND | LINUX_POLLHUP | LINUX_POLLERR)
#define SELECT_WRITE (LINUX_POLLOUT | LINUX_POLLWRNORM | LINUX_POLLWRBAND | LINUX_POLLERR)
#define SELECT_OTHER (LINUX_POLLPRI)

/* The three bit sets of select(2), each `words` u64 long, in one allocation with the poll entries
 * behind them. */
struct select_sets {
    u64 *sets[3];
    struct linux_pollfd *entries;
    unsigned words, count;
    void *memory;
};

static const u32 select_events[3] = {SELECT_READ, SELECT_WRITE, SELECT_OTHER};

static bool wants(const struct select_sets *select, unsigned set, unsigned fd)
{
    return (select->sets[set][fd / 64] >> (fd % 64)) & 1;
}

static helix_status select_allocate(struct select_sets *select, unsigned limit)
{
    select->words = (limit + 63) / 64;
    const size_t set_bytes = select->words * sizeof(u64);
    select->memory = kzalloc(3 * set_bytes + limit * sizeof *select->entries + 1);
    if (!select->memory)
        return HELIX_E_NOMEM;
    for (unsigned i = 0; i < 3; i++)
        select->sets[i] = (u64 *)((u8 *)select->memory + i * set_bytes);
    select->entries = (struct linux_pollfd *)(void *)((u8 *)select->memory + 3 * set_bytes);
    return HELIX_OK;
}

static helix_status select_read_sets(struct select_sets *select, const u64 *user_sets)
{
    for (unsigned i = 0; i < 3; i++) {
        if (!user_sets[i])
            continue;
        const helix_status status =
            user_copy_in(select->sets[i], vaddr_of(user_sets[i]), select->words * sizeof(u64));
        if (status != HELIX_OK)
            return status;
    }
    return HELIX_OK;
}

/* A set bit on a descriptor that is not open is an error, unlike in poll. */
static helix_status select_make_entries(struct select_sets *select, unsigned limit)
{
    for (unsigned fd = 0; fd < limit; fd++) {
        u32 events = 0;
        for (unsigned i = 0; i < 3; i++)
            if (wants(select, i, fd))
                events |= select_events[i];
        if (!events)
            continue;
        bool close_on_exec;
        if (fd_flags((int)fd, &close_on_exec) != HELIX_OK)
            return HELIX_E_BAD_FD;
        select->entries[select->count++] =
            (struct linux_pollfd){.fd = (i32)fd, .events = (i16)events};
    }
    return HELIX_OK;
}

/* Turn what is ready back into bits; returns how many bits are set. */
static unsigned select_mark(struct select_sets *select)
{
    unsigned bits = 0;
    for (unsigned n = 0; n < select->count; n++) {
        const struct linux_pollfd *entry = &select->entries[n];
        const unsigned fd = (unsigned)entry->fd;
        for (unsigned i = 0; i < 3; i++) {
            if (!wants(select, i, fd))
                continue;
            if ((u16)entry->revents & select_events[i])
                bits++;
            else
                select->sets[i][fd / 64] &= ~(1ull << (fd % 64));
        }
    }
    return bits;
}

static helix_status select_write_sets(const struct select_sets *select, const u64 *user_sets)
{
    for (unsigned i = 0; i < 3; i++) {
        if (!user_sets[i])
            continue;
        const helix_status status =
            user_copy_out(vaddr_of(user_sets[i]), select->sets[i], select->words * sizeof(u64));
        if (status != HELIX_OK)
            return status;
    }
    return HELIX_OK;
}

static helix_status select_wait(struct select_sets *select, unsigned limit, const u64 *user_sets,
                                nanos deadline, unsigned *bits_out)
{
    unsigned ready;
    helix_status status = select_read_sets(select, user_sets);
    if (status == HELIX_OK)
        status = select_make_entries(select, limit);
    if (status == HELIX_OK)
        status = poll_entries(select->entries, select->count, deadline, &ready);
    if (status != HELIX_OK)
        return status;
    *bits_out = select_mark(select);
    return select_write_sets(select, user_sets);
}

static i64 select_user(i32 limit, const u64 *user_sets, nanos deadline)
{
    if (limit < 0)
        return -LINUX_EINVAL;
    const u32 capacity = task_current()->files->capacity;
    const unsigned fds = (u32)limit < capacity ? (u32)limit : capacity;
    struct select_sets select = {0};
    helix_status status = select_allocate(&select, fds);
    unsigned bits = 0;
    if (status == HELIX_OK)
        status = select_wait(&select, fds, user_sets, deadline, &bits);
    kfree(select.memory);
    if (status == HELIX_E_INTERRUPTED)
        return SYSCALL_RESTART_NO_HANDLER;
    return status == HELIX_OK ? (i64)bits : syscall_result(status);
}

i64 sys_select(const u64 *arguments)
{
    struct poll_time time;
    const helix_status status = poll_time_from_timeval(&time, arguments[4]);
    if (status != HELIX_OK)
        return syscall_result(status);
    const i64 result = select_user((i32)arguments[0], &arguments[1], time.deadline);
    poll_time_store_timeval(&time, arguments[4]);
    return result;
}

i64 sys_pselect6(const u64 *arguments)
{
    u64 mask[2] = {0, 0}; // address and size, behind the sixth argument
    struct poll_time time;
    helix_status status = poll_time_from_timespec(&time, arguments[4]);
    if (status == HELIX_OK && arguments[5])
        status = user_copy_in(mask, vaddr_of(arguments[5]), sizeof mask);
    if (status == HELIX_OK)
        status = poll_mask_install(mask[0], mask[1]);
    if (status != HELIX_OK)
        return syscall_result(status);
    const i64 result = select_user((i32)arguments[0], &arguments[1], time.deadline);
    poll_time_store_timespec(&time, arguments[4]);
    poll_mask_finish(result == SYSCALL_RESTART_NO_HANDLER);
    return result;
}
