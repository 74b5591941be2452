/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* stat(2) in all its forms, access(2), statfs(2). */
#include <helix/abi/linux.h>
#include <helix/core/syscall.h>
#include <helix/memory/user_copy.h>
#include <helix/vfs/file.h>
#include <helix/vfs/path.h>

#include "calls.h"
#include "files/fd.h"
#include "stat_layout.h"

static i64 write_stat(helix_status status, const struct fs_attributes *from, u64 device,
                      u64 user_stat)
{
    if (status != HELIX_OK)
        return syscall_result(status);
    const struct linux_stat out = {
        .device = device,
        .inode = from->inode,
        .links = from->links,
        .mode = from->mode,
        .uid = from->uid,
        .gid = from->gid,
        .special_device = from->device,
        .size = (i64)from->size,
        .block_size = PAGE_SIZE,
        .blocks = (i64)from->blocks,
        .accessed = (u64)from->accessed.seconds,
        .accessed_ns = from->accessed.nanoseconds,
        .modified = (u64)from->modified.seconds,
        .modified_ns = from->modified.nanoseconds,
        .changed = (u64)from->changed.seconds,
        .changed_ns = from->changed.nanoseconds,
    };
    return syscall_result(user_copy_out(vaddr_of(user_stat), &out, sizeof out));
}

static helix_status attributes_of_path(int dirfd, u64 user_path, unsigned walk_flags,
                                       struct fs_attributes *attributes, u64 *device_out)
{
    struct path_call call;
    helix_status status = path_call_begin(&call, dirfd, user_path);
    if (status != HELIX_OK)
        return status;
    status = vfs_stat_at(&call.start.walk, call.path.text, walk_flags, attributes, device_out);
    path_call_end(&call);
    return status;
}

static helix_status attributes_of_fd(int fd, struct fs_attributes *attributes, u64 *device_out)
{
    struct fd_ref ref;
    helix_status status = fd_borrow(fd, &ref);
    if (status != HELIX_OK)
        return status;
    status = file_stat(ref.file, attributes, device_out);
    fd_release(&ref);
    return status;
}

static bool is_empty_user_path(u64 user_path)
{
    char first = 1;
    return user_copy_in(&first, vaddr_of(user_path), 1) == HELIX_OK && first == 0;
}

/* The *at form: an empty path with AT_EMPTY_PATH means the descriptor itself, which need not have a
 * name. */
static helix_status attributes_at(int dirfd, u64 user_path, u32 flags,
                                  struct fs_attributes *attributes, u64 *device_out)
{
    if ((flags & LINUX_AT_EMPTY_PATH) && dirfd != LINUX_AT_FDCWD && is_empty_user_path(user_path))
        return attributes_of_fd(dirfd, attributes, device_out);
    return attributes_of_path(dirfd, user_path, walk_flags_of_at(flags), attributes, device_out);
}

static i64 stat_path(u64 user_path, unsigned walk_flags, u64 user_stat)
{
    struct fs_attributes attributes;
    u64 device = 0;
    const helix_status status =
        attributes_of_path(LINUX_AT_FDCWD, user_path, walk_flags, &attributes, &device);
    return write_stat(status, &attributes, device, user_stat);
}

i64 sys_stat(const u64 *arguments)
{
    return stat_path(arguments[0], WALK_FOLLOW, arguments[1]);
}

i64 sys_lstat(const u64 *arguments)
{
    return stat_path(arguments[0], 0, arguments[1]);
}

i64 sys_fstat(const u64 *arguments)
{
    struct fs_attributes attributes;
    u64 device = 0;
    const helix_status status = attributes_of_fd((int)arguments[0], &attributes, &device);
    return write_stat(status, &attributes, device, arguments[1]);
}

i64 sys_newfstatat(const u64 *arguments)
{
    const u32 flags = (u32)arguments[3];
    if (flags & ~(LINUX_AT_EMPTY_PATH | LINUX_AT_SYMLINK_NOFOLLOW | LINUX_AT_NO_AUTOMOUNT))
        return -LINUX_EINVAL;
    struct fs_attributes attributes;
    u64 device = 0;
    const helix_status status =
        attributes_at((int)arguments[0], arguments[1], flags, &attributes, &device);
    return write_stat(status, &attributes, device, arguments[2]);
}

struct linux_statx_time {
    i64 seconds;
    u32 nanoseconds;
    i32 reserved;
};

