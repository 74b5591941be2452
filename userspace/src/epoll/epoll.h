/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/execution/mutex.h>
#include <helix/execution/wait.h>
#include <helix/lib/rbtree.h>
#include <helix/vfs/file.h>

/*
 * epoll(7). An item watches one (file, descriptor) pair: a hook of it stands in each wait queue
 * that the file's poll operation names. A wake-up there puts the item on the epoll's ready list and
 * wakes one of those who wait; epoll_wait() asks only the files of that list, so its cost follows
 * what is ready, not what is watched.
 *
 * Locks, outermost first: epoll_nest_lock (whatever changes which epoll watches which, the end of a
 * watched file), epoll->lock (items; an outer epoll's before an inner one's, which the refusal of
 * loops makes an order), then spinlocks: the watch lock (the items of a file) and
 * epoll->ready_lock, which is taken below a wait queue's lock.
 *
 * An item has no reference on its file: the last file_put() takes the item away first, under
 * epoll->lock, so a file whose item is seen under that lock has not been released.
 */
#define EPOLL_IN        LINUX_POLLIN
#define EPOLL_OUT       LINUX_POLLOUT
#define EPOLL_ERR       LINUX_POLLERR
#define EPOLL_HUP       LINUX_POLLHUP
#define EPOLL_EXCLUSIVE (1u << 28)
#define EPOLL_WAKEUP    (1u << 29)
#define EPOLL_ONESHOT   (1u << 30)
#define EPOLL_EDGE      (1u << 31)
#define EPOLL_PRIVATE   (EPOLL_EXCLUSIVE | EPOLL_WAKEUP | EPOLL_ONESHOT | EPOLL_EDGE)

#define EPOLL_DEPTH_MOST 5u // epolls that watch each other in a row

struct epoll_item;

struct epoll {
    struct object object;
    struct refcount references; // its file, and wake-ups under way
    struct mutex lock;
    struct rb_tree items HELIX_GUARDED_BY(&lock);
    u32 count HELIX_GUARDED_BY(&lock);
    struct spinlock ready_lock; // LOCK_RANK_EPOLL
    struct list ready HELIX_GUARDED_BY(&ready_lock);
    struct wait_queue sleepers; // epoll_wait()
    struct wait_queue watchers; // who polls the epoll itself
    struct wait_after after;    // a wake-up that waits for a queue's lock to be free
    u32 announced;              // it is under way; atomic
    struct file *file;          // not counted
};

struct epoll_hook {
    struct waiter waiter; // first
    struct epoll_item *item;
    struct epoll_hook *next;
};

struct epoll_item {
    struct rb_node node;
    struct epoll *epoll;
    struct file *file;
    int fd;
    struct epoll_item *file_next, **file_at; // items of the file; watch lock
    struct list ready_link;                  // epoll->ready_lock
    bool is_ready;                           // epoll->ready_lock
    u32 events;                              // changed under epoll->lock and ready_lock
    u64 data;
    struct epoll_hook *hooks;
    struct epoll_hook first; // most files have one queue
};

extern struct mutex epoll_nest_lock;

/* item.c. epoll->lock is held. */
struct epoll_item *epoll_item_find(struct epoll *epoll, struct file *file, int fd)
    HELIX_REQUIRES(&epoll->lock);
helix_status epoll_item_add(struct epoll *epoll, struct file *file, int fd, u32 events, u64 data)
    HELIX_REQUIRES(&epoll->lock);
/* The file of the item for @fd after @skipped others for it: an address to compare. NOENT. */
helix_status epoll_target(struct epoll *epoll, int fd, u32 skipped, u64 *file_out);
void epoll_item_modify(struct epoll_item *item, u32 events, u64 data);
void epoll_item_remove(struct epoll_item *item);
u32 epoll_item_poll(const struct epoll_item *item); // what is ready of what is wanted
void epoll_item_queue(struct epoll_item *item);     // onto the ready list, nobody woken
void epoll_wake(struct epoll *epoll);               // somebody who waits; no lock held
void epoll_file_ended(struct file *file);
u64 *epoll_watches_most(void); // /proc/sys/fs/epoll/max_user_watches; atomic
void epoll_items_start(void);

/* file.c */
helix_status epoll_create_object(struct epoll **epoll_out);
void epoll_end(struct epoll *epoll); // its items go, and the file's reference
void epoll_put(struct epoll *epoll);
helix_status epoll_open(struct epoll *epoll, u32 flags, struct file **file_out);
struct epoll *epoll_of_file(const struct file *file); // NULL: it is none
bool epoll_has_ready(struct epoll *epoll);            // a hint, without lock

/* nest.c: may @epoll watch @target? LOOP. epoll_nest_lock is held. */
helix_status epoll_may_nest(struct epoll *epoll, struct epoll *target);

/* object.c */
extern const struct object_type epoll_object_type;
void epoll_objects_start(void);

/* collect.c: give what is ready to the program. */
helix_status epoll_collect(struct epoll *epoll, u64 user_events, u32 most, u32 *count_out);
