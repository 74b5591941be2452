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

static u32 ask(struct file_table *files, int fd, struct poll_table *table)
{
    struct file *file;
    if (ref_count(&files->references) == 1)
        return fd_peek(files, (u32)fd, &file) == HELIX_OK ? file_poll(file, table) : LINUX_POLLNVAL;
    if (fd_get(fd, &file) != HELIX_OK)
        return LINUX_POLLNVAL;
    const u32 ready = file_poll(file, table);
    file_put(file);
    return ready;
}

/* One pass over all. Once something is ready no more queues are joined: there will be no sleep. */
static unsigned ask_all(struct linux_pollfd *entries, unsigned count, struct poll_set *set)
{
    struct file_table *files = task_current()->files;
    unsigned ready = 0;
    for (struct linux_pollfd *entry = entries; entry < entries + count; entry++) {
        entry->revents = 0;
        if (entry->fd < 0)
            continue;
        const u32 found = ask(files, entry->fd, &set->table);
        entry->revents = (i16)(found & ((u16)entry->events | ALWAYS_REPORTED));
        if (entry->revents) {
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
    struct poll_set set HELIX_UNINITIALIZED;
    poll_set_init(&set);
    if (deadline == 0)
        poll_set_only_ask(&set);
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
#define SELECT_LEAST 64u // descriptors beyond both this and the table's end are not looked at

/* The three bit sets of select(2), each `words` u64 long, in one allocation with the poll entries
 * behind them. */
struct select_sets {
    u64 *sets[3];
    struct linux_pollfd *entries;
    unsigned words, count;
    void *memory;
};

static const u32 select_events[3] = {SELECT_READ, SELECT_WRITE, SELECT_OTHER};

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

/* One entry for each descriptor below @limit that is in a set; the sets are empty then. */
static void select_make_entries(struct select_sets *select, unsigned limit)
{
    for (unsigned word = 0; word < select->words; word++) {
        u64 *const *sets = select->sets;
        const u64 read = sets[0][word], write = sets[1][word], other = sets[2][word];
        for (u64 any = read | write | other; any; any &= any - 1) {
            const unsigned bit = (unsigned)__builtin_ctzll(any), fd = word * 64 + bit;
            const u32 events = ((read >> bit & 1) ? SELECT_READ : 0) |
                               ((write >> bit & 1) ? SELECT_WRITE : 0) |
                               ((other >> bit & 1) ? SELECT_OTHER : 0);
            if (fd < limit)
                select->entries[select->count++] =
                    (struct linux_pollfd){.fd = (i32)fd, .events = (i16)events};
        }
        sets[0][word] = sets[1][word] = sets[2][word] = 0;
    }
}

/* What tells in the events of an entry that its descriptor was in a set. */
static const u32 select_marks[3] = {LINUX_POLLIN, LINUX_POLLOUT, LINUX_POLLPRI};

/*
 * Put what is ready into the sets, empty by now, and count it. A set bit on a descriptor that is
 * not open is an error, unlike in poll.
 */
static helix_status select_mark(struct select_sets *select, unsigned *bits_out)
{
    for (unsigned n = 0; n < select->count; n++) {
        const struct linux_pollfd *entry = &select->entries[n];
        const u32 ready = (u16)entry->revents;
        if (!ready)
            continue;
        if (ready & LINUX_POLLNVAL)
            return HELIX_E_BAD_FD;
        for (unsigned i = 0; i < 3; i++) {
            if (!((u16)entry->events & select_marks[i]) || !(ready & select_events[i]))
                continue;
            select->sets[i][(unsigned)entry->fd / 64] |= 1ull << ((unsigned)entry->fd % 64);
            ++*bits_out;
        }
    }
    return HELIX_OK;
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
    if (status != HELIX_OK)
        return status;
    select_make_entries(select, limit);
    status = poll_entries(select->entries, select->count, deadline, &ready);
    if (status == HELIX_OK)
        status = select_mark(select, bits_out);
    return status == HELIX_OK ? select_write_sets(select, user_sets) : status;
}

static i64 select_user(i32 limit, const u64 *user_sets, nanos deadline)
{
    if (limit < 0)
        return -LINUX_EINVAL;
    const u32 capacity = task_current()->files->capacity;
    const u32 most = capacity < SELECT_LEAST ? SELECT_LEAST : capacity;
    const unsigned fds = (u32)limit < most ? (u32)limit : most;
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
