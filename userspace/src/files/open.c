/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* open(2) and its kin, close(2), dup(2), fcntl(2), pipe(2). */
#include <helix/abi/linux.h>
#include <helix/capability/linux.h>
#include <helix/core/syscall.h>
#include <helix/lib/atomic.h>
#include <helix/memory/user_copy.h>
#include <helix/vfs/special.h>

#include "calls.h"
#include "files/fd.h"
#include "files/leases.h"
#include "files/locks.h"
#include "files/owner.h"
#include "open_flags.h"
#include "task/tasks.h"

#define SETTABLE_FLAGS (LINUX_O_APPEND | LINUX_O_NONBLOCK | LINUX_O_DIRECT | LINUX_O_NOATIME)
#define CREATE_MODE    07777u

static i64 open_at(int dirfd, u64 user_path, u32 flags, u32 mode)
{
    struct path_call call;
    helix_status status = path_call_begin(&call, dirfd, user_path);
    if (status != HELIX_OK)
        return syscall_result(status);
    struct file *file;
    status = vfs_open(&call.start.walk, call.path.text, flags, mode & CREATE_MODE, &file);
    path_call_end(&call);
    if (status != HELIX_OK)
        return syscall_result(status);
    return fd_publish(file, flags & LINUX_O_CLOEXEC);
}

i64 sys_open(const u64 *arguments)
{
    return open_at(LINUX_AT_FDCWD, arguments[0], open_flags_exchange((u32)arguments[1]),
                   (u32)arguments[2]);
}

i64 sys_openat(const u64 *arguments)
{
    return open_at((int)arguments[0], arguments[1], open_flags_exchange((u32)arguments[2]),
                   (u32)arguments[3]);
}

i64 sys_creat(const u64 *arguments)
{
    return open_at(LINUX_AT_FDCWD, arguments[0], LINUX_O_CREAT | LINUX_O_WRONLY | LINUX_O_TRUNC,
                   (u32)arguments[1]);
}

i64 sys_close(const u64 *arguments)
{
    return syscall_result(fd_close((int)arguments[0]));
}

#define CLOSE_RANGE_UNSHARE 2u
#define CLOSE_RANGE_CLOEXEC 4u

i64 sys_close_range(const u64 *arguments)
{
    u32 fd = (u32)arguments[0];
    const u32 last = (u32)arguments[1], flags = (u32)arguments[2];
    if (fd > last || (flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)))
        return -LINUX_EINVAL;
    const i64 unshared = flags & CLOSE_RANGE_UNSHARE ? task_unshare(CLONE_FILES) : 0;
    if (unshared != 0)
        return unshared;
    struct file_table *table = task_current()->files;
    for (; file_table_next(table, &fd) && fd <= last; fd++) {
        // An error of one file does not keep the others open.
        helix_ignore(flags & CLOSE_RANGE_CLOEXEC ? fd_set_flags((int)fd, true) : fd_close((int)fd));
        if (fd == last)
            break;
    }
    return 0;
}

static i64 duplicate_from(int fd, int lowest, bool close_on_exec)
{
    struct file *file;
    helix_status status = fd_get(fd, &file);
    if (status != HELIX_OK)
        return syscall_result(status);
    int made;
    status = fd_install(file, lowest, close_on_exec, &made);
    if (status == HELIX_OK)
        return made;
    file_put(file);
    return syscall_result(status);
}

static i64 duplicate_above(int fd, u64 lowest, bool close_on_exec)
{
    bool unused;
    const helix_status status = fd_flags(fd, &unused);
    if (status != HELIX_OK)
        return syscall_result(status);
    return lowest >= process_limit(LINUX_RLIMIT_NOFILE)
               ? -LINUX_EINVAL
               : duplicate_from(fd, (int)lowest, close_on_exec);
}

i64 sys_dup(const u64 *arguments)
{
    return duplicate_from((int)arguments[0], 0, false);
}

static i64 duplicate_to(int from, int to, bool close_on_exec)
{
    const helix_status status = fd_duplicate(from, to, close_on_exec);
    return status == HELIX_OK ? to : syscall_result(status);
}

i64 sys_dup2(const u64 *arguments)
{
    const int from = (int)arguments[0], to = (int)arguments[1];
    if (from == to) {
        bool close_on_exec;
        const helix_status status = fd_flags(from, &close_on_exec);
        return status == HELIX_OK ? to : syscall_result(status);
    }
    return duplicate_to(from, to, false);
}

i64 sys_dup3(const u64 *arguments)
{
    const int from = (int)arguments[0], to = (int)arguments[1];
    if (from == to || (arguments[2] & ~(u64)LINUX_O_CLOEXEC))
        return -LINUX_EINVAL;
    return duplicate_to(from, to, arguments[2] & LINUX_O_CLOEXEC);
}

static i64 set_status_flags(struct file *file, int fd, u32 flags)
{
    if ((atomic_load_relaxed(&file->flags) ^ flags) & LINUX_O_ASYNC &
        (file->ops->tells ? ~0u : 0)) {
        const helix_status status = file_set_async(file, fd, flags & LINUX_O_ASYNC);
        if (status != HELIX_OK)
            return syscall_result(status);
    }
    u32 old = atomic_load_relaxed(&file->flags);
    while (
        !atomic_cas_relaxed(&file->flags, &old, (old & ~SETTABLE_FLAGS) | (flags & SETTABLE_FLAGS)))
        ;
    return 0;
}

static i64 record_lock(struct file *file, int command, u64 user_lock)
{
    struct linux_flock lock;
    helix_status status = user_copy_in(&lock, vaddr_of(user_lock), sizeof lock);
    if (status == HELIX_OK)
        status = file_record_lock(file, command, &lock);
    if (status == HELIX_OK && (command == LINUX_F_GETLK || command == LINUX_F_OFD_GETLK))
        status = user_copy_out(vaddr_of(user_lock), &lock, sizeof lock);
    return syscall_result(status);
}

