/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include "fs_type.h"
#include "vnode.h"

/*
 * Calls to the file system behind a volume, through its gate where it is a module. Thread context,
 * no spinlock held. A crash of the module comes back as HELIX_E_MODULE_FAULT.
 */
helix_status fs_mount(const struct fs_type *type, const struct fs_mount_args *args, u64 *mount_out,
                      struct fs_attributes *root_out);
void fs_unmount(struct volume *volume);
helix_status fs_statistics(struct volume *volume, struct fs_statistics *statistics_out);
helix_status fs_sync(struct volume *volume);
helix_status fs_lookup(struct vnode *directory, const char *name, u32 length,
                       struct fs_attributes *found_out);
helix_status fs_set_attributes(struct vnode *vnode, u32 mask, const struct fs_attributes *wanted,
                               struct fs_attributes *now_out);
helix_status fs_get_attributes(struct vnode *vnode, struct fs_attributes *attributes_out);
helix_status fs_create(struct vnode *directory, const char *name, u32 length,
                       const struct fs_create_args *args, struct fs_attributes *made_out);
helix_status fs_create_unnamed(struct volume *volume, const struct fs_create_args *args,
                               struct fs_attributes *made_out);
helix_status fs_link(struct vnode *directory, const char *name, u32 length, struct vnode *vnode);
helix_status fs_unlink(struct vnode *directory, const char *name, u32 length, u64 inode);

/* Both ends of a rename; directories of one volume. */
struct fs_rename_args {
    struct vnode *from, *to;
    const char *from_name, *to_name;
    u32 from_length, to_length;
    u32 flags;
};
helix_status fs_rename(const struct fs_rename_args *args);
helix_status fs_read_link(struct vnode *vnode, char *target, u32 capacity, u32 *length_out);
helix_status fs_read_directory(struct vnode *directory, u64 cursor, fs_readdir_fn *entry,
                               void *context);
helix_status fs_read_page(struct vnode *vnode, u64 index, void *page);
helix_status fs_write_page(struct vnode *vnode, u64 index, const void *page, u32 bytes);
void fs_forget(struct volume *volume, u64 inode);
helix_status fs_get_xattr(struct vnode *vnode, const char *name, void *value, u32 capacity,
                          u32 *bytes_out);
helix_status fs_set_xattr(struct vnode *vnode, const char *name, const void *value, u32 bytes,
                          u32 flags);
helix_status fs_list_xattr(struct vnode *vnode, char *names, u32 capacity, u32 *bytes_out);
helix_status fs_remove_xattr(struct vnode *vnode, const char *name);
