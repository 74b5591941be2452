/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/object.h>
#include <helix/execution/wait.h>
#include <helix/lib/rbtree.h>
#include <helix/userspace/task.h>
#include <helix/vfs/special.h>

/*
 * POSIX message queues: mq_overview(7). A queue is the file of an inode in the tree "mqueue"; it
 * lives as long as that inode, that is until its name and the last open file of it are gone.
 *
 * Who waits to send has its message with it, who waits to receive a place for one: a message goes
 * from hand to hand, to the waiter of the highest priority that has waited longest.
 *
 * Locks: mq_tree_lock (a mutex: the list of queues, what they are charged to), then mq->lock.
 * Signals are sent without either.
 */
#define MQ_PRIORITIES 32768u
#define MQ_NOTE_BYTES 32u // of SIGEV_THREAD, what glibc and Linux agreed on

struct netlink_note;

struct mq_sizes {
    u64 count; // messages at most
    u64 bytes; // of each at most
};

struct mq_message {
    struct rb_node node; // by falling priority, then by age
    u32 priority;
    size_t bytes;
    u8 data[];
};

struct mq_waiter {
    struct list link;
    struct mq_message *message; // to send; or what was received
    i32 urgency;
    bool done;
};

/* Who is told of a message in an empty queue; once. */
struct mq_notification {
    struct process *owner; // reference; NULL: nobody
    int how;               // SIGEV_*
    int signal;
    u64 value;
    struct netlink_note *note; // SIGEV_THREAD: what the C library's thread waits for
};

struct mq {
    struct object object;
    struct refcount references; // its inode, open files, a recreated object's owner
    struct mq_sizes sizes;
    struct spinlock lock;
    struct rb_tree messages HELIX_GUARDED_BY(&lock);
    u64 count HELIX_GUARDED_BY(&lock);
    u64 bytes HELIX_GUARDED_BY(&lock);
    struct list receivers HELIX_GUARDED_BY(&lock); // struct mq_waiter
    struct list senders HELIX_GUARDED_BY(&lock);
    struct mq_notification notification HELIX_GUARDED_BY(&lock);
    struct wait_queue sleepers; // those two
    struct wait_queue pollers;

    struct list link;                // mq_tree_lock, while it has an inode
    struct fs_attributes attributes; // mq_tree_lock
    bool named;                      // mq_tree_lock
    u32 charged_uid;
    u64 charge; // bytes of RLIMIT_MSGQUEUE
    u32 name_length;
    char name[];
};

/* What a new file of the tree is made from: struct walk_context.making. */
struct mq_making {
    const struct mq_sizes *sizes; // NULL: the default ones
    struct mq *again;             // or a recreated queue
    bool made;                    // out
};

/* queue.c */
helix_status mq_create(const struct mq_sizes *sizes, const char *name, u32 length,
                       struct mq **queue_out);
static inline void mq_get(struct mq *queue)
{
    ref_get(&queue->references);
}
void mq_put(struct mq *queue);
struct mq_message *mq_message_allocate(size_t bytes);
void mq_message_free(struct mq_message *message);
void mq_insert(struct mq *queue, struct mq_message *message) HELIX_REQUIRES(&queue->lock);

/* WOULD_BLOCK when @nowait. TIMEOUT at @deadline (monotonic). mq_send() owns the message when it
 * succeeds. */
helix_status mq_send(struct mq *queue, struct mq_message *message, nanos deadline, bool nowait);
helix_status mq_receive(struct mq *queue, struct mq_message **message_out, nanos deadline,
                        bool nowait);

/* @notification NULL: no more, if it is the caller's. BUSY: somebody is registered. */
helix_status mq_register(struct mq *queue, const struct mq_notification *notification);

/* file.c */
extern struct file_object_ops mq_file_object;
helix_status mq_open_file(struct file *file, struct mq *queue); // @file has its place
helix_status mq_create_file(struct mq *queue, u32 flags, struct file **file_out); // has none
struct mq *mq_of_file(const struct file *file); // NULL: it is none
void mq_files_start(void);

/* tree.c: what is in the tree, and the limits of /proc/sys/fs/mqueue. */
struct walk_context;
helix_status mq_walk(const char *name, struct walk_context *walk_out); // ACCESS: not a name
helix_status mq_open_again(struct mq *queue, u32 flags, struct file **file_out);
void mq_tree_start(void);

/* object.c */
extern const struct object_type mq_object_type;