struct linux_statx {
    u32 mask, block_size;
    u64 attributes;
    u32 links, uid, gid;
    u16 mode, pad;
    u64 inode, size, blocks, attributes_mask;
    struct linux_statx_time accessed, born, changed, modified;
    u32 special_major, special_minor, device_major, device_minor;
    u64 mount_id;
    u32 direct_memory_align, direct_offset_align;
    u64 spare[12];
};
_Static_assert(sizeof(struct linux_statx) == 256, "struct statx of statx(2)");

#define STATX_BASIC_STATS 0x7ffu
#define STATX_BTIME       0x800u
#define STATX_MNT_ID      0x1000u
#define STATX_RESERVED    0x80000000u

#define STATX_ATTR_MOUNT_ROOT 0x2000u

static u32 device_major(u64 device)
{
    return (u32)((device >> 8) & 0xfff) | (u32)((device >> 32) & ~0xfffull);
}

static u32 device_minor(u64 device)
{
    return (u32)(device & 0xff) | (u32)((device >> 12) & ~0xffull);
}

static struct linux_statx_time statx_time(struct fs_time from)
{
    return (struct linux_statx_time){.seconds = from.seconds, .nanoseconds = from.nanoseconds};
}

/* What a place tells beyond its file: where it is mounted. */
static helix_status place_at(int dirfd, u64 user_path, u32 flags, struct linux_statx *out)
{
    struct path path;
    helix_status status;
    if ((flags & LINUX_AT_EMPTY_PATH) && dirfd != LINUX_AT_FDCWD && is_empty_user_path(user_path)) {
        struct fd_ref ref;
        status = fd_borrow(dirfd, &ref);
        if (status != HELIX_OK)
            return status;
        status = path_of_file(ref.file, &path);
        fd_release(&ref);
        if (status == HELIX_E_NODEV)
            return HELIX_OK; // a pipe or the like
    } else {
        status = path_of_user(dirfd, user_path, walk_flags_of_at(flags), &path);
    }
    if (status != HELIX_OK)
        return status;
    out->mask |= STATX_MNT_ID;
    out->mount_id = mount_id(path.mount);
    out->attributes |= path_is_mount_root(&path) ? STATX_ATTR_MOUNT_ROOT : 0;
    path_put(&path);
    return HELIX_OK;
}

i64 sys_statx(const u64 *arguments)
{
    const u32 flags = (u32)arguments[2], mask = (u32)arguments[3];
    const u32 known = LINUX_AT_EMPTY_PATH | LINUX_AT_SYMLINK_NOFOLLOW | LINUX_AT_NO_AUTOMOUNT |
                      LINUX_AT_STATX_SYNC_TYPE;
    if ((flags & ~known) || (mask & STATX_RESERVED) ||
        (flags & LINUX_AT_STATX_SYNC_TYPE) == LINUX_AT_STATX_SYNC_TYPE)
        return -LINUX_EINVAL;
    struct fs_attributes from;
    u64 device = 0;
    helix_status status = attributes_at((int)arguments[0], arguments[1], flags, &from, &device);
    if (status != HELIX_OK)
        return syscall_result(status);
    struct linux_statx out = {
        .mask = STATX_BASIC_STATS | STATX_BTIME,
        .block_size = PAGE_SIZE,
        .attributes_mask = STATX_ATTR_MOUNT_ROOT,
        .links = from.links,
        .uid = from.uid,
        .gid = from.gid,
        .mode = (u16)from.mode,
        .inode = from.inode,
        .size = from.size,
        .blocks = from.blocks,
        .accessed = statx_time(from.accessed),
        .born = statx_time(from.born),
        .changed = statx_time(from.changed),
        .modified = statx_time(from.modified),
        .special_major = device_major(from.device),
        .special_minor = device_minor(from.device),
        .device_major = device_major(device),
        .device_minor = device_minor(device),
    };
    status = place_at((int)arguments[0], arguments[1], flags, &out);
    return syscall_result(
        status == HELIX_OK ? user_copy_out(vaddr_of(arguments[4]), &out, sizeof out) : status);
}

/* access(2) asks with the real ids: make credentials that act as them. Capabilities count only for
 * a real root. */
static void use_real_ids(struct credentials *as, const struct credentials *from)
{
    *as = *from;
    as->fsuid = from->uid;
    as->fsgid = from->gid;
    if (from->uid != 0)
        as->cap_effective = 0;
    else
        as->cap_effective = from->cap_permitted;
}

