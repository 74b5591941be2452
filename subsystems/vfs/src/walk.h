/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/vfs/path.h>

#include "mount.h"

/* One name of a path. */
struct component {
    const char *name;
    u32 length;
    u32 hash;   // of the name alone
    bool last;  // nothing but slashes follows
    bool slash; // at least one slash follows
};

/* A walk that is under way. `at` and `root` own references once walker_run() has returned. */
struct walker {
    const struct walk_context *context;
    unsigned flags; // enum walk_flag
    unsigned links; // followed so far
    struct path root;
    struct path at;
    const char *rest;
    char *buffer;          // what `rest` points into after a link; NULL: the caller's string
    struct component last; // of a walk to a parent
    bool held;
};

#define WALKER_PARENT (1u << 31) // stop in the directory of the last name, which is then in `last`

void walker_init(struct walker *walker, const struct walk_context *context, const char *path,
                 unsigned flags);

/* Go on to the end. On an error walker_end() is still due. */
helix_status walker_run(struct walker *walker);

/* After a walk to a parent: the last name is @link; walk to the parent of what it points to. */
helix_status walker_follow(struct walker *walker, struct dentry *link);
void walker_end(struct walker *walker);

/* The dentry of a name in @directory, negative or not, with a reference. Asks the file system on a
 * miss. */
helix_status walk_lookup(struct dentry *directory, const struct component *name,
                         struct dentry **dentry_out);

/* The same; the directory's vnode lock is held for writing. */
helix_status walk_lookup_locked(struct dentry *directory, const struct component *name,
                                struct dentry **dentry_out);

/* Go to the root of what is mounted on @path, references included. */
void walk_cross(struct path *path);

/* path_walk() through cached names only, without sleeping. False: not that easy. */
bool path_walk_cached(const struct walk_context *walk, const char *path, unsigned flags,
                      struct path *found_out);

/* Walk through cached names only and call @found in a quiescence section, without references.
 * False: not that easy. */
bool walk_cached(const struct walk_context *context, const char *path, unsigned flags,
                 void (*found)(const struct path *path, void *result), void *result);
