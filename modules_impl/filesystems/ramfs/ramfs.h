/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/filesystem.h>
#include <helix/abi/kernel_tables.h>
#include <helix/abi/linux.h>
#include <helix/abi/module.h>
#include <helix/lib/compiler.h>
#include <helix/lib/list.h>
#include <helix/lib/rbtree.h>

struct ramfs_entry {
    struct rb_node by_name;
    struct rb_node by_order;
    u64 order; // rises in a directory, never used twice
    struct ramfs_inode *inode;
    u32 length;
    char name[];
};

struct ramfs_xattr {
    struct ramfs_xattr *next;
    u32 bytes;
    void *value;
    char name[];
};

struct ramfs_inode {
    struct fs_attributes attributes; // the inode number is the place in the mount's table
    struct ramfs_xattr *xattrs;
    struct rb_tree names;  // of a directory: struct ramfs_entry
    struct rb_tree orders; // the same entries
    u64 next_order;
    u64 entries;
    char *target; // of a symbolic link
};

#define RAMFS_CHUNK 256u

struct ramfs_chunk {
    struct ramfs_inode *inodes[RAMFS_CHUNK];
};

/* Inode n is in chunk n / RAMFS_CHUNK; 0 is nobody, the root is 1. */
struct ramfs_mount {
    struct list link;
    u64 id;
    struct ramfs_chunk **chunks;
    u64 chunk_count;
    u64 lowest_free; // no free number below
    u64 inodes;
    u64 generation;
};

struct ramfs {
    const struct helix_memory_table *memory;
    const struct helix_sync_table *sync;
    void *kernel;
    struct helix_lock *lock; // guards the mounts and their tables of inodes
    struct list mounts;
    u64 last_mount;
    u64 state_bytes; // what a saved state takes besides its header, atomic
};

/* ---- State carried to another version (state.c) ---- */
struct ramfs_state_mount {
    u64 id;
    u64 generation;
    u64 inodes;
    u64 entries;
};

struct ramfs_state_inode {
    struct fs_attributes attributes;
    u64 next_order;
    u32 target_bytes; // with its NUL; 0: no symbolic link
    u32 xattrs;
};

struct ramfs_state_xattr {
    u32 name_bytes; // with its NUL
    u32 value_bytes;
};

struct ramfs_state_entry {
    u64 directory, inode, order;
    u32 length;
    u32 spare;
};

/* Every string and value is padded to 8. */
static inline u64 ramfs_state_padded(u64 bytes)
{
    return align_up(bytes, 8);
}

void ramfs_state_grows(struct ramfs *ramfs, i64 by);
size_t ramfs_state_bound(const void *self);
helix_status ramfs_save_state(const void *self, struct helix_state_writer *writer);
helix_status ramfs_restore_state(void *self, const struct helix_state *state);

void ramfs_mount_free(struct ramfs *ramfs, struct ramfs_mount *mount);

void *ramfs_alloc(struct ramfs *ramfs, size_t bytes); // zeroed; NULL
void ramfs_free(struct ramfs *ramfs, void *memory);

struct ramfs_mount *ramfs_mount_find(struct ramfs *ramfs, u64 mount);

/* The inode, which the kernel knows to exist; NULL: stale number. */
struct ramfs_inode *ramfs_inode_find(struct ramfs *ramfs, u64 mount, u64 number);
/* The same in one mount; the lock is held, or nobody else is here. */
struct ramfs_inode *ramfs_inode_in(const struct ramfs_mount *mount, u64 number);

/* Put @inode at @number, which is free; grows the table as needed. The lock is held. */
bool ramfs_inode_enter_at(struct ramfs *ramfs, struct ramfs_mount *mount, u64 number,
                          struct ramfs_inode *inode);
helix_status ramfs_inode_create(struct ramfs *ramfs, struct ramfs_mount *mount,
                                const struct fs_create_args *args, struct ramfs_inode **inode_out);
void ramfs_inode_destroy(struct ramfs *ramfs, struct ramfs_mount *mount, struct ramfs_inode *inode);

/* The same at the place it had, for restoring; links are not counted. */
helix_status ramfs_entry_restore(struct ramfs *ramfs, struct ramfs_inode *directory,
                                 const char *name, u32 length, struct ramfs_inode *inode,
                                 u64 order);
helix_status ramfs_entry_add(struct ramfs *ramfs, struct ramfs_inode *directory, const char *name,
                             u32 length, struct ramfs_inode *inode);
struct ramfs_entry *ramfs_entry_find(struct ramfs_inode *directory, const char *name, u32 length);
void ramfs_entry_remove(struct ramfs *ramfs, struct ramfs_inode *directory,
                        struct ramfs_entry *entry);
void ramfs_directory_clear(struct ramfs *ramfs, struct ramfs_inode *directory);
helix_status ramfs_xattr_set_in(struct ramfs *ramfs, struct ramfs_inode *inode, const char *name,
                                const void *value, u32 bytes, u32 flags);
void ramfs_xattrs_clear(struct ramfs *ramfs, struct ramfs_inode *inode);

/* Operations of the interface that have files of their own. */
helix_status ramfs_lookup(void *self, u64 mount, u64 directory, const char *name, u32 length,
                          struct fs_attributes *found_out);
helix_status ramfs_create(void *self, u64 mount, u64 directory, const char *name, u32 length,
                          const struct fs_create_args *args, struct fs_attributes *made_out);
helix_status ramfs_link(void *self, u64 mount, u64 directory, const char *name, u32 length,
                        u64 inode);
helix_status ramfs_unlink(void *self, u64 mount, u64 directory, const char *name, u32 length,
                          u64 inode);
helix_status ramfs_rename(void *self, u64 mount, u64 from, const char *from_name, u32 from_length,
                          u64 to, const char *to_name, u32 to_length, u32 flags);
helix_status ramfs_read_directory(void *self, u64 mount, u64 directory, u64 cursor,
                                  fs_readdir_fn *entry, void *context);
helix_status ramfs_get_xattr(void *self, u64 mount, u64 inode, const char *name, void *value,
                             u32 capacity, u32 *bytes_out);
helix_status ramfs_set_xattr(void *self, u64 mount, u64 inode, const char *name, const void *value,
                             u32 bytes, u32 flags);
helix_status ramfs_list_xattr(void *self, u64 mount, u64 inode, char *names, u32 capacity,
                              u32 *bytes_out);
helix_status ramfs_remove_xattr(void *self, u64 mount, u64 inode, const char *name);
