/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Sockets by descriptor, and their addresses in user memory. */
#include "files/owner.h"
#include "socket/socket_calls.h"

#include <helix/abi/linux.h>
#include <helix/capability/linux.h>
#include <helix/lib/atomic.h>
#include <helix/memory/user_copy.h>

#include "task/tasks.h"

helix_status socket_borrow(int fd, struct socket_ref *ref)
{
    helix_status status = fd_borrow(fd, &ref->fd);
    if (status != HELIX_OK)
        return status;
    status = ref->fd.file->flags & LINUX_O_PATH ? HELIX_E_BAD_FD
                                                : socket_of_file(ref->fd.file, &ref->socket);
    if (status != HELIX_OK)
        fd_release(&ref->fd);
    return status;
}

u32 socket_wait_flags(const struct socket_ref *ref)
{
    return atomic_load_relaxed(&ref->fd.file->flags) & LINUX_O_NONBLOCK ? LINUX_MSG_DONTWAIT : 0;
}

helix_status socket_address_get(struct socket_address *address, u64 user, u64 bytes)
{
    if (bytes > SOCKET_ADDRESS_MOST)
        return HELIX_E_INVAL;
    *address = (struct socket_address){.bytes = (u32)bytes};
    return user_copy_in(address->data, vaddr_of(user), bytes);
}

helix_status socket_address_put(const struct socket_address *address, u64 user, u64 user_bytes)
{
    i32 room;
    helix_status status = user_copy_in(&room, vaddr_of(user_bytes), sizeof room);
    if (status != HELIX_OK)
        return status;
    if (room < 0)
        return HELIX_E_INVAL;
    const u32 bytes = (u32)room < address->bytes ? (u32)room : address->bytes;
    status = user_copy_out(vaddr_of(user), address->data, bytes);
    if (status == HELIX_OK)
        status = user_copy_out(vaddr_of(user_bytes), &address->bytes, sizeof address->bytes);
    return status;
}

/* ---- What the families ask ---- */

static void real_ids(struct socket_ids *ids_out)
{
    const struct task *task = task_current();
    if (task)
        *ids_out =
            (struct socket_ids){task->process->pid, task->credentials->uid, task->credentials->gid};
}

static void effective_ids(struct socket_ids *ids_out)
{
    const struct task *task = task_current();
    if (task)
        *ids_out = (struct socket_ids){task->process->pid, task->credentials->euid,
                                       task->credentials->egid};
}

static u64 files_in_flight_limit(void)
{
    if (!task_current() || task_capable(CAP_SYS_RESOURCE) || task_capable(CAP_SYS_ADMIN))
        return UINT64_MAX;
    return process_limit(LINUX_RLIMIT_NOFILE);
}

void socket_calls_start(void)
{
    static const struct socket_hooks hooks = {
        .ids = real_ids,
        .effective_ids = effective_ids,
        .files_in_flight_limit = files_in_flight_limit,
        .urgent = file_tell_urgent,
    };
    socket_set_hooks(&hooks);
    socket_start();
}