static i64 set_pipe_size(struct file *file, size_t wanted)
{
    size_t bytes;
    const helix_status status = pipe_resize(file, wanted, task_capable(CAP_SYS_RESOURCE), &bytes);
    return status == HELIX_OK ? (i64)bytes : syscall_result(status);
}

static i64 get_pipe_size(const struct file *file)
{
    size_t bytes;
    const helix_status status = pipe_size(file, &bytes);
    return status == HELIX_OK ? (i64)bytes : syscall_result(status);
}

static i64 get_seals(const struct file *file)
{
    u32 seals;
    const helix_status status = file_seals(file, &seals);
    return status == HELIX_OK ? (i64)seals : syscall_result(status);
}

u32 file_shown_flags(const struct file *file)
{
    const u32 flags = atomic_load_relaxed(&file->flags);
    return open_flags_exchange(flags |
                               (file->dentry && !(flags & LINUX_O_PATH) ? LINUX_O_LARGEFILE : 0));
}

/* The commands that act on the open file, not on the descriptor. */
static i64 file_control(struct file *file, int fd, int command, u64 argument)
{
    i64 result;
    if (file_owner_control(file, command, argument, &result))
        return result;
    switch (command) {
    case LINUX_F_GETFL:
        return (i64)file_shown_flags(file);
    case LINUX_F_SETFL:
        return set_status_flags(file, fd, open_flags_exchange((u32)argument));
    case LINUX_F_GETLK:
    case LINUX_F_SETLK:
    case LINUX_F_SETLKW:
    case LINUX_F_OFD_GETLK:
    case LINUX_F_OFD_SETLK:
    case LINUX_F_OFD_SETLKW:
        return record_lock(file, command, argument);
    case LINUX_F_SETLEASE:
        return syscall_result(file_lease_set(file, fd, argument));
    case LINUX_F_GETLEASE:
        return file_lease_get(file);
    case LINUX_F_NOTIFY:
        return syscall_result(file_notify(file, fd, (u32)argument));
    case LINUX_F_ADD_SEALS:
        return syscall_result(file_add_seals(file, (u32)argument));
    case LINUX_F_GET_SEALS:
        return get_seals(file);
    case LINUX_F_GETPIPE_SZ:
        return get_pipe_size(file);
    case LINUX_F_SETPIPE_SZ:
        return set_pipe_size(file, argument);
    default:
        return -LINUX_EINVAL;
    }
}

static i64 descriptor_flags(int fd)
{
    bool close_on_exec;
    const helix_status status = fd_flags(fd, &close_on_exec);
    return status == HELIX_OK ? close_on_exec : syscall_result(status);
}

i64 sys_fcntl(const u64 *arguments)
{
    const int fd = (int)arguments[0], command = (int)arguments[1];
    switch (command) {
    case LINUX_F_DUPFD:
    case LINUX_F_DUPFD_CLOEXEC:
        return duplicate_above(fd, arguments[2], command == LINUX_F_DUPFD_CLOEXEC);
    case LINUX_F_GETFD:
        return descriptor_flags(fd);
    case LINUX_F_SETFD:
        return syscall_result(fd_set_flags(fd, arguments[2] & LINUX_FD_CLOEXEC));
    default:
        break;
    }
    struct fd_ref ref;
    const helix_status status = fd_borrow(fd, &ref);
    if (status != HELIX_OK)
        return syscall_result(status);
    i64 result = -LINUX_EBADF;
    if (!(ref.file->flags & LINUX_O_PATH) || command == LINUX_F_GETFL)
        result = file_control(ref.file, fd, command, arguments[2]);
    fd_release(&ref);
    return result;
}

/* Publish both ends and tell the program, or neither. */
static helix_status publish_pipe(struct file *ends[2], bool close_on_exec, u64 user_pair)
{
    int pair[2];
    helix_status status = fd_install(ends[0], 0, close_on_exec, &pair[0]);
    if (status != HELIX_OK)
        goto put_both;
    status = fd_install(ends[1], 0, close_on_exec, &pair[1]);
    if (status != HELIX_OK)
        goto close_first;
    status = user_copy_out(vaddr_of(user_pair), pair, sizeof pair);
    if (status == HELIX_OK)
        return HELIX_OK;
    helix_ignore(fd_close(pair[1])); // the first error is the answer
    helix_ignore(fd_close(pair[0]));
    return status;
close_first:
    helix_ignore(fd_close(pair[0]));
    file_put(ends[1]);
    return status;
put_both:
    file_put(ends[0]);
    file_put(ends[1]);
    return status;
}

static i64 make_pipe(u64 user_pair, u32 flags)
{
    const u32 known = LINUX_O_CLOEXEC | LINUX_O_NONBLOCK | LINUX_O_DIRECT;
    if (flags & ~known) // watch queues are not built in
        return flags & ~(known | LINUX_O_EXCL) ? -LINUX_EINVAL : -LINUX_ENOPKG;
    struct file *ends[2];
    helix_status status = pipe_create(flags & ~LINUX_O_CLOEXEC, &ends[0], &ends[1]);
    if (status == HELIX_OK)
        status = publish_pipe(ends, flags & LINUX_O_CLOEXEC, user_pair);
    return syscall_result(status);
}

i64 sys_pipe(const u64 *arguments)
{
    return make_pipe(arguments[0], 0);
}

i64 sys_pipe2(const u64 *arguments)
{
    return make_pipe(arguments[0], open_flags_exchange((u32)arguments[1]));
}
