/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Making, removing and renaming names. */
#include <helix/abi/linux.h>
#include <helix/core/syscall.h>
#include <helix/lib/atomic.h>
#include <helix/memory/heap.h>
#include <helix/memory/user_copy.h>
#include <helix/vfs/path.h>

#include "calls.h"
#include "files/fd.h"

static i64 make_directory(int dirfd, u64 user_path, u32 mode)
{
    struct path_call call;
    helix_status status = path_call_begin(&call, dirfd, user_path);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = vfs_mkdir(&call.start.walk, call.path.text, mode & 07777);
    path_call_end(&call);
    return syscall_result(status);
}

i64 sys_mkdir(const u64 *arguments)
{
    return make_directory(LINUX_AT_FDCWD, arguments[0], (u32)arguments[1]);
}

i64 sys_mkdirat(const u64 *arguments)
{
    return make_directory((int)arguments[0], arguments[1], (u32)arguments[2]);
}

static i64 make_node(int dirfd, u64 user_path, u32 mode, u64 device)
{
    struct path_call call;
    helix_status status = path_call_begin(&call, dirfd, user_path);
    if (status != HELIX_OK)
        return syscall_result(status);
    if ((mode & LINUX_S_IFMT) == 0)
        mode |= LINUX_S_IFREG;
    status = vfs_mknod(&call.start.walk, call.path.text, mode, device);
    path_call_end(&call);
    return syscall_result(status);
}

i64 sys_mknod(const u64 *arguments)
{
    return make_node(LINUX_AT_FDCWD, arguments[0], (u32)arguments[1], (u32)arguments[2]);
}

i64 sys_mknodat(const u64 *arguments)
{
    return make_node((int)arguments[0], arguments[1], (u32)arguments[2], (u32)arguments[3]);
}

static i64 remove_name(int dirfd, u64 user_path, bool directory)
{
    struct path_call call;
    helix_status status = path_call_begin(&call, dirfd, user_path);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = directory ? vfs_rmdir(&call.start.walk, call.path.text)
                       : vfs_unlink(&call.start.walk, call.path.text);
    path_call_end(&call);
    return syscall_result(status);
}

i64 sys_unlink(const u64 *arguments)
{
    return remove_name(LINUX_AT_FDCWD, arguments[0], false);
}

i64 sys_rmdir(const u64 *arguments)
{
    return remove_name(LINUX_AT_FDCWD, arguments[0], true);
}

i64 sys_unlinkat(const u64 *arguments)
{
    if (arguments[2] & ~(u64)LINUX_AT_REMOVEDIR)
        return -LINUX_EINVAL;
    return remove_name((int)arguments[0], arguments[1], arguments[2] & LINUX_AT_REMOVEDIR);
}

static i64 make_symlink(u64 user_target, int dirfd, u64 user_path)
{
    struct user_path target;
    helix_status status = user_path_get(&target, user_target);
    if (status != HELIX_OK)
        return syscall_result(status);
    struct path_call call;
    status = path_call_begin(&call, dirfd, user_path);
    if (status == HELIX_OK) {
        status = vfs_symlink(&call.start.walk, target.text, call.path.text);
        path_call_end(&call);
    }
    user_path_put(&target);
    return syscall_result(status);
}

i64 sys_symlink(const u64 *arguments)
{
    return make_symlink(arguments[0], LINUX_AT_FDCWD, arguments[1]);
}

i64 sys_symlinkat(const u64 *arguments)
{
    return make_symlink(arguments[0], (int)arguments[1], arguments[2]);
}

/* Calls with two paths: an old and a new name. */
struct two_paths {
    struct path_call from, to;
};

static helix_status two_paths_begin(struct two_paths *two, const u64 *arguments)
{
    const helix_status status = path_call_begin(&two->from, (int)arguments[0], arguments[1]);
    if (status != HELIX_OK)
        return status;
    const helix_status second = path_call_begin(&two->to, (int)arguments[2], arguments[3]);
    if (second != HELIX_OK)
        path_call_end(&two->from);
    return second;
}