static i64 check_access(int dirfd, u64 user_path, u32 mode, u32 flags)
{
    if ((mode & ~7u) ||
        (flags & ~(LINUX_AT_EACCESS | LINUX_AT_SYMLINK_NOFOLLOW | LINUX_AT_EMPTY_PATH)))
        return -LINUX_EINVAL;
    struct path_call call;
    helix_status status = path_call_begin(&call, dirfd, user_path);
    if (status != HELIX_OK)
        return syscall_result(status);
    struct credentials real;
    if (!(flags & LINUX_AT_EACCESS)) {
        use_real_ids(&real, call.start.walk.credentials);
        call.start.walk.credentials = &real;
    }
    struct path path;
    status = path_walk(&call.start.walk, call.path.text, walk_flags_of_at(flags), &path);
    if (status == HELIX_OK) {
        if (mode != 0)
            status = vfs_access(&path, mode, call.start.walk.credentials);
        path_put(&path);
    }
    path_call_end(&call);
    return syscall_result(status);
}

i64 sys_access(const u64 *arguments)
{
    return check_access(LINUX_AT_FDCWD, arguments[0], (u32)arguments[1], 0);
}

i64 sys_faccessat(const u64 *arguments)
{
    return check_access((int)arguments[0], arguments[1], (u32)arguments[2], 0);
}

i64 sys_faccessat2(const u64 *arguments)
{
    return check_access((int)arguments[0], arguments[1], (u32)arguments[2], (u32)arguments[3]);
}

/* struct statfs as statfs(2) has it on every 64-bit architecture. */
struct linux_statfs {
    i64 type, block_size;
    u64 blocks, blocks_free, blocks_available, files, files_free;
    i32 id[2];
    i64 name_length, fragment_size, flags, spare[4];
};

#define STATFS_FLAGS_VALID 0x20u
#define STATFS_RELATIME    0x1000u
#define PIPEFS_MAGIC       0x50495045u
#define SOCKFS_MAGIC       0x534f434bu
#define ANON_INODE_MAGIC   0x09041934u
#define MOUNT_FLAGS_TOLD                                                                       \
    (LINUX_MS_RDONLY | LINUX_MS_NOSUID | LINUX_MS_NODEV | LINUX_MS_NOEXEC | LINUX_MS_NOATIME | \
     LINUX_MS_NODIRATIME)

static i64 write_statistics(const struct fs_statistics *from, u32 flags, u64 user_statfs)
{
    const struct linux_statfs out = {
        .type = (i64)from->magic,
        .block_size = (i64)from->block_size,
        .blocks = from->blocks,
        .blocks_free = from->blocks_free,
        .blocks_available = from->blocks_available,
        .files = from->files,
        .files_free = from->files_free,
        .name_length = from->name_max,
        .fragment_size = (i64)from->block_size,
        .flags = (i64)flags | STATFS_FLAGS_VALID,
    };
    return syscall_result(user_copy_out(vaddr_of(user_statfs), &out, sizeof out));
}

static i64 write_statfs(const struct path *path, u64 user_statfs)
{
    struct fs_statistics from;
    const helix_status status = vfs_statistics(path, &from);
    if (status != HELIX_OK)
        return syscall_result(status);
    const u32 flags = mount_flags(path->mount) & MOUNT_FLAGS_TOLD;
    return write_statistics(&from, flags | (flags & LINUX_MS_NOATIME ? 0 : STATFS_RELATIME),
                            user_statfs);
}

/* Pipes, sockets and what has no name: each kind is on a file system of the kernel's own. */
static i64 write_statfs_unnamed(const struct file *file, u64 user_statfs)
{
    const u32 type = file->ops->mode & LINUX_S_IFMT;
    const struct fs_statistics from = {
        .block_size = PAGE_SIZE,
        .name_max = LINUX_NAME_MAX,
        .magic = type == LINUX_S_IFIFO    ? PIPEFS_MAGIC
                 : type == LINUX_S_IFSOCK ? SOCKFS_MAGIC
                                          : ANON_INODE_MAGIC,
    };
    return write_statistics(&from, 0, user_statfs);
}

i64 sys_statfs(const u64 *arguments)
{
    struct path path;
    const helix_status status = path_of_user(LINUX_AT_FDCWD, arguments[0], WALK_FOLLOW, &path);
    if (status != HELIX_OK)
        return syscall_result(status);
    const i64 result = write_statfs(&path, arguments[1]);
    path_put(&path);
    return result;
}

i64 sys_fstatfs(const u64 *arguments)
{
    struct fd_ref ref;
    struct path path;
    helix_status status = fd_borrow((int)arguments[0], &ref);
    if (status != HELIX_OK)
        return syscall_result(status);
    if (path_of_file(ref.file, &path) != HELIX_OK) {
        const i64 result = write_statfs_unnamed(ref.file, arguments[1]);
        fd_release(&ref);
        return result;
    }
    fd_release(&ref);
    const i64 result = write_statfs(&path, arguments[1]);
    path_put(&path);
    return result;
}
