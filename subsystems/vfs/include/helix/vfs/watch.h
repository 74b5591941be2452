/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/execution/mutex.h>
#include <helix/vfs/path.h>

/*
 * Being told what happens to files. A watch stands on a file, whatever its names, and keeps its
 * vnode; on a directory it hears of what is in it, too. While there is no watch at all an operation
 * pays for one look at a counter.
 *
 * watch_lock guards the watches of all files. Events are told under it, in thread context, in the
 * order in which they happen; directories may be locked then, so who holds watch_lock waits for
 * nothing of the VFS.
 */
enum watch_bit { // those of inotify(7)
    WATCH_ACCESS = 0x1,
    WATCH_MODIFY = 0x2,
    WATCH_ATTRIBUTES = 0x4,
    WATCH_CLOSE_WRITE = 0x8,
    WATCH_CLOSE_READ = 0x10,
    WATCH_OPEN = 0x20,
    WATCH_MOVED_FROM = 0x40,
    WATCH_MOVED_TO = 0x80,
    WATCH_CREATE = 0x100,
    WATCH_DELETE = 0x200,
    WATCH_DELETE_SELF = 0x400,
    WATCH_MOVE_SELF = 0x800,
    WATCH_UNMOUNT = 0x2000,
    WATCH_IS_DIRECTORY = 0x40000000,
};

struct watch_event {
    u32 what;          // enum watch_bit
    u32 cookie;        // the same for both ends of a move
    const char *name;  // in the watched directory; NULL: the watched file itself
    u32 length;        // of the name
    bool without_name; // the file has been unlinked
};

struct watch {
    struct watch *next; // of the vnode
    struct vnode *vnode;
    u32 mask; // what is told
    /* True: enough, take the watch away; then gone() is called. */
    bool (*event)(struct watch *watch, const struct watch_event *event);
    /* It was taken away from its file: by event(), or because the file is no more. */
    void (*gone)(struct watch *watch);
};

extern struct mutex watch_lock;

/* The watches of the file at @path, linked by `next`. */
struct watch *watch_at_path(const struct path *path) HELIX_REQUIRES(&watch_lock);
void watch_add(struct watch *watch, const struct path *path) HELIX_REQUIRES(&watch_lock);

/* Without a call of gone(). The caller gives the vnode to watch_vnode_put() when it has let go of
 * the lock. */
struct vnode *watch_remove(struct watch *watch) HELIX_REQUIRES(&watch_lock);
void watch_vnode_put(struct vnode *vnode);

/* A path of what is watched, "" when none is known. */
void watch_name(const struct watch *watch, char *path, size_t capacity);
