/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* ioctl(2): the few commands that belong to every descriptor, then the file's own. */
#include <helix/abi/linux.h>
#include <helix/core/syscall.h>
#include <helix/lib/atomic.h>
#include <helix/memory/user_copy.h>
#include <helix/socket/socket.h>
#include <helix/vfs/special.h>

#include "calls.h"
#include "files/fd.h"
#include "files/owner.h"
#include "open_flags.h"

#define FIONBIO     0x5421u
#define FIONCLEX    0x5450u
#define FIOCLEX     0x5451u
#define FIOASYNC    0x5452u
#define TIOCGPTPEER 0x5441u
#define FIOSETOWN   0x8901u
#define FIOGETOWN   0x8903u // with SIOCSPGRP before it
#define SIOCGPGRP   0x8904u

static helix_status switch_flag(struct file *file, u32 flag, u64 user_value)
{
    i32 on;
    const helix_status status = user_copy_in(&on, vaddr_of(user_value), sizeof on);
    if (status != HELIX_OK)
        return status;
    if (on)
        atomic_fetch_or_relaxed(&file->flags, flag);
    else
        atomic_fetch_and_relaxed(&file->flags, ~flag);
    return HELIX_OK;
}

static helix_status switch_async(struct file *file, int fd, u64 user_value)
{
    i32 on;
    const helix_status status = user_copy_in(&on, vaddr_of(user_value), sizeof on);
    if (status != HELIX_OK)
        return status;
    return file_set_async(file, fd, on != 0);
}

/* Of sockets only. */
static bool is_owner_command(struct file *file, u32 command)
{
    struct socket *socket;
    return command >= FIOSETOWN && command <= SIOCGPGRP &&
           socket_of_file(file, &socket) == HELIX_OK;
}

static helix_status exchange_owner(struct file *file, u32 command, u64 user_value)
{
    i32 owner = file_owner_get(file);
    if (command == FIOGETOWN || command == SIOCGPGRP)
        return user_copy_out(vaddr_of(user_value), &owner, sizeof owner);
    const helix_status status = user_copy_in(&owner, vaddr_of(user_value), sizeof owner);
    return status == HELIX_OK ? file_owner_set(file, owner) : status;
}

/* A descriptor for a pseudoterminal's slave, by its master's. */
static i64 open_peer(int fd, u32 flags)
{
    struct fd_ref ref;
    struct file *peer;
    helix_status status = fd_borrow(fd, &ref);
    if (status != HELIX_OK)
        return syscall_result(status);
    const struct task *task = task_current();
    const struct walk_context walk = {.fs = task->fs, .credentials = task->credentials};
    status = pty_open_peer(&walk, ref.file, flags, &peer);
    fd_release(&ref);
    return status == HELIX_OK ? fd_publish(peer, (flags & LINUX_O_CLOEXEC) != 0)
                              : syscall_result(status);
}

i64 sys_ioctl(const u64 *arguments)
{
    const int fd = (int)arguments[0];
    const u32 command = (u32)arguments[1];
    if (command == TIOCGPTPEER)
        return open_peer(fd, open_flags_exchange((u32)arguments[2]));
    if (command == FIOCLEX || command == FIONCLEX)
        return syscall_result(fd_set_flags(fd, command == FIOCLEX));
    struct fd_ref ref;
    helix_status status = fd_borrow(fd, &ref);
    if (status != HELIX_OK)
        return syscall_result(status);
    i64 result = 0;
    if (ref.file->flags & LINUX_O_PATH)
        status = HELIX_E_BAD_FD;
    else if (command == FIONBIO)
        status = switch_flag(ref.file, LINUX_O_NONBLOCK, arguments[2]);
    else if (command == FIOASYNC)
        status = switch_async(ref.file, fd, arguments[2]);
    else if (is_owner_command(ref.file, command))
        status = exchange_owner(ref.file, command, arguments[2]);
    else
        status = ref.file->ops->ioctl(ref.file, command, arguments[2], &result);
    fd_release(&ref);
    return status == HELIX_OK ? result : syscall_result(status);
}
