/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Control messages: cmsg(3). Descriptors become files and files descriptors here. */
#include <helix/abi/linux.h>
#include <helix/capability/linux.h>
#include <helix/core/syscall.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/memory/user_copy.h>

#include "socket/socket_calls.h"
#include "task/tasks.h"

#define CONTROL_MOST  20480u // net.core.optmem_max
#define CONTROL_ALIGN 8u

struct control_header {
    u64 bytes; // with this
    u32 level, type;
};

void socket_control_drop(struct socket_control *control)
{
    for (u32 i = 0; i < control->file_count; i++)
        file_put(control->files[i]);
    kfree(control->files);
    control->files = NULL;
    control->file_count = 0;
}

/* ---- To send ---- */

static helix_status add_files(struct socket_control *control, const i32 *fds, u64 count)
{
    if (count > SOCKET_FILES_MOST - control->file_count)
        return HELIX_E_INVAL;
    if (count != 0 && !control->files)
        control->files = kmalloc(SOCKET_FILES_MOST * sizeof(struct file *));
    if (count != 0 && !control->files)
        return HELIX_E_NOMEM;
    for (u64 i = 0; i < count; i++) {
        const helix_status status = fd_get(fds[i], &control->files[control->file_count]);
        if (status != HELIX_OK)
            return status;
        control->file_count++;
    }
    return HELIX_OK;
}

/* May the running task say that it is @ids? unix(7). */
static bool may_claim(const struct socket_ids *ids)
{
    const struct credentials *own = task_current()->credentials;
    const bool pid_fits = ids->pid == process_current()->pid || task_capable(CAP_SYS_ADMIN);
    const bool uid_fits = ids->uid == own->uid || ids->uid == own->euid || ids->uid == own->suid ||
                          task_capable(CAP_SETUID);
    const bool gid_fits = ids->gid == own->gid || ids->gid == own->egid || ids->gid == own->sgid ||
                          task_capable(CAP_SETGID);
    return pid_fits && uid_fits && gid_fits;
}

static helix_status add_ids(struct socket_control *control, const void *data, u64 bytes)
{
    if (bytes != sizeof control->ids)
        return HELIX_E_INVAL;
    memcpy(&control->ids, data, sizeof control->ids);
    control->has_ids = true;
    return may_claim(&control->ids) ? HELIX_OK : HELIX_E_PERM;
}

static helix_status add_one(struct socket_control *control, const struct control_header *header)
{
    const u64 bytes = header->bytes - sizeof *header;
    if (header->level != LINUX_SOL_SOCKET)
        return HELIX_OK; // for somebody else
    switch (header->type) {
    case LINUX_SCM_RIGHTS:
        return add_files(control, (const i32 *)(header + 1), bytes / sizeof(i32));
    case LINUX_SCM_CREDENTIALS:
        return add_ids(control, header + 1, bytes);
    default:
        return HELIX_E_INVAL;
    }
}

static helix_status parse(struct socket_control *control, const u8 *data, u64 bytes)
{
    u64 at = 0;
    while (bytes - at >= sizeof(struct control_header)) {
        const struct control_header *header = (const struct control_header *)(data + at);
        if (header->bytes < sizeof *header || header->bytes > bytes - at)
            return HELIX_E_INVAL;
        const helix_status status = add_one(control, header);
        if (status != HELIX_OK)
            return status;
        const u64 step = align_up(header->bytes, (u64)CONTROL_ALIGN);
        if (step > bytes - at)
            break;
        at += step;
    }
    return HELIX_OK;
}

helix_status socket_control_get(struct socket_control *control, u64 user, u64 bytes)
{
    *control = (struct socket_control){0};
    if (bytes == 0)
        return HELIX_OK;
    if (bytes > CONTROL_MOST)
        return HELIX_E_NO_BUFFERS;
    u8 *data = kmalloc(bytes);
    if (!data)
        return HELIX_E_NO_BUFFERS;
    helix_status status = user_copy_in(data, vaddr_of(user), bytes);
    if (status == HELIX_OK)
        status = parse(control, data, bytes);
    kfree(data);
    if (status != HELIX_OK)
        socket_control_drop(control);
    return status;
}

/* ---- Received ---- */

/* What is left of the program's buffer. */
struct control_room {
    u64 at, bytes;
    u32 flags; // LINUX_MSG_CTRUNC
};

static helix_status put_one(struct control_room *room, u32 type, const void *data, u32 bytes)
{
    struct control_header header = {sizeof header + bytes, LINUX_SOL_SOCKET, type};
    if (room->bytes < sizeof header) {
        room->flags |= LINUX_MSG_CTRUNC;
        return HELIX_OK;
    }
    if (room->bytes < header.bytes) {
        room->flags |= LINUX_MSG_CTRUNC;
        header.bytes = room->bytes;
    }
    helix_status status = user_copy_out(vaddr_of(room->at), &header, sizeof header);
    if (status == HELIX_OK)
        status =
            user_copy_out(vaddr_of(room->at + sizeof header), data, header.bytes - sizeof header);
    if (status != HELIX_OK)
        return status;
    const u64 step = align_up(header.bytes, (u64)CONTROL_ALIGN);
    const u64 used = step < room->bytes ? step : room->bytes;
    room->at += used;
    room->bytes -= used;
    return HELIX_OK;
}

/* As many files as there is room for numbers become descriptors. */
static helix_status put_files(struct control_room *room, struct socket_control *control, u32 flags)
{
    i32 *fds = kmalloc(SOCKET_FILES_MOST * sizeof *fds);
    if (!fds)
        return HELIX_E_NOMEM;
    u64 most = room->bytes < sizeof(struct control_header) + sizeof(i32)
                   ? 0
                   : (room->bytes - sizeof(struct control_header)) / sizeof(i32);
    u32 count = 0;
    while (count < control->file_count && count < most) {
        int fd;
        if (fd_install(control->files[count], 0, (flags & LINUX_MSG_CMSG_CLOEXEC) != 0, &fd) !=
            HELIX_OK)
            break;
        fds[count++] = fd;
    }
    if (count < control->file_count)
        room->flags |= LINUX_MSG_CTRUNC;
    // Those with a descriptor are the program's now.
    memmove(control->files, control->files + count,
            (control->file_count - count) * sizeof(struct file *));
    control->file_count -= count;
    helix_status status = HELIX_OK;
    if (count != 0)
        status = put_one(room, LINUX_SCM_RIGHTS, fds, count * (u32)sizeof *fds);
    kfree(fds);
    return status;
}

helix_status socket_control_put(struct socket_control *control, struct linux_message *message,
                                u32 flags)
{
    struct control_room room = {.at = message->control, .bytes = message->control_bytes};
    helix_status status = HELIX_OK;
    if (!message->control)
        room.bytes = 0;
    if (control->has_ids)
        status = put_one(&room, LINUX_SCM_CREDENTIALS, &control->ids, sizeof control->ids);
    if (status == HELIX_OK && control->file_count != 0)
        status = put_files(&room, control, flags);
    socket_control_drop(control);
    message->flags |= room.flags;
    message->control_bytes = message->control ? room.at - message->control : 0;
    return status;
}
