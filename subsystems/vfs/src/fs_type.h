/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/filesystem.h>
#include <helix/gate/gate.h>
#include <helix/vfs/path.h>

struct vnode;
struct volume;

/*
 * A kind of file system by the name mount(2) knows it under. Several names may stand for one
 * implementation. Modules are reached through their binding; the kernel's own trees (proc, sysfs)
 * directly, and with the hooks below.
 */
struct fs_native {
    /* Instead of the page cache: give @file its operations. */
    helix_status (*open)(struct file *file, struct vnode *vnode);
    /* A link that leads to a place instead of a text; HELIX_E_NOTSUP: an ordinary link. */
    helix_status (*follow)(struct vnode *vnode, struct path *path_out);
};

struct fs_type {
    const char *name;
    struct gate_binding *binding;     // NULL: the kernel's own
    const struct filesystem_ops *ops; // of the kernel's own
    void *self;
    const struct fs_native *native;                 // NULL: none
    helix_status (*mounted)(struct volume *volume); // fills a fresh volume; NULL: nothing to do
    bool single;                                    // every mount shows the same volume
    bool half_of_memory;                            // is the limit where none is asked for
    bool is_tmpfs;                                  // takes the options of tmpfs(5)
    bool fixed_names;                               // only the kernel makes and removes them
    bool nodev;                                     // needs no block device, for /proc/filesystems
    struct volume *shared;                          // of a single one; atomic
    struct fs_type *same_as;                        // another name of a single one; NULL: its own
    struct fs_type *next;
};

/* At init; the record stays for ever. */
void fs_type_register(struct fs_type *type);
struct fs_type *fs_type_find(const char *name);
struct fs_type *fs_type_next(const struct fs_type *type); // NULL: the first

/* What a type's operations say about themselves; HELIX_E_NODEV while nobody is bound. */
helix_status fs_type_flags(const struct fs_type *type, u32 *flags_out);
