/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Extended attributes: get, set, list and remove, each by path, by path without following the last
 * link, and by descriptor. */
#include <helix/abi/linux.h>
#include <helix/core/syscall.h>
#include <helix/memory/heap.h>
#include <helix/memory/user_copy.h>
#include <helix/vfs/path.h>

#include "calls.h"
#include "files/fd.h"

#define XATTR_NAME_MOST 256u // with NUL
#define XATTR_SIZE_MOST 65536u
#define XATTR_FLAGS     3u // XATTR_CREATE, XATTR_REPLACE

enum target {
    TARGET_PATH,
    TARGET_LINK,
    TARGET_FD,
};

static helix_status find_target(enum target target, u64 argument, struct path *path_out)
{
    if (target != TARGET_FD)
        return path_of_user(LINUX_AT_FDCWD, argument, target == TARGET_PATH ? WALK_FOLLOW : 0,
                            path_out);
    struct fd_ref ref;
    helix_status status = fd_borrow((int)argument, &ref);
    if (status != HELIX_OK)
        return status;
    status = ref.file->flags & LINUX_O_PATH ? HELIX_E_BAD_FD : path_of_file(ref.file, path_out);
    fd_release(&ref);
    return status == HELIX_E_NODEV ? HELIX_E_NOTSUP : status;
}

static helix_status get_name(char name[XATTR_NAME_MOST], u64 user_name)
{
    size_t length;
    const helix_status status =
        user_copy_string(name, vaddr_of(user_name), XATTR_NAME_MOST, &length);
    return status == HELIX_E_NAME_TOO_LONG || (status == HELIX_OK && length == 0) ? HELIX_E_RANGE
                                                                                  : status;
}

static u32 bounded(u64 bytes)
{
    return bytes < XATTR_SIZE_MOST ? (u32)bytes : XATTR_SIZE_MOST;
}

static i64 get(enum target target, const u64 *arguments)
{
    char name[XATTR_NAME_MOST];
    helix_status status = get_name(name, arguments[1]);
    struct path path;
    if (status == HELIX_OK)
        status = find_target(target, arguments[0], &path);
    if (status != HELIX_OK)
        return syscall_result(status);
    const u32 capacity = bounded(arguments[3]);
    u32 bytes = 0;
    void *value = capacity ? kmalloc(capacity) : NULL;
    status = capacity && !value
                 ? HELIX_E_NOMEM
                 : vfs_get_xattr(&path, name, value, capacity, &bytes, task_current()->credentials);
    if (status == HELIX_OK && capacity)
        status = user_copy_out(vaddr_of(arguments[2]), value, bytes);
    kfree(value);
    path_put(&path);
    return status == HELIX_OK ? (i64)bytes : syscall_result(status);
}

static helix_status set_value(const struct path *path, const char *name, const u64 *arguments)
{
    const u32 bytes = (u32)arguments[3];
    void *value = kmalloc(bytes ? bytes : 1);
    if (!value)
        return HELIX_E_NOMEM;
    helix_status status = user_copy_in(value, vaddr_of(arguments[2]), bytes);
    if (status == HELIX_OK)
        status =
            vfs_set_xattr(path, name, value, bytes, (u32)arguments[4], task_current()->credentials);
    kfree(value);
    return status;
}

static i64 set(enum target target, const u64 *arguments)
{
    if (arguments[4] & ~(u64)XATTR_FLAGS)
        return -LINUX_EINVAL;
    if (arguments[3] > XATTR_SIZE_MOST)
        return -LINUX_E2BIG;
    char name[XATTR_NAME_MOST];
    helix_status status = get_name(name, arguments[1]);
    struct path path;
    if (status == HELIX_OK)
        status = find_target(target, arguments[0], &path);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = set_value(&path, name, arguments);
    path_put(&path);
    return syscall_result(status);
}

static i64 list(enum target target, const u64 *arguments)
{
    struct path path;
    helix_status status = find_target(target, arguments[0], &path);
    if (status != HELIX_OK)
        return syscall_result(status);
    const u32 capacity = bounded(arguments[2]);
    u32 bytes = 0;
    char *names = capacity ? kmalloc(capacity) : NULL;
    status = capacity && !names
                 ? HELIX_E_NOMEM
                 : vfs_list_xattr(&path, names, capacity, &bytes, task_current()->credentials);
    if (status == HELIX_E_RANGE && capacity == XATTR_SIZE_MOST)
        status = HELIX_E_TOO_BIG; // no larger buffer would do
    if (status == HELIX_OK && capacity)
        status = user_copy_out(vaddr_of(arguments[1]), names, bytes);
    kfree(names);
    path_put(&path);
    return status == HELIX_OK ? (i64)bytes : syscall_result(status);
}

static i64 drop(enum target target, const u64 *arguments)
{
    char name[XATTR_NAME_MOST];
    helix_status status = get_name(name, arguments[1]);
    struct path path;
    if (status == HELIX_OK)
        status = find_target(target, arguments[0], &path);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = vfs_remove_xattr(&path, name, task_current()->credentials);
    path_put(&path);
    return syscall_result(status);
}

/* One handler for each of the three ways to name the target. */
#define THREE_WAYS(call, operation)               \
    i64 sys_##call(const u64 *arguments)          \
    {                                             \
        return operation(TARGET_PATH, arguments); \
    }                                             \
    i64 sys_l##call(const u64 *arguments)         \
    {                                             \
        return operation(TARGET_LINK, arguments); \
    }                                             \
    i64 sys_f##call(const u64 *arguments)         \
    {                                             \
        return operation(TARGET_FD, arguments);   \
    }

THREE_WAYS(getxattr, get)
THREE_WAYS(setxattr, set)
THREE_WAYS(listxattr, list)
THREE_WAYS(removexattr, drop)
