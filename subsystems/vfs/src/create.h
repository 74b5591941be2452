/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include "walk.h"

/*
 * A name about to change: the walk stands in its directory, whose vnode is locked for writing, and
 * `dentry` is what the name stands for now; NULL where the file system keeps no dentries of
 * nothing.
 */
struct place {
    struct walker walker;
    struct dentry *dentry;
};

/* Walk to the directory of the last name of @path and lock it. HELIX_E_EXIST where the last name is
 * ".", ".." or the root. */
helix_status place_begin(struct place *place, const struct walk_context *walk,
                         const char *path) HELIX_NO_THREAD_SAFETY;
void place_end(struct place *place) HELIX_NO_THREAD_SAFETY;

static inline struct vnode *place_directory(const struct place *place)
{
    return place->walker.at.dentry->vnode;
}

struct creation {
    u32 mode; // type and permissions, before the umask
    u64 device;
    const char *target;
};

/* Make what @what tells at @place, which has no vnode yet; place->dentry is positive afterwards. */
helix_status place_create(struct place *place, const struct creation *what);

/* Make what @what tells at @path. @made_out: where it is, with references; NULL: nobody asks. */
helix_status place_make(const struct walk_context *walk, const char *path,
                        const struct creation *what, struct path *made_out);

/* One entry more or less in a directory. Its lock is held. */
void directory_changed(struct vnode *directory, i32 entries);

/* A file for @vnode's owner and mode as they are made in @directory. */
void creation_args(const struct vnode *directory, const struct walk_context *walk,
                   const struct creation *what, struct fs_create_args *args_out);
