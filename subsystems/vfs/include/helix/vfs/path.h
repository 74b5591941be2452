/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/filesystem.h>
#include <helix/vfs/file.h>

/*
 * Where paths start and end for one task. Shared by threads with CLONE_FS. The lock guards changes;
 * whoever looks without it, in a quiescence section, checks that `sequence` was even and is the
 * same afterwards.
 */
struct fs_context {
    struct refcount references;
    struct mutex lock; // guards the rest
    u32 sequence;
    struct dentry *root_dentry, *cwd_dentry;
    struct mount *root_mount, *cwd_mount;
    u32 umask;
    struct list link; // among all
};
helix_status fs_context_create(struct fs_context **context_out); // at the root of the first mount
helix_status fs_context_copy(struct fs_context *from, struct fs_context **context_out);
void fs_context_get(struct fs_context *context);
void fs_context_put(struct fs_context *context);

/* A place in the tree: both members hold references. */
struct path {
    struct mount *mount;
    struct dentry *dentry;
};
void path_get(const struct path *path);
void path_put(const struct path *path);

/* Who walks, and from where: filled from the running task. `at`: directory for relative paths
 * (NULL: cwd). */
struct walk_context {
    struct fs_context *fs;
    struct credentials *credentials;
    const struct path *at;
    const void *making; // for a struct kernel_tree: what a new file is made from; else NULL
    u32 resolve;        // what the walk may not do: enum walk_resolve
};

/* RESOLVE_* of openat2(2). */
enum walk_resolve {
    WALK_NO_XDEV = 0x01,
    WALK_NO_MAGICLINKS = 0x02,
    WALK_NO_SYMLINKS = 0x04,
    WALK_BENEATH = 0x08,
    WALK_IN_ROOT = 0x10,
    WALK_CACHED = 0x20, // WOULD_BLOCK instead of asking a file system
    WALK_RESOLVE = 0x3f,
};

enum walk_flag {
    WALK_FOLLOW = 1u << 0,    // the last component too
    WALK_DIRECTORY = 1u << 1, // must be one
    WALK_EMPTY = 1u << 2,     // "" means `at`
    WALK_NO_MOUNTS = 1u << 3,
};

helix_status path_walk(const struct walk_context *walk, const char *path, unsigned flags,
                       struct path *found_out);

/* Calls by path; permission checks, sticky bits, read-only mounts and limits included. @flags of
 * open: O_*. */
helix_status vfs_open(const struct walk_context *walk, const char *path, u32 flags, u32 mode,
                      struct file **file_out);
helix_status vfs_open_path(const struct path *path, u32 flags, struct credentials *credentials,
                           struct file **file_out);
/* The whole of stat(2) in one step, without taking references on the way: path_walk(), vfs_stat(),
 * mount_device(). */
helix_status vfs_stat_at(const struct walk_context *walk, const char *path, unsigned flags,
                         struct fs_attributes *attributes_out, u64 *device_out);
helix_status vfs_stat(const struct path *path, struct fs_attributes *attributes_out);
u64 mount_device(const struct mount *mount); // st_dev of its files
helix_status vfs_access(const struct path *path, unsigned rwx,
                        const struct credentials *credentials);
helix_status vfs_mkdir(const struct walk_context *walk, const char *path, u32 mode);
helix_status vfs_mknod(const struct walk_context *walk, const char *path, u32 mode, u64 device);

/*
 * Names of sockets. make: as mknod(2), and the place. find: the place that @path leads to and what
 * tells its file from all others while a reference to the place is held; CONNECTION_REFUSED where
 * it is no socket, ACCESS without permission to write.
 */
helix_status vfs_socket_make(const struct walk_context *walk, const char *path, u32 mode,
                             struct path *place_out, u64 *node_out);
helix_status vfs_socket_find(const struct walk_context *walk, const char *path,
                             struct path *place_out, u64 *node_out);

