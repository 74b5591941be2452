/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Mounting, and bringing data to its store. */
#include <helix/abi/linux.h>
#include <helix/core/syscall.h>
#include <helix/memory/heap.h>
#include <helix/memory/user_copy.h>
#include <helix/vfs/file.h>
#include <helix/vfs/path.h>

#include "calls.h"
#include "files/fd.h"

/* An optional string: NULL gives "". */
static helix_status get_optional(struct user_path *string, u64 user_address)
{
    if (user_address)
        return user_path_get(string, user_address);
    string->heap = NULL;
    string->small[0] = '\0';
    string->text = string->small;
    return HELIX_OK;
}

/* The strings of mount(2): source, type, options. */
struct mount_strings {
    struct user_path source, type, options;
};

static helix_status mount_strings_get(struct mount_strings *strings, const u64 *arguments)
{
    helix_status status = get_optional(&strings->source, arguments[0]);
    if (status != HELIX_OK)
        return status;
    status = get_optional(&strings->type, arguments[2]);
    if (status != HELIX_OK)
        goto put_source;
    status = get_optional(&strings->options, arguments[4]);
    if (status == HELIX_OK)
        return HELIX_OK;
    user_path_put(&strings->type);
put_source:
    user_path_put(&strings->source);
    return status;
}

static void mount_strings_put(struct mount_strings *strings)
{
    user_path_put(&strings->options);
    user_path_put(&strings->type);
    user_path_put(&strings->source);
}

static bool may_mount(void)
{
    return credentials_capable(task_current()->credentials, CRED_CAP_SYS_ADMIN);
}

#define MAGIC_MASK  0xffff0000u // an old convention: the upper half may hold 0xc0ed
#define MAGIC_VALUE 0xc0ed0000u

i64 sys_mount(const u64 *arguments)
{
    u32 flags = (u32)arguments[3];
    if ((flags & MAGIC_MASK) == MAGIC_VALUE)
        flags &= ~MAGIC_MASK;
    struct mount_strings strings;
    helix_status status = mount_strings_get(&strings, arguments);
    if (status != HELIX_OK)
        return syscall_result(status);
    struct path_call target;
    status = path_call_begin(&target, LINUX_AT_FDCWD, arguments[1]);
    if (status == HELIX_OK) {
        status = vfs_mount(&target.start.walk, strings.source.text, target.path.text,
                           strings.type.text, flags, strings.options.text);
        path_call_end(&target);
    }
    mount_strings_put(&strings);
    return syscall_result(status);
}

i64 sys_umount2(const u64 *arguments)
{
    struct path_call target;
    helix_status status = path_call_begin(&target, LINUX_AT_FDCWD, arguments[0]);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = vfs_unmount(&target.start.walk, target.path.text, (u32)arguments[1]);
    path_call_end(&target);
    return syscall_result(status);
}

i64 sys_pivot_root(const u64 *arguments)
{
    if (!may_mount())
        return -LINUX_EPERM;
    struct path new_root, put_old;
    helix_status status =
        path_of_user(LINUX_AT_FDCWD, arguments[0], WALK_FOLLOW | WALK_DIRECTORY, &new_root);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = path_of_user(LINUX_AT_FDCWD, arguments[1], WALK_FOLLOW | WALK_DIRECTORY, &put_old);
    if (status == HELIX_OK) {
        const struct walk_context walk = {.fs = task_current()->fs};
        status = vfs_pivot_root(&walk, &new_root, &put_old);
        path_put(&put_old);
    }
    path_put(&new_root);
    return syscall_result(status);
}

i64 sys_ustat(const u64 *arguments)
{
    struct {
        i32 free_blocks;
        u64 free_inodes;
        char names[16]; // f_fname, f_fpack
    } out = {0};
    struct fs_statistics from;
    helix_status status = vfs_statistics_of((u32)arguments[0], &from);
    if (status != HELIX_OK)
        return syscall_result(status);
    out.free_blocks = (i32)from.blocks_free;
    out.free_inodes = from.files_free;
    return syscall_result(user_copy_out(vaddr_of(arguments[1]), &out, sizeof out));
}

i64 sys_sync(const u64 *arguments)
{
    (void)arguments;
    vfs_sync_all();
    return 0;
}

static i64 sync_file(int fd)
{
    struct fd_ref ref;
    helix_status status = fd_borrow_opened(fd, &ref);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = ref.file->ops->sync(ref.file);
    fd_release(&ref);
    return syscall_result(status);
}

i64 sys_fsync(const u64 *arguments)
{
    return sync_file((int)arguments[0]);
}

i64 sys_fdatasync(const u64 *arguments)
{
    return sync_file((int)arguments[0]);
}

i64 sys_syncfs(const u64 *arguments)
{
    struct fd_ref ref;
    const helix_status status = fd_borrow_opened((int)arguments[0], &ref);
    if (status != HELIX_OK)
        return syscall_result(status);
    fd_release(&ref);
    vfs_sync_all();
    return 0;
}

static u32 type_of(struct file *file)
{
    struct fs_attributes attributes = {0};
    u64 device;
    helix_ignore(file_stat(file, &attributes, &device)); // then it is of no type
    return attributes.mode & LINUX_S_IFMT;
}

/* Ranges are not told apart: all of the file is written back. */
i64 sys_sync_file_range(const u64 *arguments)
{
    struct fd_ref ref;
    helix_status status = fd_borrow_opened((int)arguments[0], &ref);
    if (status != HELIX_OK)
        return syscall_result(status);
    const u32 type = type_of(ref.file);
    if ((i64)arguments[1] < 0 || (i64)arguments[2] < 0 || (i64)(arguments[1] + arguments[2]) < 0 ||
        (arguments[3] & ~7ull))
        status = HELIX_E_INVAL;
    else if (type != LINUX_S_IFREG && type != LINUX_S_IFBLK && type != LINUX_S_IFDIR)
        status = HELIX_E_SEEK;
    else
        status = ref.file->ops->sync(ref.file);
    fd_release(&ref);
    return syscall_result(status);
}

#define ADVICE_LAST 5u

/* Advice about future reads: the page cache decides by itself, so only the arguments are checked.
 */
i64 sys_fadvise64(const u64 *arguments)
{
    struct fd_ref ref;
    const helix_status status = fd_borrow_opened((int)arguments[0], &ref);
    if (status != HELIX_OK)
        return syscall_result(status);
    const u32 type = type_of(ref.file);
    fd_release(&ref);
    if (type == LINUX_S_IFIFO)
        return -LINUX_ESPIPE;
    return (u32)arguments[3] > ADVICE_LAST || (i64)arguments[2] < 0 ? -LINUX_EINVAL : 0;
}

i64 sys_readahead(const u64 *arguments)
{
    struct fd_ref ref;
    const helix_status status = fd_borrow_opened((int)arguments[0], &ref);
    if (status != HELIX_OK)
        return syscall_result(status);
    const bool readable = ref.file->access & 1, regular = file_is_regular(ref.file);
    fd_release(&ref);
    if (!readable)
        return -LINUX_EBADF;
    return regular ? 0 : -LINUX_EINVAL;
}
