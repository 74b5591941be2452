/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/object.h>
#include <helix/lib/rbtree.h>
#include <helix/vfs/watch.h>

/*
 * inotify(7). The VFS tells of events through its watches (helix/vfs/watch.h); an inotify queues
 * them for read(2). What hangs on watches is guarded by watch_lock, the queue by inotify->lock.
 */
#define IN_ALL_EVENTS  0x0fffu
#define IN_UNMOUNT     0x2000u
#define IN_Q_OVERFLOW  0x4000u
#define IN_IGNORED     0x8000u
#define IN_ONLYDIR     0x01000000u
#define IN_DONT_FOLLOW 0x02000000u
#define IN_EXCL_UNLINK 0x04000000u
#define IN_MASK_CREATE 0x10000000u
#define IN_MASK_ADD    0x20000000u
#define IN_ISDIR       0x40000000u
#define IN_ONESHOT     0x80000000u

/* As programs read it; @length bytes of name with NULs follow. */
struct linux_inotify_event {
    i32 watch;
    u32 mask, cookie, length;
};

struct inotify_event {
    struct list link;
    struct linux_inotify_event head; // the name follows the struct
};

static inline char *inotify_event_name(const struct inotify_event *event)
{
    return (char *)(uintptr_t)(event + 1);
}

struct inotify_watch {
    struct watch watch; // first
    struct rb_node node;
    struct inotify *inotify;
    i32 number;
    u32 flags; // IN_EXCL_UNLINK, IN_ONESHOT
};

struct inotify {
    struct object object;
    struct refcount references; // its file, a recreated object's owner
    u32 uid;                    // whom it counts for
    struct list link;           // of all; watch_lock
    struct rb_tree watches HELIX_GUARDED_BY(&watch_lock);
    u32 count HELIX_GUARDED_BY(&watch_lock);
    i32 last_number HELIX_GUARDED_BY(&watch_lock);
    struct spinlock lock;
    struct list events HELIX_GUARDED_BY(&lock);
    u32 event_count HELIX_GUARDED_BY(&lock);
    u64 event_bytes HELIX_GUARDED_BY(&lock);
    struct inotify_event overflow HELIX_GUARDED_BY(&lock); // waits in events or is free
    bool overflowed HELIX_GUARDED_BY(&lock);
    struct wait_queue readers;
};

enum inotify_setting {
    INOTIFY_EVENTS_MOST,
    INOTIFY_INSTANCES_MOST,
    INOTIFY_WATCHES_MOST,
    INOTIFY_SETTINGS,
};
u32 inotify_setting(enum inotify_setting which);
u32 inotify_watches_of(u32 uid) HELIX_REQUIRES(&watch_lock);

/* file.c. TOO_MANY_FILES: @uid has enough of them. */
helix_status inotify_create(u32 uid, struct inotify **inotify_out);
void inotify_put(struct inotify *inotify);
helix_status inotify_open(struct inotify *inotify, u32 flags, struct file **file_out);
struct inotify *inotify_of_file(const struct file *file); // NULL: it is none
void inotify_queue(struct inotify *inotify, const struct linux_inotify_event *head,
                   const char *name, u32 length);
void inotify_start(void);

/* calls.c. The number of the watch, or of the one there is. EXIST, NO_SPACE. */
helix_status inotify_watch_path(struct inotify *inotify, const struct path *path, u32 mask,
                                i32 *number_out);
void inotify_drop_watches(struct inotify *inotify);

/* object.c */
extern const struct object_type inotify_object_type;
