/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/module.h>
#include <helix/abi/status.h>
#include <helix/abi/types.h>

/*
 * helix.filesystem:<type>: names, attributes and stored data of one file-system type; @self serves
 * all its mounts. Reached through a sleeping gate, thread context.
 *
 * The kernel keeps path walk, dentries, vnodes, open files, locks, the page cache and permission
 * checks; it calls here only on a miss or a change. It keeps one u64 of the module's per inode
 * (`handle`), never a pointer. Calls that change one directory or one inode never overlap (the
 * kernel holds that vnode's lock); calls for different inodes do.
 */
#define HELIX_FILESYSTEM         "helix.filesystem"
#define HELIX_FILESYSTEM_VERSION 1u

struct fs_time {
    i64 seconds;
    u32 nanoseconds;
};

struct fs_attributes {
    u64 inode;
    u64 handle; // the module's own word for this inode
    u32 mode;   // type and permission bits as in struct stat
    u32 links;
    u32 uid, gid;
    u64 device; // of a device node
    u64 size;
    u64 blocks; // of 512 bytes
    struct fs_time accessed, modified, changed, born;
    u64 generation;
};

enum fs_attribute_mask {
    FS_SET_MODE = 1u << 0,
    FS_SET_OWNER = 1u << 1,
    FS_SET_GROUP = 1u << 2,
    FS_SET_SIZE = 1u << 3,
    FS_SET_ACCESSED = 1u << 4,
    FS_SET_MODIFIED = 1u << 5,
    FS_SET_CHANGED = 1u << 6,
};

enum fs_type_flag {
    FS_TYPE_NO_STORE =
        1u << 0, // data lives in the page cache alone: pages are pinned, read_page gives zeros
    FS_TYPE_NEEDS_DEVICE = 1u << 1,
    FS_TYPE_NO_DCACHE = 1u << 2, // names change by themselves (procfs): always ask
};

struct fs_mount_args {
    const char *source;
    const char *options; // comma-separated, as mount(2)'s data
    u32 flags;           // MS_*
    u64 limit_bytes;     // 0: none
};

struct fs_statistics {
    u64 block_size, blocks, blocks_free, blocks_available, files, files_free, magic;
    u32 name_max;
};

struct fs_create_args {
    u32 mode; // type and permissions
    u32 uid, gid;
    u64 device;
    const char *target; // of a symbolic link
    const void *making; // a tree of the kernel's own: struct walk_context.making
    struct fs_time now;
};

/* One directory entry to the caller; false: stop. @next is the cursor that continues after it. */
typedef bool fs_readdir_fn(void *context, const char *name, u32 length, u64 inode, u32 mode,
                           u64 next);

struct filesystem_ops {
    struct helix_ops_header header;
    const char *type; // "ramfs"
    u32 flags;        // enum fs_type_flag

    helix_status (*mount)(void *self, const struct fs_mount_args *args, u64 *mount_out,
                          struct fs_attributes *root_out);
    void (*unmount)(void *self, u64 mount);
    helix_status (*statistics)(void *self, u64 mount, struct fs_statistics *statistics_out);
    helix_status (*sync)(void *self, u64 mount);

    helix_status (*lookup)(void *self, u64 mount, u64 directory, const char *name, u32 length,
                           struct fs_attributes *found_out);
    helix_status (*get_attributes)(void *self, u64 mount, u64 inode,
                                   struct fs_attributes *attributes_out);
    helix_status (*set_attributes)(void *self, u64 mount, u64 inode, u32 mask,
                                   const struct fs_attributes *wanted,
                                   struct fs_attributes *now_out);
    helix_status (*create)(void *self, u64 mount, u64 directory, const char *name, u32 length,
                           const struct fs_create_args *args, struct fs_attributes *made_out);
    helix_status (*create_unnamed)(void *self, u64 mount, const struct fs_create_args *args,
                                   struct fs_attributes *made_out); // O_TMPFILE
    helix_status (*link)(void *self, u64 mount, u64 directory, const char *name, u32 length,
                         u64 inode);
    helix_status (*unlink)(void *self, u64 mount, u64 directory, const char *name, u32 length,
                           u64 inode); // also empty directories
    helix_status (*rename)(void *self, u64 mount, u64 from, const char *from_name, u32 from_length,
                           u64 to, const char *to_name, u32 to_length,
                           u32 flags); // replaces an existing target; RENAME_EXCHANGE,
                                       // RENAME_NOREPLACE checked by the kernel
    helix_status (*read_link)(void *self, u64 mount, u64 inode, char *target, u32 capacity,
                              u32 *length_out);
    helix_status (*read_directory)(void *self, u64 mount, u64 directory, u64 cursor,
                                   fs_readdir_fn *entry, void *context);

    helix_status (*read_page)(void *self, u64 mount, u64 inode, u64 index, void *page);
    helix_status (*write_page)(void *self, u64 mount, u64 inode, u64 index, const void *page,
                               u32 bytes);
    void (*forget)(void *self, u64 mount,
                   u64 inode); // last kernel reference is gone and links is 0: free the inode

    helix_status (*get_xattr)(void *self, u64 mount, u64 inode, const char *name, void *value,
                              u32 capacity, u32 *bytes_out);
    helix_status (*set_xattr)(void *self, u64 mount, u64 inode, const char *name, const void *value,
                              u32 bytes, u32 flags);
    helix_status (*list_xattr)(void *self, u64 mount, u64 inode, char *names, u32 capacity,
                               u32 *bytes_out);
    helix_status (*remove_xattr)(void *self, u64 mount, u64 inode, const char *name);
};