static void two_paths_end(struct two_paths *two)
{
    path_call_end(&two->to);
    path_call_end(&two->from);
}

/* @arguments: old directory, old path, new directory, new path. */
static i64 rename_at(const u64 *arguments, u32 flags)
{
    struct two_paths two;
    helix_status status = two_paths_begin(&two, arguments);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = vfs_rename(&two.from.start.walk, two.from.path.text, &two.to.start.walk,
                        two.to.path.text, flags);
    two_paths_end(&two);
    return syscall_result(status);
}

static i64 link_at(const u64 *arguments, u32 flags)
{
    if (flags & ~(LINUX_AT_SYMLINK_FOLLOW | LINUX_AT_EMPTY_PATH))
        return -LINUX_EINVAL;
    if ((flags & LINUX_AT_EMPTY_PATH) &&
        !credentials_capable(task_current()->credentials, CRED_CAP_DAC_READ_SEARCH))
        return -LINUX_ENOENT;
    const unsigned walk = (flags & LINUX_AT_SYMLINK_FOLLOW ? WALK_FOLLOW : 0) |
                          (flags & LINUX_AT_EMPTY_PATH ? WALK_EMPTY : 0);
    struct two_paths two;
    helix_status status = two_paths_begin(&two, arguments);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = vfs_link(&two.from.start.walk, two.from.path.text, &two.to.start.walk,
                      two.to.path.text, walk);
    two_paths_end(&two);
    return syscall_result(status);
}

#define AT_CWD ((u64)(i64)LINUX_AT_FDCWD)

i64 sys_rename(const u64 *arguments)
{
    return rename_at((const u64[]){AT_CWD, arguments[0], AT_CWD, arguments[1]}, 0);
}

i64 sys_renameat(const u64 *arguments)
{
    return rename_at(arguments, 0);
}

i64 sys_renameat2(const u64 *arguments)
{
    return rename_at(arguments, (u32)arguments[4]);
}

i64 sys_link(const u64 *arguments)
{
    return link_at((const u64[]){AT_CWD, arguments[0], AT_CWD, arguments[1]}, 0);
}

i64 sys_linkat(const u64 *arguments)
{
    return link_at(arguments, (u32)arguments[4]);
}

static i64 read_link(int dirfd, u64 user_path, u64 user_buffer, i64 capacity)
{
    if (capacity <= 0)
        return -LINUX_EINVAL;
    struct path path;
    struct path_call call;
    helix_status status = path_call_begin(&call, dirfd, user_path);
    if (status != HELIX_OK)
        return syscall_result(status);
    const bool empty = call.path.text[0] == '\0'; // then it is the descriptor's own
    status = path_walk(&call.start.walk, call.path.text, WALK_EMPTY, &path);
    path_call_end(&call);
    if (status != HELIX_OK)
        return syscall_result(status);
    char *target = kmalloc(LINUX_PATH_MAX);
    u32 length = 0;
    status = target ? vfs_read_link(&path, target, LINUX_PATH_MAX, &length) : HELIX_E_NOMEM;
    if (length > (u64)capacity)
        length = (u32)capacity;
    if (status == HELIX_OK)
        status = user_copy_out(vaddr_of(user_buffer), target, length);
    kfree(target);
    path_put(&path);
    if (status == HELIX_E_INVAL && empty)
        status = HELIX_E_NOENT;
    return status == HELIX_OK ? length : syscall_result(status);
}

i64 sys_readlink(const u64 *arguments)
{
    return read_link(LINUX_AT_FDCWD, arguments[0], arguments[1], (i32)arguments[2]);
}

i64 sys_readlinkat(const u64 *arguments)
{
    return read_link((int)arguments[0], arguments[1], arguments[2], (i32)arguments[3]);
}

i64 sys_umask(const u64 *arguments)
{
    return atomic_exchange_relaxed(&task_current()->fs->umask, (u32)arguments[0] & 0777u);
}
