/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* openat2(2), and files by handle. */
#include <helix/abi/linux.h>
#include <helix/core/syscall.h>
#include <helix/memory/user_copy.h>
#include <helix/vfs/path.h>

#include "calls.h"
#include "files/fd.h"
#include "open_flags.h"

struct open_how {
    u64 flags, mode, resolve;
};

#define OPEN_FLAGS   037777703ull // every flag that open(2) knows
#define OPEN_TMPFILE 020000000u   // without O_DIRECTORY
#define OPEN_MAKES   (LINUX_O_CREAT | OPEN_TMPFILE)
#define PATH_FLAGS   (LINUX_O_PATH | LINUX_O_DIRECTORY | LINUX_O_NOFOLLOW | LINUX_O_CLOEXEC)

/* What a later version would have said there is to be zero. */
static helix_status check_rest(u64 at, size_t bytes)
{
    while (bytes > 0) {
        u64 part[8];
        const size_t now = min(bytes, sizeof part);
        const helix_status status = user_copy_in(part, vaddr_of(at), now);
        if (status != HELIX_OK)
            return status;
        for (size_t i = 0; i < now; i++)
            if (((const u8 *)part)[i] != 0)
                return HELIX_E_TOO_BIG;
        at += now;
        bytes -= now;
    }
    return HELIX_OK;
}

static bool how_is_valid(const struct open_how *how)
{
    const u64 flags = how->flags;
    if ((flags & ~OPEN_FLAGS) || (how->resolve & ~(u64)WALK_RESOLVE) ||
        (how->resolve & (WALK_BENEATH | WALK_IN_ROOT)) == (WALK_BENEATH | WALK_IN_ROOT))
        return false;
    if ((how->mode & ~07777ull) || (how->mode != 0 && !(flags & OPEN_MAKES)))
        return false;
    if ((flags & OPEN_TMPFILE) && ((flags & LINUX_O_TMPFILE) != LINUX_O_TMPFILE ||
                                   !(flags & (LINUX_O_WRONLY | LINUX_O_RDWR))))
        return false;
    return !(flags & LINUX_O_PATH) || !(flags & ~(u64)PATH_FLAGS);
}

static i64 open_with(int dirfd, u64 user_path, const struct open_how *how)
{
    struct path_call call;
    helix_status status = user_path_get(&call.path, user_path);
    if (status != HELIX_OK)
        return syscall_result(status);
    const bool from_root = call.path.text[0] == '/' && !(how->resolve & WALK_IN_ROOT);
    status = walk_begin(from_root ? LINUX_AT_FDCWD : dirfd, &call.start);
    if (status != HELIX_OK) {
        user_path_put(&call.path);
        return syscall_result(status);
    }
    struct file *file;
    call.start.walk.resolve = (u32)how->resolve;
    status = vfs_open(&call.start.walk, call.path.text, (u32)how->flags, (u32)how->mode, &file);
    path_call_end(&call);
    return status == HELIX_OK ? fd_publish(file, how->flags & LINUX_O_CLOEXEC)
                              : syscall_result(status);
}

i64 sys_openat2(const u64 *arguments)
{
    struct open_how how;
    const u64 bytes = arguments[3];
    if (bytes < sizeof how)
        return -LINUX_EINVAL;
    if (bytes > PAGE_SIZE)
        return -LINUX_E2BIG;
    helix_status status = user_copy_in(&how, vaddr_of(arguments[2]), sizeof how);
    if (status == HELIX_OK)
        status = check_rest(arguments[2] + sizeof how, bytes - sizeof how);
    if (status != HELIX_OK)
        return syscall_result(status);
    how.flags = (how.flags & ~(u64)UINT32_MAX) | open_flags_exchange((u32)how.flags);
    if (!how_is_valid(&how))
        return -LINUX_EINVAL;
    if ((how.resolve & WALK_CACHED) && (how.flags & (OPEN_MAKES | LINUX_O_TRUNC)))
        return -LINUX_EAGAIN;
    return open_with((int)arguments[0], arguments[1], &how);
}

/* ---- Handles ---- */

#define HANDLE_MOST 128u
#define HANDLE_TYPE 1

struct linux_handle {
    u32 bytes;
    i32 type;
};

static i64 write_handle(const struct path *path, const u64 *arguments)
{
    struct {
        struct linux_handle head;
        struct vfs_handle handle;
    } out;
    const i32 id = (i32)mount_id(path->mount);
    helix_status status = vfs_handle_of(path, &out.handle);
    if (status == HELIX_OK)
        status = user_copy_in(&out.head, vaddr_of(arguments[2]), sizeof out.head);
    if (status == HELIX_OK && out.head.bytes > HANDLE_MOST)
        status = HELIX_E_INVAL;
    if (status != HELIX_OK)
        return syscall_result(status);
    const bool fits = out.head.bytes >= sizeof out.handle;
    out.head = (struct linux_handle){sizeof out.handle, HANDLE_TYPE};
    status = user_copy_out(vaddr_of(arguments[3]), &id, sizeof id);
    if (status == HELIX_OK)
        status = user_copy_out(vaddr_of(arguments[2]), &out, fits ? sizeof out : sizeof out.head);
    return syscall_result(status == HELIX_OK && !fits ? HELIX_E_OVERFLOW : status);
}

i64 sys_name_to_handle_at(const u64 *arguments)
{
    const u32 flags = (u32)arguments[4];
    if (flags & ~(LINUX_AT_SYMLINK_FOLLOW | LINUX_AT_EMPTY_PATH))
        return -LINUX_EINVAL;
    const unsigned walk = (flags & LINUX_AT_SYMLINK_FOLLOW ? WALK_FOLLOW : 0) |
                          (flags & LINUX_AT_EMPTY_PATH ? WALK_EMPTY : 0);
    struct path path;
    const helix_status status = path_of_user((int)arguments[0], arguments[1], walk, &path);
    if (status != HELIX_OK)
        return syscall_result(status);
    const i64 result = write_handle(&path, arguments);
    path_put(&path);
    return result;
}

static helix_status read_handle(u64 user_handle, struct vfs_handle *handle)
{
    struct linux_handle head;
    helix_status status = user_copy_in(&head, vaddr_of(user_handle), sizeof head);
    if (status != HELIX_OK)
        return status;
    if (head.bytes == 0 || head.bytes > HANDLE_MOST)
        return HELIX_E_INVAL;
    if (head.bytes != sizeof *handle || head.type != HANDLE_TYPE)
        return HELIX_E_STALE;
    return user_copy_in(handle, vaddr_of(user_handle + sizeof head), sizeof *handle);
}

i64 sys_open_by_handle_at(const u64 *arguments)
{
    const u32 flags = open_flags_exchange((u32)arguments[2]);
    struct credentials *as = task_current()->credentials;
    if (!credentials_capable(as, CRED_CAP_DAC_READ_SEARCH))
        return -LINUX_EPERM;
    struct vfs_handle handle;
    helix_status status = read_handle(arguments[1], &handle);
    if (status != HELIX_OK)
        return syscall_result(status);
    struct walk_start start;
    struct path place;
    status = walk_begin((int)arguments[0], &start);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = path_walk(&start.walk, "", WALK_EMPTY, &place);
    walk_end(&start);
    struct file *file;
    if (status == HELIX_OK) {
        status = vfs_open_handle(&place, &handle, flags, as, &file);
        path_put(&place);
    }
    return status == HELIX_OK ? fd_publish(file, flags & LINUX_O_CLOEXEC) : syscall_result(status);
}
