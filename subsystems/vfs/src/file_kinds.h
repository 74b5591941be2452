/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/vfs/file.h>

#include "mount.h"

/* The kinds of open files that the VFS brings. */
extern const struct file_ops regular_ops;
/* What files of other kinds share with regular ones. */
helix_status regular_read(struct file *file, struct io_buffer *to, u64 *position, size_t *done_out);
helix_status regular_write(struct file *file, struct io_buffer *from, u64 *position,
                           size_t *done_out);
helix_status regular_seek(struct file *file, i64 offset, int whence, u64 *position_out);
helix_status regular_ioctl(struct file *file, u32 command, u64 argument, i64 *result_out);
helix_status regular_map(struct file *file, u64 offset, unsigned vm_flags,
                         struct vm_object **object_out);
helix_status regular_sync(struct file *file);
extern const struct file_ops directory_ops;
extern const struct file_ops path_only_ops; // O_PATH
extern const struct file_ops pipe_ops;
extern const struct file_ops tty_ops;

/* A file with everything set but position and place, one reference. For open(2) and for what is
 * like it. */
helix_status file_allocate_kind(const struct file_ops *ops, u32 flags, struct file **file_out);

/* Give @file its place; references are taken. */
void file_set_place(struct file *file, const struct path *path);

/* Who stands at @from, as root or working directory, stands at @to from now on. */
void fs_contexts_move(const struct path *from, const struct path *to);

/* open(2) of what is at the vnode: @file has its place, and gets its operations. */
helix_status device_open(struct file *file, bool block, u64 device);
helix_status fifo_open(struct file *file);
void fifo_closed(struct vnode *vnode); // an end of its pipe went

/* The size of a regular file changes. The vnode's lock is held for writing. */
helix_status vnode_resize_locked(struct vnode *vnode, u64 bytes);
helix_status vnode_resize(struct vnode *vnode, u64 bytes, const struct credentials *who);

/* A file that may write counts as its vnode's writer until it ends. TEXT_BUSY: programs run from
 * it. */
helix_status file_begin_sharing(struct file *file);
void file_end_sharing(struct file *file);
struct vnode;
helix_status vnode_may_write(const struct vnode *vnode); // or TEXT_BUSY

/* RLIMIT_FSIZE of whoever runs. */
u64 file_size_limit(void);
helix_status file_size_exceeded(void); // FILE_TOO_BIG, and who runs is told

/* @who has written a file: set-id bits go, unless @who may keep them, and capabilities in any case.
 * The vnode's lock is held for writing. */
void vnode_drop_rights(struct vnode *vnode, const struct credentials *who);
void vnode_drop_capabilities(struct vnode *vnode);

/* st_dev and st_rdev. */
static inline u64 device_number(u32 major, u32 minor)
{
    return (u64)(minor & 0xff) | (u64)(major & 0xfff) << 8 | (u64)(minor & ~0xffu) << 12;
}

static inline u32 device_major(u64 device)
{
    return (u32)(device >> 8) & 0xfff;
}

static inline u32 device_minor(u64 device)
{
    return ((u32)device & 0xff) | ((u32)(device >> 12) & 0xfff00);
}

/* What stat(2) shows of a vnode. */
void vnode_attributes(const struct vnode *vnode, struct fs_attributes *attributes_out);