helix_status vfs_symlink(const struct walk_context *walk, const char *target, const char *path);
helix_status vfs_link(const struct walk_context *from_walk, const char *from,
                      const struct walk_context *to_walk, const char *to, unsigned flags);
helix_status vfs_unlink(const struct walk_context *walk, const char *path);
helix_status vfs_rmdir(const struct walk_context *walk, const char *path);
helix_status vfs_rename(const struct walk_context *from_walk, const char *from,
                        const struct walk_context *to_walk, const char *to, u32 flags);
helix_status vfs_read_link(const struct path *path, char *target, u32 capacity, u32 *length_out);
helix_status vfs_set_attributes(const struct path *path, u32 mask,
                                const struct fs_attributes *wanted,
                                const struct credentials *credentials);
helix_status vfs_truncate(const struct path *path, u64 bytes,
                          const struct credentials *credentials);
helix_status vfs_mount(const struct walk_context *walk, const char *source, const char *target,
                       const char *type, u32 flags, const char *options);
helix_status vfs_unmount(const struct walk_context *walk, const char *target, u32 flags);
helix_status vfs_statistics(const struct path *path, struct fs_statistics *statistics_out);
helix_status vfs_chdir(struct fs_context *fs, const struct path *path);
helix_status vfs_chroot(struct fs_context *fs, const struct path *path);
void vfs_sync_all(void);

/* What name_to_handle_at(2) gives of a file, and its way back, on the file system of @place.
 * NOTSUP: no handles there; STALE: no such file any more. */
struct vfs_handle {
    u64 inode, generation;
};
helix_status vfs_handle_of(const struct path *path, struct vfs_handle *handle_out);
helix_status vfs_open_handle(const struct path *place, const struct vfs_handle *handle, u32 flags,
                             struct credentials *credentials, struct file **file_out);

/* pivot_root(2). */
helix_status vfs_pivot_root(const struct walk_context *walk, const struct path *new_root,
                            const struct path *put_old);

/* The statistics of the mounted file system whose files have the st_dev @device; INVAL: none. */
helix_status vfs_statistics_of(u64 device, struct fs_statistics *statistics_out);

/* Extended attributes. Lists are names with their NULs one after the other. @capacity 0: only tell
 * the size. */
helix_status vfs_get_xattr(const struct path *path, const char *name, void *value, u32 capacity,
                           u32 *bytes_out, const struct credentials *credentials);
helix_status vfs_set_xattr(const struct path *path, const char *name, const void *value, u32 bytes,
                           u32 flags, const struct credentials *credentials);
helix_status vfs_list_xattr(const struct path *path, char *names, u32 capacity, u32 *bytes_out,
                            const struct credentials *credentials);
helix_status vfs_remove_xattr(const struct path *path, const char *name,
                              const struct credentials *credentials);

/* What stat(2) calls st_dev, what statfs(2) calls f_flags (MS_*), and a number for statx(2). */
u64 mount_device(const struct mount *mount);
u32 mount_flags(const struct mount *mount);
u64 mount_id(const struct mount *mount);
bool path_is_mount_root(const struct path *path);

/* The first mount: every fs_context made afterwards begins there. Once, at boot. */
helix_status vfs_mount_root(const char *source, const char *type, u32 flags, const char *options);

/* Absolute path of @path as seen from @fs's root, written backwards-safe into @buffer.
 * HELIX_E_RANGE: does not fit; HELIX_E_NOENT: it has been removed. */
helix_status path_name(const struct path *path, struct fs_context *fs, char *buffer,
                       size_t capacity, const char **name_out);

/* The same for getcwd(2): "(unreachable)/..." when it is not below the root. */
helix_status path_name_anywhere(const struct path *path, struct fs_context *fs, char *buffer,
                                size_t capacity, const char **name_out);

/* The same for /proc/PID/fd and maps: never fails but for RANGE; what was removed ends in "
 * (deleted)". */
helix_status path_label(const struct path *path, struct fs_context *fs, char *buffer,
                        size_t capacity, const char **name_out);
