/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Reading directories, and where a task stands. */
#include <helix/abi/linux.h>
#include <helix/core/syscall.h>
#include <helix/lib/compiler.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/memory/user_copy.h>
#include <helix/vfs/file.h>
#include <helix/vfs/path.h>

#include "calls.h"
#include "files/fd.h"

/* The two entry forms of getdents(2); the name follows. In the old one the type is the entry's last
 * byte. */
struct linux_dirent64 {
    u64 inode;
    i64 next;
    u16 bytes;
    u8 type;
    char name[];
};
struct linux_dirent {
    u64 inode;
    u64 next;
    u16 bytes;
    char name[];
};

struct fill {
    u8 *buffer;
    size_t capacity, bytes;
    bool old_form;
    bool too_small; // the first entry did not fit
};

static u8 type_of_mode(u32 mode)
{
    return (u8)((mode & LINUX_S_IFMT) >> 12);
}

static void put_new_form(u8 *at, u64 inode, u64 next, u16 bytes, u8 type, const char *name,
                         u32 length)
{
    const struct linux_dirent64 head = {
        .inode = inode, .next = (i64)next, .bytes = bytes, .type = type};
    memset(at, 0, bytes);
    memcpy(at, &head, offsetof(struct linux_dirent64, name));
    memcpy(at + offsetof(struct linux_dirent64, name), name, length);
}

static void put_old_form(u8 *at, u64 inode, u64 next, u16 bytes, u8 type, const char *name,
                         u32 length)
{
    const struct linux_dirent head = {.inode = inode, .next = next, .bytes = bytes};
    memset(at, 0, bytes);
    memcpy(at, &head, offsetof(struct linux_dirent, name));
    memcpy(at + offsetof(struct linux_dirent, name), name, length);
    at[bytes - 1] = type;
}

static bool fill_entry(void *context, const char *name, u32 length, u64 inode, u32 mode, u64 next)
{
    struct fill *fill = context;
    const size_t head = fill->old_form ? offsetof(struct linux_dirent, name) + 1 // the type byte
                                       : offsetof(struct linux_dirent64, name);
    const size_t bytes = align_up(head + length + 1, 8);
    if (bytes > fill->capacity - fill->bytes) {
        fill->too_small = fill->bytes == 0;
        return false;
    }
    u8 *at = fill->buffer + fill->bytes;
    if (fill->old_form)
        put_old_form(at, inode, next, (u16)bytes, type_of_mode(mode), name, length);
    else
        put_new_form(at, inode, next, (u16)bytes, type_of_mode(mode), name, length);
    fill->bytes += bytes;
    return true;
}

#define DIRECTORY_BUFFER 32768ul

static i64 read_directory(const u64 *arguments, bool old_form)
{
    struct fd_ref ref;
    helix_status status = fd_borrow((int)arguments[0], &ref);
    if (status != HELIX_OK)
        return syscall_result(status);
    const u64 before = ref.file->position;
    const size_t wanted = (u32)arguments[2];
    struct fill fill = {.capacity = wanted < DIRECTORY_BUFFER ? wanted : DIRECTORY_BUFFER,
                        .old_form = old_form};
    fill.buffer = kmalloc(fill.capacity ? fill.capacity : 1);
    status = fill.buffer ? HELIX_OK : HELIX_E_NOMEM;
    if (status == HELIX_OK)
        status = ref.file->ops->read_directory(ref.file, fill_entry, &fill);
    if (fill.bytes > 0)
        status = HELIX_OK; // what was read before an error counts
    if (status == HELIX_OK && fill.too_small)
        status = HELIX_E_INVAL;
    if (status == HELIX_OK)
        status = user_copy_out(vaddr_of(arguments[1]), fill.buffer, fill.bytes);
    if (status != HELIX_OK)
        ref.file->position = before; // none of it was read
    kfree(fill.buffer);
    fd_release(&ref);
    return status == HELIX_OK ? (i64)fill.bytes : syscall_result(status);
}

i64 sys_getdents64(const u64 *arguments)
{
    return read_directory(arguments, false);
}

i64 sys_getdents(const u64 *arguments)
{
    return read_directory(arguments, true);
}

i64 sys_getcwd(const u64 *arguments)
{
    char *buffer = kmalloc(LINUX_PATH_MAX);
    if (!buffer)
        return -LINUX_ENOMEM;
    struct fs_context *fs = task_current()->fs;
    mutex_lock(&fs->lock);
    struct path here = {fs->cwd_mount, fs->cwd_dentry};
    path_get(&here);
    mutex_unlock(&fs->lock);
    const char *name;
    helix_status status = path_name_anywhere(&here, fs, buffer, LINUX_PATH_MAX, &name);
    path_put(&here);
    const size_t bytes = status == HELIX_OK ? strlen(name) + 1 : 0;
    if (status == HELIX_OK)
        status = bytes > arguments[1] ? HELIX_E_RANGE
                                      : user_copy_out(vaddr_of(arguments[0]), name, bytes);
    kfree(buffer);
    return status == HELIX_OK ? (i64)bytes : syscall_result(status);
}

static i64 move_to(const struct path *path)
{
    struct fs_attributes here;
    helix_status status = vfs_stat(path, &here);
    if (status == HELIX_OK && (here.mode & LINUX_S_IFMT) != LINUX_S_IFDIR)
        status = HELIX_E_NOT_DIR;
    if (status == HELIX_OK)
        status = vfs_access(path, 1, task_current()->credentials);
    if (status == HELIX_OK)
        status = vfs_chdir(task_current()->fs, path);
    return syscall_result(status);
}

i64 sys_chdir(const u64 *arguments)
{
    struct path path;
    const helix_status status =
        path_of_user(LINUX_AT_FDCWD, arguments[0], WALK_FOLLOW | WALK_DIRECTORY, &path);
    if (status != HELIX_OK)
        return syscall_result(status);
    const i64 result = move_to(&path);
    path_put(&path);
    return result;
}

i64 sys_fchdir(const u64 *arguments)
{
    struct fd_ref ref;
    struct path path;
    helix_status status = fd_borrow((int)arguments[0], &ref);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = path_of_file(ref.file, &path);
    fd_release(&ref);
    if (status != HELIX_OK)
        return -LINUX_ENOTDIR;
    const i64 result = move_to(&path);
    path_put(&path);
    return result;
}

i64 sys_chroot(const u64 *arguments)
{
    struct path path;
    helix_status status =
        path_of_user(LINUX_AT_FDCWD, arguments[0], WALK_FOLLOW | WALK_DIRECTORY, &path);
    if (status != HELIX_OK)
        return syscall_result(status);
    const struct credentials *as = task_current()->credentials;
    status = vfs_access(&path, 1, as);
    if (status == HELIX_OK && !credentials_capable(as, CRED_CAP_SYS_CHROOT))
        status = HELIX_E_PERM;
    if (status == HELIX_OK)
        status = vfs_chroot(task_current()->fs, &path);
    path_put(&path);
    return syscall_result(status);
}
